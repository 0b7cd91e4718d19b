package org.clapperboard.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a plan says that a rank needs, and what executors that are new were seen to have. */
@ExtendWith(World.Shared.class)
@Tag("full")
class MemoryPlanIT {
  private static final Pattern TOLD =
      Pattern.compile(
          "memory of rank 0 at most ([\\d.]+) GB and a heap of [\\d.]+ GB, planned ([\\d.]+) GB");

  /**
   * By how much a process of the same ranks may differ from one machine to another, in GB: 0.41 and
   * 0.47 were seen. Why has not been found out; of 0.41, 0.18 are pages of libraries and of the
   * class archive, of which a kernel maps what it has at hand.
   */
  private static final double OF_A_MACHINE = 0.1;

  private static final String LARGE =
      "model.language-model={family: qwen2, vocabulary: 128, width: 768, layers: 8, heads: 8,"
          + " kv-heads: 4, mlp-width: 2048, rope-theta: 100, context: 512}";

  @ParameterizedTest
  @ValueSource(
      strings = {
        "batch.micro=2;steps=6",
        "epochs=8",
        LARGE + ";steps=6",
        "batch={global: 64, micro: 32};steps=6",
      })
  void a_rank_has_as_much_as_was_planned(String settings, World world) {
    Path run = world.run("memory" + settings.hashCode());
    Map<String, String> cluster = Map.of("CLAPPERBOARD_WORKERS", "2");
    List<String> stage = world.arguments("joint", run, settings.split(";"));
    String told = world.jobs().start(cluster, "train.sh", stage).await().requireOut();
    Matcher memory = TOLD.matcher(told);
    assertThat(memory.find()).as(told).isTrue();
    double planned = Double.parseDouble(memory.group(2));
    assertThat(Double.parseDouble(memory.group(1)))
        .as(memory.group())
        .isCloseTo(planned, within(Math.max(0.15 * planned, OF_A_MACHINE)));
  }
}
