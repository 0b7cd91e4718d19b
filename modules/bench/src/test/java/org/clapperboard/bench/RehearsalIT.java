package org.clapperboard.bench;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** Rehearsals at their smallest, so that the verbs go on working. */
@Tag("full")
class RehearsalIT {
  private static final ObjectMapper JSON = new ObjectMapper();

  @TempDir private Path temporary;

  private JsonNode figures(String... verb) throws Exception {
    Path json = temporary.resolve("figures.json");
    List<String> arguments = new ArrayList<>(List.of(verb));
    arguments.addAll(List.of("--jobs", "../../jobs", "--json", json.toString()));
    int code = new CommandLine(new BenchCommand()).execute(arguments.toArray(String[]::new));
    assertThat(code).isZero();
    return JSON.readTree(json.toFile());
  }

  @Test
  void a_stage_whose_processes_are_killed_learns_the_same() throws Exception {
    JsonNode figures =
        figures(
            "rehearse",
            "--ranks",
            "3",
            "--steps",
            "30",
            "--checkpoint-every",
            "3",
            "--kill-every",
            "2",
            "--kills",
            "1");
    assertThat(figures.get("kills")).hasSize(1);
    assertThat(figures.get("differences")).isEmpty();
    assertThat(figures.get("ledger").asText()).isEqualTo("adds up");
    assertThat(figures.at("/learned/steps").asText()).isEqualTo("30");
    assertThat(figures.at("/learned/samples").asText()).startsWith(30 * 12 + " rows, SHA-256 ");
    assertThat(figures.at("/learned/losses").asText()).startsWith("30 rows of 30 steps, SHA-256 ");
  }

  @Test
  void every_process_of_a_stage_is_watched() throws Exception {
    JsonNode figures = figures("soak", "--minutes", "0.2", "--every", "2", "--collect-every", "2");
    JsonNode processes = figures.get("processes");
    assertThat(processes.propertyStream().map(of -> of.getKey()))
        .containsExactly("driver", "executor 0", "executor 1");
    for (JsonNode process : processes) {
      for (SoakQuantity quantity : SoakQuantity.values()) {
        assertThat(process.get(quantity.shown()).get("at-the-end").asDouble())
            .as(quantity.shown())
            .isPositive();
      }
      assertThat(process.get("readings")).hasSizeGreaterThan(3);
    }
  }
}
