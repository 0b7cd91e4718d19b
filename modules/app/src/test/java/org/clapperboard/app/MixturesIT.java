package org.clapperboard.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.clapperboard.config.ConfigFile;
import org.clapperboard.data.prepare.PrepareConfig;
import org.clapperboard.data.recipe.Recipe;
import org.clapperboard.train.StagePlan;
import org.clapperboard.train.config.DataConfig.StreamConfig;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The paper's mixtures: every one can be read, and their stages train on what they prepare. */
@ExtendWith(World.Shared.class)
class MixturesIT {
  private static final Path MIXTURES = Jobs.REPOSITORY.resolve("datasets/mixtures");
  private static final Path PRESETS = Jobs.REPOSITORY.resolve("conf");

  static Stream<String> stages() throws IOException {
    try (Stream<Path> files = Files.list(MIXTURES)) {
      return files
          .map(file -> file.getFileName().toString())
          .filter(name -> name.startsWith("stage"))
          .sorted()
          .toList()
          .stream();
    }
  }

  @ParameterizedTest
  @MethodSource("stages")
  void a_mixture_prepares_what_its_stage_names(String stage) {
    PrepareConfig mixture =
        ConfigFile.read(MIXTURES.resolve(stage), List.of(), PrepareConfig::read);
    List<String> prepared = mixture.recipes().stream().map(Recipe::name).toList();
    assertThat(prepared).doesNotHaveDuplicates();
    // The presets start with 16 frames and need no third stage.
    String name = stage.startsWith("stage3") ? "stage2-video-finetune.yaml" : stage;
    Path preset = PRESETS.resolve("videollama2.1-7b-av").resolve(name);
    Path other = PRESETS.resolve("videollama2.1-7b-16f").resolve(name);
    Path file = Files.exists(preset) ? preset : other;
    List<String> named =
        StagePlan.of(ConfigFile.load(file, List.of()), new org.apache.hadoop.conf.Configuration())
            .config()
            .data()
            .streams()
            .stream()
            .map(StreamConfig::datasets)
            .flatMap(List::stream)
            .toList();
    assertThat(prepared).containsExactlyInAnyOrderElementsOf(named);
  }

  @Test
  void a_plan_counts_a_mixture_beside_the_papers_numbers(World world) {
    Path raw = Jobs.REPOSITORY.resolve("modules/data/src/test/resources/recipes");
    List<String> arguments =
        List.of("datasets/mixtures/stage1-video-pretrain.yaml", "--set", "prepare.root=" + raw);
    List<String> lines =
        world.jobs().run("local[2]", "plan.sh", arguments).requireOut().lines().toList();
    assertThat(lines)
        .filteredOn(line -> line.strip().startsWith("panda-70m "))
        .singleElement()
        .asString()
        .matches(" +panda-70m +\\d+ +\\d+ +\\d+ +100\\.0 % +70,000,000 +2,800,000 +4\\.0 %");
    assertThat(lines)
        .filteredOn(line -> line.strip().startsWith("sum "))
        .singleElement()
        .asString()
        .endsWith("103,007,805   10,852,805   10.5 %")
        .doesNotContain("missing");
    assertThat(lines)
        .contains(
            "The paper says 12,200,000 in all; the numbers it gives add up to 10,852,805, 1,347,195"
                + " fewer.");
    assertThat(lines).anyMatch(line -> line.startsWith("panda-70m: ") && line.contains(".csv:3  "));
  }
}
