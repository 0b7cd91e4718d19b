package org.clapperboard.bench;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

class ScaleBenchIT {
  private static final String STAGE = "../../conf/demo/stage6-av-joint.yaml";

  @TempDir private Path temporary;

  @Test
  void what_is_measured_here_takes_the_place_of_what_is_assumed_and_what_is_given_of_both()
      throws Exception {
    Path json = temporary.resolve("scale.json");
    Path store = Files.createDirectory(temporary.resolve("store"));
    int code =
        new CommandLine(new BenchCommand())
            .execute(
                "scale",
                STAGE,
                "--measure",
                "--matrix",
                "64",
                "--megabytes",
                "1",
                "--ranks",
                "4,2",
                "--store",
                store.toString(),
                "--figure",
                "latency=7",
                "--json",
                json.toString());
    assertThat(code).isZero();
    JsonNode told = new ObjectMapper().readTree(json.toFile());
    JsonNode figures = told.get("figures");
    for (String here : List.of("fp32", "bf16", "loopback", "cpu-per-gb", "store")) {
      assertThat(figures.get(here).get("source").asText()).as(here).isEqualTo("measured here, now");
      assertThat(figures.get(here).get("number").asDouble()).as(here).isPositive();
    }
    assertThat(figures.get("latency").get("number").asDouble()).isEqualTo(7);
    assertThat(figures.get("latency").get("source").asText()).isEqualTo("given");
    assertThat(figures.get("link").get("source").asText()).startsWith("assumed");
    JsonNode steps = told.get("stages").get(0).get("steps");
    assertThat(steps.findValuesAsText("ranks")).containsExactly("2", "4");
    assertThat(steps.get(0).get("compute").asDouble())
        .isGreaterThan(steps.get(1).get("compute").asDouble());
    assertThat(store).as("the folder of the store").isEmptyDirectory();
  }
}
