package org.clapperboard.bench;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.clapperboard.bench.ProcessGauge.Reading;
import org.clapperboard.config.InternalFailure;
import org.junit.jupiter.api.Test;

class SoakFiguresTest {
  private static final long MB = 1_000_000;

  /** Half an hour of readings; memory warms up for ten minutes. */
  private static List<Reading> readings(double heapPerMinute, int threadsEvery) {
    List<Reading> readings = new ArrayList<>();
    for (int i = 0; i <= 180; i++) {
      boolean collected = i % 15 == 0;
      long warm = Math.min(i, 60) * MB;
      long dead = collected ? 0 : (i % 7) * 20L * MB;
      long heap = Math.round(60 * MB + dead + heapPerMinute * MB * i / 6);
      long threads = 50L + (threadsEvery == 0 ? 0 : i / threadsEvery);
      long anonymous = 800 * MB + warm;
      readings.add(
          new Reading(
              10 * i, anonymous + 130 * MB, anonymous, threads, 320, heap, 31 * MB, collected));
    }
    return readings;
  }

  private static Figures figures(List<Reading> driver, List<Reading> executor) {
    return new SoakFigures(2, 6000, 1800, Map.of("driver", driver, "executor 0", executor))
        .figures();
  }

  @Test
  void what_warms_up_and_then_stays_is_flat() {
    Figures figures = figures(readings(0, 0), readings(0, 0));
    assertThat(figures.failure()).isNull();
    JsonNode driver = figures.json().get("processes").get("driver");
    for (SoakQuantity quantity : SoakQuantity.values()) {
      JsonNode of = driver.get(quantity.shown());
      assertThat(of.get("verdict").asText()).as(quantity.shown()).isEqualTo("flat");
      assertThat(of.get("per-hour").asDouble()).as(quantity.shown()).isZero();
    }
    assertThat(driver.get("readings")).hasSize(181);
    assertThat(figures.table())
        .hasSize(2 + 12)
        .contains("driver\tanonymous\t860.0 MB\t860.0 MB\t+0.0 ± 0.0 MB\t24 MB\tflat");
  }

  @Test
  void living_objects_that_grow_are_seen_between_dead_ones() {
    Figures figures = figures(readings(0, 0), readings(0.5, 0));
    assertThat(figures.json().at("/processes/executor 0/heap/per-hour").asDouble())
        .isBetween(29.99, 30.01);
    assertThat(figures.json().at("/processes/executor 0/heap/points").asInt()).isEqualTo(9);
    assertThat(figures.failure())
        .isInstanceOf(InternalFailure.class)
        .hasMessage("Cannot train for ever: heap of executor 0 grew by more than the limit.");
  }

  @Test
  void threads_that_are_never_ended_are_named_with_their_process() {
    Figures figures = figures(readings(0, 10), readings(0, 0));
    assertThat(figures.failure())
        .hasMessage("Cannot train for ever: threads of driver grew by more than the limit.");
  }

  @Test
  void what_grows_within_the_first_minutes_is_left_open() {
    Map<String, List<Reading>> growing = Map.of("driver", readings(0.5, 10));
    assertThat(new SoakFigures(2, 6000, 600, growing).figures().failure()).isNotNull();
    assertThat(new SoakFigures(2, 6000, 599, growing).figures().failure()).isNull();
  }

  @Test
  void a_soak_that_was_too_short_leaves_it_open() {
    List<Reading> few = readings(0, 0).subList(0, 2);
    Figures figures = new SoakFigures(2, 10, 10, Map.of("driver", few)).figures();
    assertThat(figures.failure()).isNull();
    assertThat(figures.json().at("/processes/driver/threads/verdict").asText()).isEqualTo("open");
    assertThat(figures.json().at("/processes/driver/threads").has("per-hour")).isFalse();
    assertThat(figures.table()).anySatisfy(line -> assertThat(line).endsWith("\t-\t2\topen"));
  }
}
