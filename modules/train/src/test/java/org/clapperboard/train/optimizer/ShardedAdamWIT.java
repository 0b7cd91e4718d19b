package org.clapperboard.train.optimizer;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.clapperboard.collective.Slices;
import org.clapperboard.model.engine.TorchEngine;
import org.clapperboard.model.weights.Elements;
import org.clapperboard.model.weights.ParameterSpec;
import org.clapperboard.model.weights.Parameters;
import org.clapperboard.testing.GoldenRun;
import org.clapperboard.testing.GoldenTests;
import org.clapperboard.testing.SafetensorsFile;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicNode;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestFactory;

/** The optimizer against torch's, with the rank's slices put together by hand. */
class ShardedAdamWIT {
  private static final List<String> NAMES =
      List.of("proj.weight", "proj.bias", "norm.weight", "norm.bias", "embed.weight");

  @BeforeAll
  static void start() {
    TorchEngine.start(1);
  }

  @TestFactory
  @Tag("golden")
  Stream<DynamicNode> ten_steps_with_clipping_and_two_groups_are_those_of_the_reference() {
    return GoldenTests.of(ShardedAdamWIT.class, "11_schedule", ShardedAdamWIT::compare);
  }

  private static void compare(GoldenRun run) {
    run.leave("lr|create_optimizer_groups");
    for (int ranks : new int[] {1, 2, 3}) {
      new Replay(run, ranks).run();
    }
  }

  /** Replays the recorded gradients on some ranks, one after the other in this thread. */
  private static final class Replay {
    private final GoldenRun run;
    private final String suffix;
    private final SafetensorsFile file;
    private final JsonNode settings;
    private final List<Parameters> parameters = new ArrayList<>();
    private final List<ShardedAdamW> optimizers = new ArrayList<>();

    Replay(GoldenRun run, int ranks) {
      this.run = run;
      this.suffix = " on " + ranks;
      this.file = run.file();
      this.settings = run.json().get("adamw");
      List.of("lr", "warmup_steps", "schedule", "order").forEach(settings::path);
      List<String> noDecay =
          StreamSupport.stream(settings.get("no_decay").spliterator(), false)
              .map(JsonNode::asText)
              .toList();
      OptimizerConfig config =
          new OptimizerConfig(
              1,
              settings.get("betas").get(0).asDouble(),
              settings.get("betas").get(1).asDouble(),
              settings.get("eps").asDouble(),
              settings.get("weight_decay").asDouble(),
              settings.get("max_grad_norm").asDouble());
      List<ParameterSpec> specs =
          NAMES.stream()
              .map(name -> ParameterSpec.constant(name, 0, file.shape("init/" + name)))
              .toList();
      for (int rank = 0; rank < ranks; rank++) {
        Parameters own = Parameters.allocate(specs);
        NAMES.forEach(name -> Parameters.floats(own.tensor(name)).put(file.floats("init/" + name)));
        parameters.add(own);
        Slices slices = Slices.even(own.elements(), ranks);
        optimizers.add(
            new ShardedAdamW(own, slices, rank, config, name -> !noDecay.contains(name)));
      }
    }

    void run() {
      for (int step = 0; step < settings.get("steps").asInt(); step++) {
        double squares = 0;
        for (ShardedAdamW optimizer : optimizers) {
          fillGradients(optimizer, step);
          squares += optimizer.squaredNorm();
        }
        double norm = Math.sqrt(squares);
        double expected = settings.get("total_norm_before_clip").get(step).asDouble();
        run.number("grad_norm " + step + suffix, norm, expected, 1e-5);
        double scale = Math.min(1, settings.get("max_grad_norm").asDouble() / (norm + 1e-6));
        for (ShardedAdamW optimizer : optimizers) {
          optimizer.scaleGradients(scale);
          optimizer.step(settings.get("lr_used").get(step).asDouble());
        }
        gather();
        check("step" + step + "/param/");
      }
      checkMoments();
    }

    private void fillGradients(ShardedAdamW optimizer, int step) {
      FloatBuffer all = optimizer.gradientPieces().get(0).bytes().asFloatBuffer();
      NAMES.forEach(name -> all.put(file.floats("step" + step + "/grad/" + name)));
    }

    /** What an all-gather does: every rank gets the slices of the others. */
    private void gather() {
      for (int from = 0; from < parameters.size(); from++) {
        Slices slices = optimizers.get(from).slices();
        int start = (int) slices.start(from);
        int length = (int) slices.length(from);
        FloatBuffer source = Parameters.floats(parameters.get(from).flat());
        for (Parameters to : parameters) {
          if (to != parameters.get(from)) {
            Parameters.floats(to.flat()).put(start, source, start, length);
          }
        }
      }
    }

    private void check(String prefix) {
      double tolerance = run.tolerance("parameters max abs");
      for (int rank = 0; rank < parameters.size(); rank++) {
        for (String name : NAMES) {
          run.close(
              prefix + name + suffix + " at " + rank,
              parameters.get(rank).tensor(name).toFloatArray(),
              file.floats(prefix + name),
              tolerance);
        }
      }
    }

    /** The moments after the last step, of all ranks' slices one after the other. */
    private void checkMoments() {
      double tolerance = run.tolerance("parameters max abs");
      float[] first = gathered(ShardedAdamW::first);
      float[] second = gathered(ShardedAdamW::second);
      int at = 0;
      for (String name : NAMES) {
        float[] expected = file.floats("final/exp_avg/" + name);
        int end = at + expected.length;
        run.close(
            "final/exp_avg/" + name + suffix,
            Arrays.copyOfRange(first, at, end),
            expected,
            tolerance);
        run.close(
            "final/exp_avg_sq/" + name + suffix,
            Arrays.copyOfRange(second, at, end),
            file.floats("final/exp_avg_sq/" + name),
            tolerance);
        at = end;
      }
    }

    private float[] gathered(Function<ShardedAdamW, Elements> moments) {
      FloatBuffer all = FloatBuffer.allocate((int) parameters.get(0).elements());
      for (int rank = 0; rank < optimizers.size(); rank++) {
        Slices slices = optimizers.get(rank).slices();
        FloatBuffer own = all.slice((int) slices.start(rank), (int) slices.length(rank));
        moments.apply(optimizers.get(rank)).read(0, own);
      }
      return all.array();
    }
  }
}
