package org.clapperboard.train.optimizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.StreamSupport;
import org.clapperboard.collective.Slices;
import org.clapperboard.model.engine.TorchEngine;
import org.clapperboard.model.weights.ParameterSpec;
import org.clapperboard.model.weights.Parameters;
import org.clapperboard.testing.GoldenFixtures;
import org.clapperboard.testing.GoldenFixtures.Fixture;
import org.clapperboard.testing.SafetensorsFile;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The optimizer against torch's, with the rank's slices put together by hand. */
class ShardedAdamWIT {
  private static final List<String> NAMES =
      List.of("proj.weight", "proj.bias", "norm.weight", "norm.bias", "embed.weight");

  @BeforeAll
  static void start() {
    TorchEngine.start(1);
  }

  @Test
  void ten_steps_with_clipping_and_two_groups_are_those_of_the_reference() {
    List<Fixture> fixtures = GoldenFixtures.chosen().startingWith("11_schedule");
    assertThat(fixtures).isNotEmpty();
    for (Fixture fixture : fixtures) {
      for (int ranks : new int[] {1, 2, 3}) {
        new Replay(fixture, ranks).run();
      }
    }
  }

  /** Replays the recorded gradients on some ranks, one after the other in this thread. */
  private static final class Replay {
    private final SafetensorsFile file;
    private final JsonNode settings;
    private final List<Parameters> parameters = new ArrayList<>();
    private final List<ShardedAdamW> optimizers = new ArrayList<>();

    Replay(Fixture fixture, int ranks) {
      this.file = fixture.tensors();
      this.settings = fixture.json().get("adamw");
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
        assertThat(norm)
            .isCloseTo(settings.get("total_norm_before_clip").get(step).asDouble(), within(1e-5));
        double scale = Math.min(1, settings.get("max_grad_norm").asDouble() / (norm + 1e-6));
        for (ShardedAdamW optimizer : optimizers) {
          optimizer.scaleGradients(scale);
          optimizer.step(settings.get("lr_used").get(step).asDouble());
        }
        gather();
        check("step" + step + "/param/");
      }
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
      for (Parameters own : parameters) {
        for (String name : NAMES) {
          float[] expected = file.floats(prefix + name);
          float[] actual = own.tensor(name).toFloatArray();
          for (int i = 0; i < expected.length; i++) {
            assertThat((double) actual[i]).as(prefix + name).isCloseTo(expected[i], within(1e-6));
          }
        }
      }
    }
  }
}
