package org.clapperboard.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.nio.FloatBuffer;
import java.util.List;
import org.clapperboard.model.language.LanguageModel;
import org.clapperboard.model.weights.ParameterSpec;
import org.junit.jupiter.api.Test;

class HashedWeightsTest {
  private static final List<ParameterSpec> SPECS =
      LanguageModel.specs(GenerateSizes.SMALL.config(700));

  private static float[] read(String name, long first, int count) {
    FloatBuffer target = FloatBuffer.allocate(count);
    new HashedWeights(SPECS).read(name, first, target);
    return target.array();
  }

  @Test
  void numbers_are_those_that_numpy_makes() {
    // NumPy 1.24 with unsigned integers of 32 bits, as the peer makes them.
    int start = HashedWeights.start("prompt");
    assertThat(HashedWeights.noise(start, 0)).isCloseTo(-0.58918719, within(1e-8));
    assertThat(HashedWeights.noise(start, 1)).isCloseTo(0.94743904, within(1e-8));
    assertThat(HashedWeights.noise(start, 599)).isCloseTo(-0.12692673, within(1e-8));
    float[] matrix = read("model.layers.0.self_attn.q_proj.weight", 0, 5);
    assertThat(matrix[0]).isEqualTo(0.0021349974f);
    assertThat(matrix[4]).isEqualTo(-0.026812222f);
  }

  @Test
  void reading_may_begin_anywhere() {
    String name = "model.layers.3.mlp.gate_proj.weight";
    assertThat(read(name, 7, 1)[0]).isEqualTo(read(name, 0, 8)[7]);
  }

  @Test
  void norms_are_one_and_biases_nothing() {
    assertThat(read("model.norm.weight", 0, 2)).containsExactly(1, 1);
    assertThat(read("model.layers.1.self_attn.k_proj.bias", 0, 2)).containsExactly(0, 0);
  }

  @Test
  void names_of_this_hash_are_short_and_count_from_nought() {
    String tower = "model.vision_tower.vision_tower.vision_model.";
    assertThat(HashedWeights.shortName(tower + "encoder.layers.2.self_attn.out_proj.weight"))
        .isEqualTo("vision.blocks.2.o.weight");
    assertThat(HashedWeights.shortName(tower + "embeddings.position_embedding.weight"))
        .isEqualTo("vision.position");
    assertThat(HashedWeights.shortName("model.mm_projector.s1.b1.conv2.conv.weight"))
        .isEqualTo("connector.s1.0.conv2.weight");
    assertThat(HashedWeights.shortName("model.mm_projector.s1.b1.downsample.conv.weight"))
        .isEqualTo("connector.s1.0.down.0.weight");
    assertThat(HashedWeights.shortName("model.mm_projector.s2.b4.se.fc1.weight"))
        .isEqualTo("connector.s2.3.se1.weight");
    assertThat(HashedWeights.shortName("model.mm_projector.sampler.0.weight"))
        .isEqualTo("connector.sampler.weight");
    assertThat(HashedWeights.shortName("model.mm_projector.readout.2.weight"))
        .isEqualTo("connector.readout.2.weight");
  }
}
