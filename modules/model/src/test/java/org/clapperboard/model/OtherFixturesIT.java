package org.clapperboard.model;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.types.Shape;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.clapperboard.model.engine.TorchEngine;
import org.clapperboard.model.weights.Dtype;
import org.clapperboard.model.weights.Safetensors;
import org.clapperboard.model.weights.SafetensorsWriter;
import org.clapperboard.testing.GoldenFixtures;
import org.clapperboard.testing.GoldenFixtures.Fixture;
import org.clapperboard.testing.GoldenReport;
import org.clapperboard.testing.GoldenTests;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The comparison with fixtures of other names, sizes and seeds, and with wrong ones. */
class OtherFixturesIT {
  @TempDir private Path temporary;
  private Path folder;
  private GoldenReport report;

  @BeforeAll
  static void start() {
    TorchEngine.start(1);
  }

  @BeforeEach
  void makeFolder() throws IOException {
    folder = Files.createDirectories(temporary.resolve("other"));
    report = new GoldenReport(new GoldenFixtures(folder), "a build", temporary);
  }

  private List<Throwable> run() {
    return GoldenTests.failures(GoldenTests.of(report, "GoldenIT", GoldenIT.checks()));
  }

  private Path copy(String name, String newName) throws IOException {
    Fixture fixture = GoldenFixtures.chosen().startingWith(name).get(0);
    Files.copy(
        fixture.folder().resolve(fixture.name() + ".json"), folder.resolve(newName + ".json"));
    return Files.copy(fixture.file(), folder.resolve(newName + ".safetensors"));
  }

  @Test
  void fixtures_under_other_names_are_run() throws Exception {
    copy("01_clip_vision", "01_clip_vision_b");
    copy("03_mlp3x_gelu", "03_mlp3x_gelu_77");
    copy("07_qwen2", "07_something_new");
    assertThat(run()).isEmpty();
    assertThat(report.problems()).isEmpty();
    assertThat(report.file())
        .content()
        .contains("| 01_clip_vision_b | outputs", "| 07_something_new | greedy ids (4) |");
  }

  @Test
  void a_fixture_of_other_sizes_and_numbers_is_run() throws Exception {
    linear(0);
    assertThat(run()).isEmpty();
    assertThat(report.problems()).isEmpty();
    assertThat(report.file()).content().contains("| 03_linear_other | gradients (3) | 54 |");
  }

  @Test
  void one_wrong_number_among_them_is_found() throws Exception {
    linear(1e-3f);
    assertThat(run()).hasSize(1);
    assertThat(report.problems())
        .singleElement()
        .satisfies(
            problem -> assertThat(problem).startsWith("03_linear_other out/y is off: 0.0010"));
  }

  @Test
  void one_changed_bit_of_a_greedy_id_a_gradient_or_a_weight_is_found() throws Exception {
    Path file = copy("07_qwen2", "07_qwen2");
    for (String tensor :
        List.of("out/gen.eos.sequences", "grad/model.norm.weight", "model.norm.weight")) {
      byte[] whole = Files.readAllBytes(file);
      byte[] changed = whole.clone();
      // The highest bits of a float's exponent and of a small id's first byte.
      int at = (int) Safetensors.open(file).region(tensor).start();
      changed[tensor.endsWith("sequences") ? at : at + 3] ^= 0x40;
      Files.write(file, changed);
      assertThat(run()).as(tensor).isNotEmpty();
      assertThat(report.problems()).as(tensor).isNotEmpty();
      Files.write(file, whole);
    }
    assertThat(run()).isEmpty();
  }

  @Test
  void a_fixture_of_a_kind_that_nobody_knows_is_found() throws Exception {
    copy("03_mlp3x_gelu", "03_mlp3x_gelu_10");
    copy("03_mlp3x_gelu", "33_mlp3x_gelu_10");
    assertThat(run()).isEmpty();
    assertThat(report.problems()).containsExactly("33_mlp3x_gelu_10 was run by no test");
  }

  /** A projection from 5 to 4 numbers with its gradients, by hand; one output is off by so much. */
  private void linear(float off) throws IOException {
    int rows = 2 * 3;
    Random random = new Random(7);
    float[] x = numbers(random, rows * 5);
    float[] weight = numbers(random, 4 * 5);
    float[] bias = numbers(random, 4);
    float[] slope = numbers(random, rows * 4);
    float[] y = Rows.flat(Rows.linear(Rows.of(x, 5), weight, bias));
    float[] toX = new float[x.length];
    float[] toWeight = new float[weight.length];
    float[] toBias = new float[bias.length];
    double loss = 0;
    for (int row = 0; row < rows; row++) {
      for (int out = 0; out < 4; out++) {
        float part = slope[row * 4 + out] / 2;
        loss += (double) part * y[row * 4 + out];
        toBias[out] += part;
        for (int in = 0; in < 5; in++) {
          toWeight[out * 5 + in] += part * x[row * 5 + in];
          toX[row * 5 + in] += part * weight[out * 5 + in];
        }
      }
    }
    y[7] += off;
    Shape input = new Shape(2, 3, 5);
    Shape output = new Shape(2, 3, 4);
    SafetensorsWriter writer =
        new SafetensorsWriter(Dtype.F32)
            .add("in/x", input, FloatBuffer.wrap(x))
            .add("in/loss_weight", output, FloatBuffer.wrap(slope))
            .add("out/y", output, FloatBuffer.wrap(y))
            .add("out/loss", new Shape(1), FloatBuffer.wrap(new float[] {(float) loss}))
            .add("grad/in/x", input, FloatBuffer.wrap(toX))
            .add("model.mm_projector.weight", new Shape(4, 5), FloatBuffer.wrap(weight))
            .add("model.mm_projector.bias", new Shape(4), FloatBuffer.wrap(bias))
            .add("grad/model.mm_projector.weight", new Shape(4, 5), FloatBuffer.wrap(toWeight))
            .add("grad/model.mm_projector.bias", new Shape(4), FloatBuffer.wrap(toBias));
    try (OutputStream out = Files.newOutputStream(folder.resolve("03_linear_other.safetensors"))) {
      writer.write(out, Map.of());
    }
    Files.writeString(
        folder.resolve("03_linear_other.json"),
        """
        {"config": {"mm_projector_type": "linear", "mm_hidden_size": 5, "hidden_size": 4},
         "downsample": null, "depth": null, "mlp_depth": null, "train_vs_eval_max_abs_diff": 0.0,
         "loss": "sum(y * in/loss_weight) / batch",
         "input_shape": [2, 3, 5], "output_shape": [2, 3, 4],
         "tolerance": "out/y max abs 1e-5; out/loss abs 1e-4; \
        gradients |diff| <= 1e-5 * max|grad of that tensor| + 1e-6"}
        """);
  }

  private static float[] numbers(Random random, int count) {
    float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return values;
  }
}
