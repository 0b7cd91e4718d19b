package org.clapperboard.train.loop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.nio.FloatBuffer;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.clapperboard.collective.Collective;
import org.clapperboard.model.Part;
import org.clapperboard.model.engine.TorchEngine;
import org.clapperboard.model.weights.FreshStart;
import org.clapperboard.model.weights.ParameterSpec;
import org.clapperboard.model.weights.Parameters;
import org.clapperboard.train.LocalRanks;
import org.clapperboard.train.optimizer.OptimizerConfig;
import org.clapperboard.train.optimizer.OptimizerConfig.OfPart;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * Parts that learn at rates of their own, on two ranks, beside an AdamW written down in doubles.
 */
class OwnRatesIT {
  private static final int ELEMENTS = 37;
  private static final int STEPS = 5;
  private static final double BASE = 1e-2;
  private static final List<ParameterSpec> SPECS =
      List.of(
          ParameterSpec.normal("layers.0.w", 1, ELEMENTS - 5),
          ParameterSpec.normal("layers.1.bias", 1, 5));
  private static final OptimizerConfig SETTINGS =
      new OptimizerConfig(
          BASE,
          0.9,
          0.999,
          1e-8,
          0.1,
          1e9,
          Map.of(
              Part.VISION_CONNECTOR, new OfPart(5e-4, 0.1),
              Part.AUDIO_PROJECTOR, new OfPart(BASE, 0.7),
              Part.AUDIO_ENCODER, new OfPart(BASE, 0.1, 0.5)));

  @BeforeAll
  static void start() {
    TorchEngine.start(1);
  }

  /** The schedule's part in the learning rate of a step. */
  private static double factor(int step) {
    return 1 - step / 10.0;
  }

  private static float gradient(Part part, int step, int place) {
    return new Random(part.key().length() * 1000L + step * 100L + place).nextFloat() - 0.5f;
  }

  @Test
  void each_part_moves_at_its_own_rate_and_decays_by_its_own() throws Exception {
    LocalRanks.run(2, OwnRatesIT::compare);
  }

  private static void compare(Collective ranks) throws Exception {
    Map<String, Part> parts =
        Map.of(
            "vision-connector", Part.VISION_CONNECTOR,
            "audio-projector", Part.AUDIO_PROJECTOR,
            "audio-encoder", Part.AUDIO_ENCODER,
            "language-model", Part.LANGUAGE_MODEL);
    Map<String, Parameters> parameters = new TreeMap<>();
    parts.forEach(
        (name, part) -> {
          Parameters some = Parameters.allocate(SPECS);
          some.load(FreshStart.of(SPECS, part.key().length()));
          parameters.put(name, some);
        });
    try (ShardedUpdate update =
        ShardedUpdate.of(
            parameters,
            ranks,
            SETTINGS,
            name -> SETTINGS.of(parts.get(name)),
            name -> !name.endsWith("bias"))) {
      for (int step = 0; step < STEPS; step++) {
        update.begin(step);
        for (Map.Entry<String, Part> part : parts.entrySet()) {
          put(update, part.getKey(), part.getValue(), step, ranks.rank());
        }
        update.reduce(step);
        update.clip(step, 1);
        update.apply(step, factor(step));
      }
      for (Map.Entry<String, Part> part : parts.entrySet()) {
        double[] expected = alone(part.getValue());
        float[] moved = parameters.get(part.getKey()).flat().toFloatArray();
        for (int i = 0; i < ELEMENTS; i++) {
          assertThat((double) moved[i]).as(part + " " + i).isCloseTo(expected[i], within(2e-6));
        }
      }
    }
    parameters.values().forEach(Parameters::close);
  }

  /** A third of the gradient comes from rank 0, two thirds from rank 1. */
  private static void put(ShardedUpdate update, String name, Part part, int step, int rank) {
    FloatBuffer gradients =
        update.trained().get(name).gradientPieces().get(0).bytes().asFloatBuffer();
    for (int i = 0; i < ELEMENTS; i++) {
      gradients.put(i, gradient(part, step, i) * (rank + 1) / 3);
    }
  }

  /** AdamW (Loshchilov and Hutter, algorithm 2) of one part, an element after the other. */
  private static double[] alone(Part part) {
    double rate = part == Part.VISION_CONNECTOR ? 5e-4 : BASE;
    double decay = part == Part.AUDIO_PROJECTOR ? 0.7 : 0.1;
    FloatBuffer start = FloatBuffer.allocate(ELEMENTS);
    FreshStart.of(SPECS, part.key().length()).read("layers.0.w", start.slice(0, ELEMENTS - 5));
    FreshStart.of(SPECS, part.key().length()).read("layers.1.bias", start.slice(ELEMENTS - 5, 5));
    double[] weights = new double[ELEMENTS];
    for (int i = 0; i < ELEMENTS; i++) {
      double first = 0;
      double second = 0;
      weights[i] = start.get(i);
      for (int step = 0; step < STEPS; step++) {
        double gradient = gradient(part, step, i);
        boolean lower = part == Part.AUDIO_ENCODER && i < ELEMENTS - 5;
        double lr = rate * factor(step) * (lower ? 0.5 : 1);
        first = 0.9 * first + 0.1 * gradient;
        second = 0.999 * second + 0.001 * gradient * gradient;
        double mean = first / (1 - Math.pow(0.9, step + 1));
        double root = Math.sqrt(second / (1 - Math.pow(0.999, step + 1)));
        weights[i] -= lr * (i < ELEMENTS - 5 ? decay : 0) * weights[i];
        weights[i] -= lr * mean / (root + 1e-8);
      }
    }
    return weights;
  }
}
