package org.clapperboard.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.clapperboard.config.ConfigFile;
import org.clapperboard.model.engine.Tape;
import org.clapperboard.model.engine.Tape.Activations;
import org.clapperboard.model.engine.TorchEngine;
import org.clapperboard.model.language.DecoderConfig;
import org.clapperboard.model.language.LanguageModel;
import org.clapperboard.model.weights.Parameters;
import org.clapperboard.model.weights.Parameters.Trainable;
import org.clapperboard.testing.MeasuredProcess;

/** How much memory a pass through a language model takes at most. */
final class PeakMemory {
  private PeakMemory() {}

  /** Bytes by which a pass forward and backward lets a process grow at most. */
  static long ofPass(String model, int positions, Activations activations)
      throws IOException, InterruptedException {
    return MeasuredProcess.growth(
        PeakMemory.class, model, Integer.toString(positions), activations.name());
  }

  /** Runs the pass. */
  public static void main(String[] arguments) throws IOException {
    TorchEngine.start(1);
    DecoderConfig config =
        ConfigFile.ofText(Path.of("model.yaml"), arguments[0], List.of()).read(DecoderConfig::read);
    int positions = Integer.parseInt(arguments[1]);
    Activations activations = Activations.valueOf(arguments[2]);
    try (Parameters parameters = Parameters.allocate(LanguageModel.specs(config))) {
      parameters.initialise(1);
      parameters.trainable(Trainable.YES);
      LanguageModel model = new LanguageModel(config, parameters);
      // A small pass gives every parameter its gradient, and loads what is loaded late.
      pass(model, config.width(), 16, activations);
      MeasuredProcess.printGrowth(() -> pass(model, config.width(), positions, activations));
    }
  }

  private static void pass(LanguageModel model, int width, int positions, Activations activations) {
    TorchEngine.withGradients(
        () -> {
          try (NDManager scope = TorchEngine.newScope()) {
            Tape tape = new Tape(activations);
            NDArray x = scope.randomNormal(new Shape(1, positions, width));
            tape.backward(scope, model.hidden(scope, x, null, new ArrayList<>(), tape).mean());
            return null;
          }
        });
  }
}
