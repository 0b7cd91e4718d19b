package org.clapperboard.bench;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import org.apache.spark.scheduler.SparkListenerExecutorRemoved;
import org.clapperboard.bench.FuzzFigures.Outcome;
import org.clapperboard.bench.Originals.Original;
import org.clapperboard.config.WorkerLost;
import org.junit.jupiter.api.Test;

class FuzzFiguresTest {
  private static final List<Original> ONE = List.of(new Original("a.mp4", new byte[] {1, 2, 3}));
  private static final DamagedFiles FILES = new DamagedFiles(new Originals(ONE, ONE, ONE), 5);

  /** File i took i milliseconds and is a sample, apart from two. */
  private static List<Outcome> outcomes() {
    List<Outcome> outcomes = new ArrayList<>();
    for (int i = 2000; i >= 1; i--) {
      String reason = i == 7 ? "unreadable" : i == 8 ? "corrupt" : "";
      outcomes.add(new Outcome(i, reason, i, reason.isEmpty() ? "" : "Cannot read it: " + reason));
    }
    return outcomes;
  }

  @Test
  void the_slowest_file_and_what_was_not_read_to_its_end_are_told_by_their_number() {
    Figures figures = new FuzzFigures(FILES, outcomes(), 12, new ClusterLosses()).figures();
    JsonNode json = figures.json();
    assertThat(json.get("samples").asInt()).isEqualTo(1998);
    assertThat(json.get("quarantined").toString()).isEqualTo("{\"corrupt\":1,\"unreadable\":1}");
    // Of 1, 2, ... 2000 ms: the 1000th, the 1998th and the last.
    assertThat(json.get("seconds-of-a-file").toString())
        .isEqualTo("{\"median\":1.0,\"99.9 %\":1.998,\"slowest\":2.0}");
    assertThat(figures.table())
        .contains(
            "2000 files in 12 s: 0 executors lost, 0 tasks failed",
            "A file took 1.000 s in the middle, 99.9 % of them at most 1.998 s, the slowest 2.000 s.",
            "Number 2000 of seed 5, made of \"a.mp4\": sample after 2.000 s. ",
            "Number 7 of seed 5, made of \"a.mp4\": unreadable after 0.007 s. Cannot read it:"
                + " unreadable")
        .noneMatch(line -> line.startsWith("Number 8 "));
    assertThat(json.get("remarkable")).hasSize(2);
    assertThat(figures.failure()).isNull();
  }

  @Test
  void who_lost_an_executor_fails_after_the_figures() {
    ClusterLosses losses = new ClusterLosses();
    losses.onExecutorRemoved(new SparkListenerExecutorRemoved(1, "0", "it was killed"));
    Figures figures = new FuzzFigures(FILES, outcomes(), 12, losses).figures();
    assertThat(figures.failure())
        .isInstanceOf(WorkerLost.class)
        .hasMessage(
            "Cannot prepare 2000 damaged files without losses: 1 executors were lost, 0 tasks"
                + " failed.");
  }
}
