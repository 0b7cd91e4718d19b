package org.clapperboard.config.example;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Function;
import org.clapperboard.config.BadConfig;
import org.clapperboard.config.BrokenRules;
import org.clapperboard.config.ConfigFile;
import org.clapperboard.config.Problems;
import org.clapperboard.config.Rules;
import org.clapperboard.config.Section;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The example of the package's documentation, as seen from another package. */
class PackageExampleTest {
  @TempDir Path folder;

  public record OptimizerConfig(double lr, double weightDecay, int warmupSteps) {
    public OptimizerConfig {
      try (Rules rules = new Rules()) {
        rules.positive("lr", lr);
        rules.between("weightDecay", weightDecay, 0, 1);
        rules.atLeast("warmupSteps", warmupSteps, 0);
      }
    }

    static OptimizerConfig read(Section section) {
      return section.build(
          () ->
              new OptimizerConfig(
                  section.number("lr"),
                  section.number("weight-decay", 0.0),
                  section.integer("warmup-steps", 0)));
    }
  }

  private OptimizerConfig read(String yaml, String... overrides) throws Exception {
    Path file = Files.writeString(folder.resolve("stage.yaml"), yaml);
    return ConfigFile.read(
        file, List.of(overrides), root -> OptimizerConfig.read(root.section("optimizer")));
  }

  @Test
  void the_record_reads_itself() throws Exception {
    assertThat(read("optimizer:\n  weight-decay: 0.1\n", "optimizer.lr=1e-4"))
        .isEqualTo(new OptimizerConfig(1e-4, 0.1, 0));
  }

  @Test
  void the_record_holds_its_rules_without_a_file() {
    assertThatExceptionOfType(BrokenRules.class)
        .isThrownBy(() -> new OptimizerConfig(0, 2, 0))
        .withMessage(
            "lr is 0.0 (expected: a number above 0)."
                + " weightDecay is 2.0 (expected: between 0 and 1).");
  }

  @Test
  void reads_can_be_passed_as_method_references() {
    ConfigFile config = ConfigFile.ofText(Path.of("x.yaml"), "a: b\n", List.of());
    String value =
        config.read(
            root -> {
              Function<String, String> reading = root::string;
              return reading.apply("a");
            });
    assertThat(value).isEqualTo("b");
  }

  @Test
  void problems_found_while_planning_are_thrown_like_those_of_reading() {
    ConfigFile config = ConfigFile.ofText(Path.of("x.yaml"), "data:\n  root: /none\n", List.of());
    Problems problems = new Problems();
    problems.add(config.problem("data.root", "an existing folder", "Run prepare first."));
    assertThatExceptionOfType(BadConfig.class)
        .isThrownBy(problems::throwIfAny)
        .withMessage(
            "x.yaml:2  data.root is \"/none\" (expected: an existing folder). Run prepare first.\n"
                + "1 problem; nothing was started.");
  }
}
