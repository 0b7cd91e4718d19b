package org.clapperboard.model.weights;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.nio.FloatBuffer;
import java.util.List;
import org.junit.jupiter.api.Test;

class FreshStartTest {
  private static final List<ParameterSpec> SPECS =
      List.of(
          ParameterSpec.normal("normal", 0.02, 200, 500),
          ParameterSpec.constant("constant", 1, 7),
          ParameterSpec.fanIn("uniform", 16, 10, 16));

  private static float[] read(TensorSource source, String name) {
    FloatBuffer values = FloatBuffer.allocate((int) source.shape(name).size());
    source.read(name, values);
    return values.array();
  }

  private static double deviation(float[] values) {
    double squares = 0;
    for (float value : values) {
      squares += (double) value * value;
    }
    return Math.sqrt(squares / values.length);
  }

  private static float furthest(float[] values) {
    float furthest = 0;
    for (float value : values) {
      furthest = Math.max(furthest, Math.abs(value));
    }
    return furthest;
  }

  @Test
  void uniform_draws_deviate_as_normal_ones_and_have_no_tails() {
    float[] normal = read(FreshStart.of(SPECS, 3), "normal");
    float[] uniform = read(FreshStart.uniform(SPECS, 3), "normal");
    assertThat(deviation(normal)).isCloseTo(0.02, within(0.0003));
    assertThat(deviation(uniform)).isCloseTo(0.02, within(0.0003));
    double bound = 0.02 * Math.sqrt(3);
    assertThat((double) furthest(normal)).isGreaterThan(2 * bound);
    assertThat((double) furthest(uniform)).isBetween(0.99 * bound, 1.0001 * bound);
  }

  @Test
  void what_is_not_normal_starts_the_same() {
    FreshStart uniform = FreshStart.uniform(SPECS, 3);
    FreshStart normal = FreshStart.of(SPECS, 3);
    for (String name : List.of("constant", "uniform")) {
      assertThat(read(uniform, name)).isEqualTo(read(normal, name));
    }
    assertThat(uniform.names()).isEqualTo(normal.names());
    assertThat(uniform.shape("normal")).isEqualTo(normal.shape("normal"));
  }
}
