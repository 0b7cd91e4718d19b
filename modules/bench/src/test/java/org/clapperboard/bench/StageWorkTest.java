package org.clapperboard.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.clapperboard.app.PlanCommand;
import org.clapperboard.bench.StageWork.Media;
import org.clapperboard.bench.StageWork.Pass;
import org.clapperboard.bench.StageWork.Role;
import org.clapperboard.config.ConfigFile;
import org.clapperboard.train.config.StageConfig;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

class StageWorkTest {
  private static final String STAGE_1 = "videollama2-7b/stage1-video-pretrain.yaml";
  private static final String STAGE_2 = "videollama2-7b/stage2-video-finetune.yaml";

  /** Mistral 7B: four projections and three matrices a layer, and two norms. */
  private static final double LAYERS =
      32.0 * (2 * 4096 * 4096 + 2 * 4096 * 1024 + 3 * 4096 * 14336 + 2 * 4096);

  private static StageConfig stage(String file, String... overrides) {
    return ConfigFile.read(Path.of("../../conf", file), List.of(overrides), StageConfig::read);
  }

  private static StageWork work(String file, String... overrides) {
    StageConfig stage = stage(file, overrides);
    return new StageWork(stage, Media.of(stage), 128);
  }

  /** The layers of the language model: what most of the work is. */
  private static Pass layers(StageWork work) {
    return work.passes().stream()
        .filter(pass -> pass.parameters() == LAYERS)
        .findFirst()
        .orElseThrow();
  }

  @Test
  void a_weight_costs_six_operations_four_or_two_as_a_gradient_needs_it() {
    Map<Role, Double> wanted = Map.of(Role.TRAINED, 6.0, Role.THROUGH, 4.0, Role.FORWARD, 2.0);
    wanted.forEach(
        (role, each) -> {
          Pass pass = new Pass(10, 7, 0, role, false);
          assertThat(pass.forward() + pass.backward()).as("%s", role).isEqualTo(70 * each);
        });
  }

  @Test
  void attention_costs_three_times_as_much_with_its_way_back_and_once_more_if_done_again() {
    Pass pass = new Pass(0, 7, 50, Role.THROUGH, false);
    assertThat(pass.forward() + pass.backward()).isEqualTo(150);
    Pass again = new Pass(10, 7, 50, Role.TRAINED, true);
    assertThat(again.forward() + again.backward()).isEqualTo(8 * 70 + 200);
  }

  @Test
  void the_layers_of_a_7b_model_learn_in_its_second_stage_and_pass_a_gradient_on_in_its_first() {
    // 576 tokens of the clip and 128 of text.
    assertThat(work(STAGE_2).positions()).isEqualTo(704);
    double attention = 4.0 * 704 * 704 * 4096 * 32;
    assertThat(layers(work(STAGE_2)))
        .isEqualTo(new Pass(LAYERS, 704, attention, Role.TRAINED, true));
    assertThat(layers(work(STAGE_1)))
        .isEqualTo(new Pass(LAYERS, 704, attention, Role.THROUGH, true));
    assertThat(layers(work(STAGE_1, "memory.activations=keep")).again()).isFalse();
  }

  @Test
  void an_encoder_that_nothing_learns_before_goes_forward_alone() {
    // 23 of 24 blocks of 1024 x 1024 and 1024 x 4096 with biases and norms; 577 tokens a frame.
    Pass encoder = work(STAGE_1).passes().get(0);
    double block = 4 * (1024 * 1024 + 1024.0) + 2 * 1024 * 4096 + 4096 + 1024 + 4 * 1024;
    assertThat(encoder.parameters()).isEqualTo(23 * block + 3 * 14 * 14 * 1024);
    assertThat(encoder.positions()).isEqualTo(8 * 577);
    assertThat(encoder.backward()).isZero();
  }

  @Test
  void samples_hold_what_the_parts_that_learn_need() {
    String folder = "videollama2.1-7b-av/";
    assertThat(Media.of(stage(STAGE_2))).isEqualTo(Media.CLIP);
    assertThat(Media.of(stage(folder + "stage4-audio-pretrain.yaml"))).isEqualTo(Media.SOUND);
    assertThat(Media.of(stage(folder + "stage6-av-joint.yaml"))).isEqualTo(Media.BOTH);
  }

  @Test
  void memory_is_what_the_plan_of_the_stage_says() {
    for (String file : List.of(STAGE_1, STAGE_2)) {
      for (String precision : List.of("fp32", "bf16")) {
        String set = "precision=" + precision;
        String told = String.format(Locale.ROOT, "about %.3g GB:", work(file, set).memory(8) / 1e9);
        assertThat(plan("../../conf/" + file, "--set", set)).contains(told);
      }
    }
  }

  private static String plan(String... arguments) {
    PrintStream before = System.out;
    ByteArrayOutputStream told = new ByteArrayOutputStream();
    try {
      System.setOut(new PrintStream(told, true, StandardCharsets.UTF_8));
      assertThat(new CommandLine(new PlanCommand()).execute(arguments)).isZero();
    } finally {
      System.setOut(before);
    }
    return told.toString(StandardCharsets.UTF_8);
  }

  @Test
  void the_table_has_a_row_for_each_world_size_and_tells_what_it_starts_from() {
    Map<ScaleFigure, ScaleFigure.Value> values = new EnumMap<>(ScaleFigure.class);
    for (ScaleFigure figure : ScaleFigure.values()) {
      values.put(figure, figure.unasked());
    }
    values.put(ScaleFigure.LINK, new ScaleFigure.Value(ScaleFigure.LINK, 12.5, "given"));
    Figures figures =
        new ScaleTable(List.of(8, 64), 8, false, 80e9, values)
            .of(List.of(work(STAGE_2, "precision=bf16")));
    assertThat(figures.table())
        .anyMatch(
            line -> line.startsWith("videollama2-7b stage2-video-finetune, bf16: clips of 704"))
        .anyMatch(line -> line.startsWith("| 8 | ") && line.contains("| 100 % |"))
        .anyMatch(line -> line.startsWith("| 64 | "))
        .contains("- link 12.5 GB/s of a host, each way (given)")
        .contains("- bf16 396 TFLOP/s of a rank (assumed: 40 % of an H100's 989)");
    JsonNode step = figures.json().get("stages").get(0).get("steps").get(1);
    double sum = 0;
    for (String term : List.of("compute", "slowest", "exchange", "checkpoint", "data")) {
      sum += step.get(term).asDouble();
    }
    assertThat(step.get("seconds").asDouble()).isCloseTo(sum, within(1e-9));
    assertThat(step.get("efficiency-of-smallest").asDouble()).isBetween(0.0, 1.0);
    // 46 GB of gradients and weights learn, in 63 of 64 parts.
    assertThat(step.get("sent-bytes").asDouble()).isBetween(45e9, 47e9);
  }

  @Test
  void memory_that_a_rank_does_not_have_is_told() {
    Map<ScaleFigure, ScaleFigure.Value> values = new EnumMap<>(ScaleFigure.class);
    for (ScaleFigure figure : ScaleFigure.values()) {
      values.put(figure, figure.unasked());
    }
    Figures figures = new ScaleTable(List.of(8), 8, false, 40e9, values).of(List.of(work(STAGE_2)));
    assertThat(figures.table()).anyMatch(line -> line.contains(", too much |"));
    assertThat(figures.json().get("stages").get(0).get("steps").get(0).get("fits").asBoolean())
        .isFalse();
  }
}
