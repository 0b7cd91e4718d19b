package org.clapperboard.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.stream.LongStream;
import org.clapperboard.model.audio.BeatsConfig;
import org.clapperboard.model.audio.BeatsEncoder;
import org.clapperboard.model.connector.AudioProjector;
import org.clapperboard.model.engine.Pack;
import org.clapperboard.model.engine.TorchEngine;
import org.clapperboard.model.weights.ParameterSpec;
import org.clapperboard.model.weights.Parameters;
import org.clapperboard.testing.GoldenFixtures.Fixture;

/** Checks of what hears: the audio encoder and the audio projector. */
final class GoldenSounds {
  private GoldenSounds() {}

  static void projector(Fixture fixture, GoldenNumbers numbers) {
    JsonNode config = fixture.json().get("config");
    AudioProjector.Config shape =
        HuggingFaceTowers.projector(
            config, config.get("mm_hidden_size_a").asInt(), config.get("hidden_size_a").asInt());
    List<ParameterSpec> specs = AudioProjector.specs(shape, "model.mm_projector_a.");
    try (NDManager scope = TorchEngine.newScope();
        Parameters parameters = GoldenParts.load(fixture, specs)) {
      AudioProjector projector = new AudioProjector(shape, parameters, "model.mm_projector_a.");
      UnaryOperator<NDArray> run = x -> projector.project(scope, x);
      GoldenParts.weightedLoss(
          scope, numbers, "", "in/x", "out/y", 3e-4, parameters, 2e-4, 1e-6, run);
    }
  }

  static void beats(Fixture fixture, GoldenNumbers numbers) {
    BeatsConfig config = HuggingFaceTowers.beats(fixture.json().get("config"));
    List<ParameterSpec> specs = BeatsEncoder.specs(config, "");
    buckets(numbers, config);
    fixture
        .json()
        .get("cases")
        .fieldNames()
        .forEachRemaining(
            name -> {
              // The padding mask is a path the reference never takes; we have none.
              if (!name.equals("masked")) {
                beatsCase(fixture, numbers, config, specs, name + "/");
              }
            });
  }

  /** Buckets of distances; the second table has the size of the released checkpoint's. */
  private static void buckets(GoldenNumbers numbers, BeatsConfig config) {
    buckets(numbers, config, "const/relative_position_bucket_minus300_300");
    buckets(numbers, BeatsConfig.released(), "const/full_size_bucket_minus1500_1500");
  }

  private static void buckets(GoldenNumbers numbers, BeatsConfig config, String table) {
    if (!numbers.has(table)) {
      return;
    }
    int reach = (numbers.file().longs(table).length - 1) / 2;
    try (NDManager scope = TorchEngine.newScope()) {
      NDArray distances = scope.create(LongStream.rangeClosed(-reach, reach).toArray());
      NDArray found =
          Pack.load("audio")
              .tensor(scope, "buckets", distances, config.buckets(), config.maxDistance());
      numbers.equal(table, found.toLongArray());
    }
  }

  private static void beatsCase(
      Fixture fixture,
      GoldenNumbers numbers,
      BeatsConfig config,
      List<ParameterSpec> specs,
      String name) {
    try (NDManager scope = TorchEngine.newScope();
        Parameters parameters = GoldenParts.load(fixture, specs)) {
      BeatsEncoder encoder = new BeatsEncoder(config, parameters, "");
      NDArray bank = numbers.tensor(scope, name + "in/fbank");
      List<NDArray> states = encoder.hiddenStates(scope, bank);
      numbers.close(name + "out/features", states.get(states.size() - 1), 1e-4);
      if (numbers.has(name + "out/layer.0")) {
        numbers.close(name + "out/encoder_layer_norm", states.get(0), 1e-4);
        for (int layer = 0; layer < config.layers(); layer++) {
          numbers.close(name + "out/layer." + layer, states.get(layer + 1), 1e-4);
        }
      }
      if (numbers.has(name + "out/loss")) {
        UnaryOperator<NDArray> run = x -> encoder.features(scope, x);
        GoldenParts.weightedLoss(
            scope, numbers, name, "in/fbank", "out/features", 1e-4, parameters, 1e-3, 1e-5, run);
      }
    }
  }
}
