package org.clapperboard.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.nio.file.Path;
import java.util.List;
import org.clapperboard.config.ConfigFile;
import org.clapperboard.model.engine.Tape.Activations;
import org.clapperboard.model.language.DecoderConfig;
import org.clapperboard.model.language.PassMemory;
import org.clapperboard.model.weights.Dtype;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a pass takes of memory, seen from outside. */
class ActivationMemoryIT {
  private static final int POSITIONS = 2048;
  private static final String MODEL =
      "{family: llama, vocabulary: 64, layers: 12, heads: 4, rope-theta: 10000, %s}";

  private static double measured(String shape, Activations activations) throws Exception {
    return PeakMemory.ofPass(MODEL.formatted(shape), POSITIONS, activations);
  }

  private static double predicted(String shape, Activations activations) {
    DecoderConfig config =
        ConfigFile.ofText(Path.of("x.yaml"), MODEL.formatted(shape), List.of())
            .read(DecoderConfig::read);
    return PassMemory.layers(config, POSITIONS, Dtype.F32, activations);
  }

  @Test
  void layers_that_are_computed_again_take_a_third_of_the_memory() throws Exception {
    String shape = "width: 256, kv-heads: 4, mlp-width: 1024";
    double kept = measured(shape, Activations.KEEP);
    double again = measured(shape, Activations.RECOMPUTE);
    assertThat(again).isLessThan(kept / 3);
    assertThat(kept).isCloseTo(predicted(shape, Activations.KEEP), within(0.15 * kept));
  }

  @ParameterizedTest
  @Tag("full")
  @ValueSource(
      strings = {
        "width: 256, kv-heads: 4, mlp-width: 256",
        "width: 256, kv-heads: 1, mlp-width: 512",
        "width: 512, kv-heads: 4, mlp-width: 512",
        "width: 512, kv-heads: 2, mlp-width: 1536"
      })
  void what_is_predicted_is_what_is_taken(String shape) throws Exception {
    double kept = measured(shape, Activations.KEEP);
    assertThat(predicted(shape, Activations.KEEP)).isCloseTo(kept, within(0.15 * kept));
    double again = measured(shape, Activations.RECOMPUTE);
    assertThat(predicted(shape, Activations.RECOMPUTE)).isCloseTo(again, within(0.3 * again));
  }
}
