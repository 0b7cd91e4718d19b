package org.clapperboard.model.audio;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.jni.JniUtils;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;
import java.util.SplittableRandom;
import org.clapperboard.model.adapter.RowSeeds;
import org.clapperboard.model.engine.Tape;
import org.clapperboard.model.engine.TorchEngine;
import org.clapperboard.model.weights.Parameters;
import org.clapperboard.model.weights.Parameters.Trainable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class LayerDropIT {
  private static NDManager scope;
  private static NDArray bank;

  @BeforeAll
  static void start() {
    TorchEngine.start(1);
    scope = TorchEngine.newScope();
    float[] values = new float[16 * 16];
    SplittableRandom random = new SplittableRandom(5);
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) random.nextDouble(-10, 10);
    }
    bank = scope.create(values, new Shape(1, 16, 16));
  }

  @AfterAll
  static void close() {
    scope.close();
  }

  @Test
  void a_frozen_encoder_never_leaves_a_layer_out() {
    BeatsConfig config = config(1);
    try (Parameters parameters = parameters(config, Trainable.NO)) {
      BeatsEncoder encoder = new BeatsEncoder(config, parameters, "");

      assertThat(
              encoder.features(scope, bank, RowSeeds.ofFirst(1, 1), Tape.keeping()).toFloatArray())
          .isEqualTo(encoder.features(scope, bank).toFloatArray());
    }
  }

  @Test
  void with_all_layers_left_out_what_enters_the_first_comes_out() {
    BeatsConfig config = config(1);
    try (Parameters parameters = parameters(config, Trainable.YES)) {
      BeatsEncoder encoder = new BeatsEncoder(config, parameters, "");
      float[] entering = encoder.hiddenStates(scope, bank).get(0).toFloatArray();

      assertThat(
              encoder.features(scope, bank, RowSeeds.ofFirst(1, 1), Tape.keeping()).toFloatArray())
          .isEqualTo(entering);
      assertThat(encoder.features(scope, bank).toFloatArray()).isNotEqualTo(entering);
    }
  }

  /** Reference backbone.py: the gradient is scaled before it is drawn whether the layer runs. */
  @Test
  void the_gradient_is_scaled_for_layers_that_are_left_out_too() {
    assertThat(gradientOfNormBias(config(1))).isCloseTo(0.6 * 0.6 * 0.6, within(1e-6));
  }

  private static double gradientOfNormBias(BeatsConfig config) {
    try (Parameters parameters = parameters(config, Trainable.YES)) {
      BeatsEncoder encoder = new BeatsEncoder(config, parameters, "");
      TorchEngine.withGradients(
          () -> {
            NDArray sum =
                encoder.features(scope, bank, RowSeeds.ofFirst(1, 1), Tape.keeping()).sum();
            JniUtils.backward((PtNDArray) sum, (PtNDArray) scope.create(1f), false, false);
            return null;
          });
      try (NDArray gradient = parameters.tensor("encoder.layer_norm.bias").getGradient()) {
        return gradient.getFloat(0);
      }
    }
  }

  @Test
  void a_step_leaves_out_the_same_layers_each_time_and_steps_differ_as_often_as_configured() {
    BeatsConfig config = config(0.25);
    try (Parameters parameters = parameters(config, Trainable.YES)) {
      BeatsEncoder encoder = new BeatsEncoder(config, parameters, "");
      float[] whole = encoder.features(scope, bank).toFloatArray();
      Set<Integer> different = new HashSet<>();
      int complete = 0;
      for (int step = 0; step < 400; step++) {
        float[] first =
            encoder.features(scope, bank, RowSeeds.ofFirst(step, 1), Tape.keeping()).toFloatArray();
        assertThat(
                encoder
                    .features(scope, bank, RowSeeds.ofFirst(step, 1), Tape.keeping())
                    .toFloatArray())
            .isEqualTo(first);
        different.add(Arrays.hashCode(first));
        complete += Arrays.equals(first, whole) ? 1 : 0;
      }

      assertThat(different).hasSize(8);
      assertThat(complete / 400.0).isCloseTo(0.75 * 0.75 * 0.75, within(0.08));
    }
  }

  private static BeatsConfig config(double layerDrop) {
    return new BeatsConfig(16, 4, 8, 3, 2, 8, 4, 2, 8, 16, 0.6, layerDrop);
  }

  private static Parameters parameters(BeatsConfig config, Trainable trainable) {
    Parameters parameters = Parameters.allocate(BeatsEncoder.specs(config, ""));
    parameters.initialise(1);
    parameters.trainable(trainable);
    return parameters;
  }
}
