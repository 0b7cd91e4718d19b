package org.clapperboard.model;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import com.fasterxml.jackson.databind.JsonNode;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import java.util.stream.LongStream;
import org.clapperboard.model.audio.BeatsConfig;
import org.clapperboard.model.audio.BeatsEncoder;
import org.clapperboard.model.connector.AudioProjector;
import org.clapperboard.model.engine.Pack;
import org.clapperboard.model.engine.TorchEngine;
import org.clapperboard.model.weights.ParameterSpec;
import org.clapperboard.model.weights.Parameters;

/** Checks of what hears: the audio encoder and the audio projector. */
final class GoldenSounds {
  private static final Pack PACK = Pack.load("audio");

  private GoldenSounds() {}

  static void projector(GoldenNumbers numbers) {
    JsonNode config = numbers.json().get("config");
    AudioProjector.Config shape =
        HuggingFaceTowers.projector(
            config, config.get("mm_hidden_size_a").asInt(), config.get("hidden_size_a").asInt());
    List<ParameterSpec> specs = AudioProjector.specs(shape, "model.mm_projector_a.");
    try (NDManager scope = TorchEngine.newScope();
        Parameters parameters = numbers.load(specs)) {
      AudioProjector projector = new AudioProjector(shape, parameters, "model.mm_projector_a.");
      UnaryOperator<NDArray> run = x -> projector.project(scope, x);
      double tolerance = numbers.run().tolerance("out/y max abs");
      GoldenParts.weightedLoss(scope, numbers, "", "in/x", "out/y", tolerance, parameters, run);
      GoldenParts.shapes(numbers);
    }
  }

  static void beats(GoldenNumbers numbers) {
    BeatsConfig config = HuggingFaceTowers.beats(numbers.json().get("config"));
    statistics(numbers);
    buckets(numbers, config, "const/relative_position_bucket_minus300_300");
    buckets(numbers, BeatsConfig.released(), "const/full_size_bucket_minus1500_1500");
    for (Map.Entry<String, JsonNode> each : numbers.cases()) {
      try (NDManager scope = TorchEngine.newScope();
          Parameters parameters = numbers.load(BeatsEncoder.specs(config, ""))) {
        new Case(scope, numbers, config, parameters, each.getKey() + "/").check(each.getValue());
        firstBias(scope, numbers, config, parameters);
      }
    }
    spareTables(numbers, config);
  }

  /** What brings filter banks to the statistics of AudioSet. */
  private static void statistics(GoldenNumbers numbers) {
    JsonNode json = numbers.json();
    numbers.run().number("mean", BeatsConfig.BANK_MEAN, json.get("fbank_mean").asDouble(), 1e-9);
    double deviation = json.get("fbank_std").asDouble();
    numbers.run().number("deviation", BeatsConfig.BANK_DEVIATION, deviation, 1e-9);
  }

  /** Buckets of distances; the second table has the size of the released checkpoint's. */
  private static void buckets(GoldenNumbers numbers, BeatsConfig config, String table) {
    if (!numbers.has(table)) {
      return;
    }
    int reach = (numbers.file().longs(table).length - 1) / 2;
    try (NDManager scope = TorchEngine.newScope()) {
      NDArray distances = scope.create(LongStream.rangeClosed(-reach, reach).toArray());
      NDArray found =
          PACK.tensor(scope, "buckets", distances, config.buckets(), config.maxDistance());
      numbers.equal(table, found.toLongArray());
    }
  }

  /** The bias of the first head's first query towards every key. */
  private static void firstBias(
      NDManager scope, GoldenNumbers numbers, BeatsConfig config, Parameters parameters) {
    String name = "const/relative_position_bias_300";
    if (numbers.has(name)) {
      NDArray table =
          parameters.tensor("encoder.layers.0.self_attn.relative_attention_bias.weight");
      int length = Math.toIntExact(numbers.file().shape(name)[2]);
      NDArray all = PACK.tensor(scope, "position_bias", table, length, config.maxDistance());
      float[] first = Arrays.copyOf(all.toFloatArray(), length);
      numbers.run().close(name, first, numbers.run().tolerance("features max abs"));
    }
  }

  /** The reference stores its one table of positions again under the name of every layer. */
  private static void spareTables(GoldenNumbers numbers, BeatsConfig config) {
    String name = "encoder.layers.%d.self_attn.relative_attention_bias.weight";
    float[] first = numbers.file().floats(String.format(name, 0));
    for (int layer = 1; layer < config.layers(); layer++) {
      String again = String.format(name, layer);
      if (numbers.has(again)) {
        numbers.run().close(again, first, 1e-12);
      }
    }
  }

