package org.clapperboard.model;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.clapperboard.model.engine.Tape.Activations;
import org.clapperboard.model.engine.TorchEngine;
import org.clapperboard.model.weights.Dtype;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Layers that are computed again against layers whose activations are kept. */
class RecomputedLayersIT {
  @BeforeAll
  static void start() {
    TorchEngine.start(1);
  }

  static Stream<Arguments> models() {
    return PackedRowsIT.models();
  }

  @ParameterizedTest
  @MethodSource("models")
  void losses_and_gradients_are_the_same_bits(String family, Dtype dtype, boolean lora) {
    Supplier<VideoLlama2> maker = () -> PackedRowsIT.model(family, dtype, lora);
    for (boolean packed : new boolean[] {false, true}) {
      PackedRowsIT.Pass kept = PackedRowsIT.pass(maker, lora, packed, Activations.KEEP);
      PackedRowsIT.Pass again = PackedRowsIT.pass(maker, lora, packed, Activations.RECOMPUTE);
      assertThat(again.losses()).isEqualTo(kept.losses());
      assertThat(again.total()).isEqualTo(kept.total());
      assertThat(again.gradients()).isEqualTo(kept.gradients());
      assertThat(Arrays.stream(kept.gradients()).anyMatch(gradient -> gradient != 0)).isTrue();
    }
  }
}
