package org.clapperboard.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
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

/**
 * How much memory a pass through a language model takes at most, in a process of its own: what one
 * pass has given back would hide what the next one takes.
 */
final class PeakMemory {
  private PeakMemory() {}

  /** Bytes by which a pass forward and backward lets a process grow at most. */
  static long ofPass(String model, int positions, Activations activations)
      throws IOException, InterruptedException {
    List<String> command =
        List.of(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-Xmx256m",
            "-XX:+UseSerialGC",
            "-cp",
            System.getProperty("java.class.path"),
            PeakMemory.class.getName(),
            model,
            Integer.toString(positions),
            activations.name());
    Process process =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    if (process.waitFor() != 0) {
      throw new AssertionError("The pass failed: " + said);
    }
    return Long.parseLong(said.lines().reduce((first, last) -> last).orElseThrow());
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
      long before = status("VmRSS:");
      pass(model, config.width(), positions, activations);
      System.out.println(status("VmHWM:") - before);
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

  private static long status(String key) throws IOException {
    String line =
        Files.readAllLines(Path.of("/proc/self/status")).stream()
            .filter(some -> some.startsWith(key))
            .findFirst()
            .orElseThrow();
    return 1024 * Long.parseLong(line.replaceAll("\\D", ""));
  }
}