  /** One filter bank through the encoder. */
  private record Case(
      NDManager scope,
      GoldenNumbers numbers,
      BeatsConfig config,
      Parameters parameters,
      String name) {

    void check(JsonNode settings) {
      double tolerance = numbers.run().tolerance("features max abs");
      BeatsEncoder encoder = new BeatsEncoder(config, parameters, "");
      NDArray bank = numbers.tensor(scope, name + "in/fbank");
      List<NDArray> states = states(encoder, bank);
      NDArray features = states.get(states.size() - 1);
      sizes(settings);
      numbers.close(name + "out/features", features, tolerance);
      if (numbers.has(name + "out/layer.0")) {
        embedding(bank);
        numbers.close(name + "out/encoder_layer_norm", states.get(0), tolerance);
        for (int layer = 0; layer < config.layers(); layer++) {
          numbers.close(name + "out/layer." + layer, states.get(layer + 1), tolerance);
        }
      }
      if (numbers.has(name + "out/predictor_probs")) {
        classes(features);
      }
      if (numbers.has(name + "out/loss")) {
        UnaryOperator<NDArray> run =
            x -> {
              List<NDArray> all = states(encoder, x);
              return all.get(all.size() - 1);
            };
        GoldenParts.weightedLoss(
            scope, numbers, name, "in/fbank", "out/features", tolerance, parameters, run);
      }
    }

    private void sizes(JsonNode settings) {
      int[] bank = GoldenLanguage.ints(numbers.file().shape(name + "in/fbank"));
      assertThat(bank[1]).isEqualTo(settings.get("time").asInt());
      int[] patches = GoldenNumbers.ints(settings.get("patches"));
      long tokens = numbers.file().shape(name + "out/features")[1];
      assertThat((long) patches[0] * patches[1]).isEqualTo(tokens);
      assertThat((long) config.tokens(bank[1], bank[2])).isEqualTo(tokens);
    }

    private List<NDArray> states(BeatsEncoder encoder, NDArray bank) {
      return numbers.has(name + "in/padding_mask")
          ? encoder.hiddenStates(scope, bank, padding())
          : encoder.hiddenStates(scope, bank);
    }

    private NDArray padding() {
      return numbers.tensor(scope, name + "in/padding_mask").toType(DataType.BOOLEAN, true);
    }

    /** Patches and the convolution over them, which the encoder adds up before its first layer. */
    private void embedding(NDArray bank) {
      double tolerance = numbers.run().tolerance("features max abs");
      NDArray patches =
          PACK.tensor(
              scope,
              "patches",
              bank,
              parameters.tensor("patch_embedding.weight"),
              BeatsConfig.BANK_MEAN,
              BeatsConfig.BANK_DEVIATION);
      numbers.close(name + "out/patch_embedding", patches.transpose(0, 2, 1), tolerance);
      NDArray x =
          PACK.tensor(
              scope,
              "project",
              patches,
              parameters.tensor("layer_norm.weight"),
              parameters.tensor("layer_norm.bias"),
              parameters.tensors("post_extract_proj.", "weight", "bias"));
      if (numbers.has(name + "in/padding_mask")) {
        long tokens = x.getShape().get(1);
        NDArray padded = PACK.tensor(scope, "padded_tokens", padding(), tokens);
        x = PACK.tensor(scope, "without", x, padded);
      }
      NDArray positions =
          PACK.tensor(
              scope,
              "positions",
              x,
              parameters.tensor("encoder.pos_conv.0.weight_g"),
              parameters.tensor("encoder.pos_conv.0.weight_v"),
              parameters.tensor("encoder.pos_conv.0.bias"),
              config.positionGroups());
      numbers.close(name + "out/pos_conv", positions.transpose(0, 2, 1), tolerance);
    }

    /**
     * The classes of AudioSet that the reference's encoder tells if asked. Ours has no classifier
     * and leaves its weights in the checkpoint, so it is computed here, from our features.
     */
    private void classes(NDArray features) {
      int tokens = Math.toIntExact(features.getShape().get(1));
      float[][] rows = Rows.of(features.toFloatArray(), config.width());
      float[][] scores =
          Rows.linear(
              rows,
              numbers.file().floats("predictor.weight"),
              numbers.file().floats("predictor.bias"));
      float[][] likely = new float[rows.length / tokens][scores[0].length];
      for (int sound = 0; sound < likely.length; sound++) {
        for (int each = 0; each < likely[sound].length; each++) {
          double mean = 0;
          for (int token = 0; token < tokens; token++) {
            mean += scores[sound * tokens + token][each] / (double) tokens;
          }
          likely[sound][each] = (float) (1 / (1 + Math.exp(-mean)));
        }
      }
      double tolerance = numbers.run().tolerance("features max abs");
      numbers.run().close(name + "out/predictor_probs", Rows.flat(likely), tolerance);
    }
  }
}
