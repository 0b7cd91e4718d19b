package org.clapperboard.model;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import org.assertj.core.data.Percentage;
import org.clapperboard.model.engine.Pack;
import org.clapperboard.model.engine.Tape;
import org.clapperboard.model.engine.TorchEngine;
import org.clapperboard.model.language.DecoderConfig;
import org.clapperboard.model.language.LanguageModel;
import org.clapperboard.model.weights.Parameters;

/** Checks of a language model alone: logits, loss, gradients, greedy generation. */
final class GoldenLanguage {
  private GoldenLanguage() {}

  static void decoder(GoldenNumbers numbers) {
    DecoderConfig config = HuggingFaceConfig.decoder(numbers.json().get("config"));
    numbers.run().told("attention", "padding", "pad_token_id", "generation", "compare");
    try (NDManager scope = TorchEngine.newScope();
        VideoLlama2 model = VideoLlama2.allocate(new ModelConfig(null, null, config))) {
      Parameters parameters = model.parameters().get(Part.LANGUAGE_MODEL);
      numbers.load(parameters);
      forward(scope, model, numbers);
      training(scope, model, numbers);
      states(scope, config, parameters, numbers);
      window(config, numbers);
      generation(scope, model, numbers, numbers.json().get("eos_used_in_gen_eos").asInt());
    }
  }

  private static void forward(NDManager scope, VideoLlama2 model, GoldenNumbers numbers) {
    LanguageModel language = model.languageModel();
    NDArray x = language.embed(scope, numbers.tensor(scope, "in/input_ids"));
    NDArray logits = language.logits(scope, language.hidden(scope, x));
    double tolerance = numbers.run().tolerance("logits max abs");
    numbers.closeWhere("out/logits", logits, mask(numbers), tolerance);
    NDArray embeds = numbers.tensor(scope, "in/inputs_embeds");
    NDArray fromEmbeds = language.logits(scope, language.hidden(scope, embeds));
    numbers.close("out/logits_from_embeds", fromEmbeds, tolerance);
  }

  private static long[] mask(GoldenNumbers numbers) {
    return numbers.file().longs("in/attention_mask");
  }

  /** What goes from layer to layer, where it is no padding; the last state has its norm. */
  private static void states(
      NDManager scope, DecoderConfig config, Parameters parameters, GoldenNumbers numbers) {
    double tolerance = numbers.run().tolerance("logits max abs");
    for (int layers = 0; numbers.has("out/hidden_states." + layers); layers++) {
      LanguageModel shallow = new LanguageModel(withLayers(config, layers), parameters);
      NDArray x = shallow.embed(scope, numbers.tensor(scope, "in/input_ids"));
      NDArray state = shallow.hidden(scope, x);
      numbers.closeWhere("out/hidden_states." + layers, state, mask(numbers), tolerance);
    }
    LanguageModel whole = new LanguageModel(config, parameters);
    List<NDArray> routers = new ArrayList<>();
    NDArray x = whole.embed(scope, numbers.tensor(scope, "in/input_ids"));
    NDArray last = whole.hidden(scope, x, null, routers, Tape.keeping());
    NDArray weight = parameters.tensor("model.norm.weight");
    double base = config.family() == DecoderConfig.Family.GEMMA2 ? 1 : 0;
    Pack pack = Pack.load("language");
    NDArray normed = pack.tensor(scope, "norm", last, weight, config.normEps(), base);
    numbers.closeWhere("out/hidden_states.last", normed, mask(numbers), tolerance);
    for (int layer = 0; layer < routers.size(); layer++) {
      String name = "out/router_logits." + layer;
      numbers.closeWhere(name, routers.get(layer), mask(numbers), tolerance);
    }
    if (numbers.has("out/aux_loss")) {
      float[] real = new float[mask(numbers).length];
      for (int i = 0; i < real.length; i++) {
        real[i] = mask(numbers)[i];
      }
      int preferred = config.experts().preferred();
      NDArray uneven = pack.tensor(scope, "imbalance", routers, preferred, scope.create(real));
      numbers.loss("out/aux_loss", uneven.getFloat(), numbers.run().tolerance("loss"));
    }
  }

  /** Mistral's window; Qwen2's is not in use, and Gemma2's counts the position itself. */
  private static void window(DecoderConfig config, GoldenNumbers numbers) {
    int window = numbers.json().get("config").path("sliding_window").asInt(0);
    if (config.family() == DecoderConfig.Family.MISTRAL && window > 0) {
      numbers
          .run()
          .otherwise(
              "lets a position see one token more than a sliding window of "
                  + window
                  + " has, in transformers 4.40",
              "it does too, since that is what released models were trained with",
              () -> assertThat(config.lookBack()).isEqualTo(window));
    }
  }

  private static DecoderConfig withLayers(DecoderConfig config, int layers) {
    return new DecoderConfig(
        config.family(),
        config.vocabulary(),
        config.width(),
        layers,
        config.heads(),
        config.kvHeads(),
        config.headWidth(),
        config.mlpWidth(),
        config.normEps(),
        config.ropeTheta(),
        config.tied(),
        config.context(),
        config.lookBack(),
        config.experts(),
        config.caps(),
        config.embeddingStart());
  }

  /** The loss is the mean over labels; ours is a sum, so gradients are divided afterwards. */
  private static void training(NDManager scope, VideoLlama2 model, GoldenNumbers numbers) {
    Parameters parameters = model.parameters().get(Part.LANGUAGE_MODEL);
    parameters.trainable(Parameters.Trainable.YES);
    List<Example> rows = rows(numbers);
    int labelled = rows.stream().mapToInt(Example::labelled).sum();
    LanguageModel.Loss loss =
        TorchEngine.withGradients(
            () -> {
              LanguageModel.Loss sum = model.loss(scope, rows);
              GoldenParts.backward(scope, sum.total().div(labelled));
              return sum;
            });
    double mean = loss.total().getFloat() / labelled;
    numbers.loss("out/loss", mean, numbers.run().tolerance("loss"));
    if (model.config().language().experts() == null) { // Their auxiliary loss is no row's.
      assertThat(loss.byRow().sum().getFloat())
          .isCloseTo(loss.total().getFloat(), Percentage.withPercentage(1e-3));
    }
    numbers.gradients("grad/", parameters);
    parameters.trainable(Parameters.Trainable.NO);
  }

  /** The fixture's rows without their padding. */
  private static List<Example> rows(GoldenNumbers numbers) {
    int[] ids = ints(numbers.file().longs("in/input_ids"));
    int[] labels = ints(numbers.file().longs("in/labels"));
    long[] mask = numbers.file().longs("in/attention_mask");
    int length = Math.toIntExact(numbers.file().shape("in/input_ids")[1]);
    List<Example> rows = new ArrayList<>();
    for (int at = 0; at < ids.length; at += length) {
      int real = (int) Arrays.stream(mask, at, at + length).sum();
      rows.add(
          new Example(
              Arrays.copyOfRange(ids, at, at + real),
              Arrays.copyOfRange(labels, at, at + real),
              List.of()));
    }
    return rows;
  }

  private static void generation(
      NDManager scope, VideoLlama2 model, GoldenNumbers numbers, int end) {
    long[] prompt = firstRow(numbers, "in/input_ids", "in/attention_mask");
    int newTokens = Math.toIntExact(numbers.file().shape("out/gen.ids.scores")[1]);
    double tolerance = numbers.run().tolerance("scores");
    Generator endless = new Generator(model, Set.of(), newTokens);
    Scores scores = new Scores();
    List<int[]> answers = endless.answer(List.of(prompt(prompt)), scores);
    numbers.equal("out/gen.ids.sequences", joined(prompt, answers.get(0)));
    numbers.run().close("out/gen.ids.scores", scores.values(), tolerance);

    Scores fromEmbeds = new Scores();
    NDArray embeds = numbers.tensor(scope, "in/gen_inputs_embeds");
    List<int[]> continued =
        TorchEngine.withoutGradients(
            () -> endless.decode(scope, embeds, new int[] {0}, fromEmbeds));
    numbers.equal("out/gen.embeds.sequences", joined(new long[0], continued.get(0)));
    numbers.run().close("out/gen.embeds.scores", fromEmbeds.values(), tolerance);

    Scores ended = new Scores();
    int[] short_ =
        new Generator(model, Set.of(end), newTokens).answer(List.of(prompt(prompt)), ended).get(0);
    numbers.equal("out/gen.eos.sequences", joined(prompt, short_));
    numbers.run().close("out/gen.eos.scores", ended.values(), tolerance);
    batch(endless, newTokens, numbers);
    numbers
        .run()
        .number(
            "greedy_min_top2_margin_gen_ids",
            margin(scores.steps()),
            numbers.json().get("greedy_min_top2_margin_gen_ids").asDouble(),
            2 * tolerance);
  }

  /** The least by which a chosen token's score exceeds the next. */
  private static double margin(List<float[]> steps) {
    double least = Double.POSITIVE_INFINITY;
    for (float[] scores : steps) {
      float[] sorted = scores.clone();
      Arrays.sort(sorted);
      least = Math.min(least, (double) sorted[sorted.length - 1] - sorted[sorted.length - 2]);
    }
    return least;
  }

  /** Rows of different length, padded on the left. */
  private static void batch(Generator generator, int newTokens, GoldenNumbers numbers) {
    long[] ids = numbers.file().longs("in/gen_batch_input_ids");
    long[] mask = numbers.file().longs("in/gen_batch_attention_mask");
    int length = Math.toIntExact(numbers.file().shape("in/gen_batch_input_ids")[1]);
    List<Example> prompts = new ArrayList<>();
    for (int at = 0; at < ids.length; at += length) {
      int real = (int) Arrays.stream(mask, at, at + length).sum();
      prompts.add(prompt(Arrays.copyOfRange(ids, at + length - real, at + length)));
    }
    Scores scores = new Scores();
    List<int[]> answers = generator.answer(prompts, scores);
    long[] sequences = new long[prompts.size() * (length + newTokens)];
    for (int row = 0; row < prompts.size(); row++) {
      long[] start = Arrays.copyOfRange(ids, row * length, (row + 1) * length);
      long[] whole = joined(start, answers.get(row));
      System.arraycopy(whole, 0, sequences, row * whole.length, whole.length);
    }
    numbers.equal("out/gen.batch.sequences", sequences);
    double tolerance = numbers.run().tolerance("scores");
    numbers.run().close("out/gen.batch.scores", scores.byRow(prompts.size()), tolerance);
  }

  private static Example prompt(long[] ids) {
    int[] labels = new int[ids.length];
    Arrays.fill(labels, Example.IGNORED);
    return new Example(ints(ids), labels, List.of());
  }

  private static long[] firstRow(GoldenNumbers numbers, String ids, String mask) {
    int length = Math.toIntExact(numbers.file().shape(ids)[1]);
    int real = (int) Arrays.stream(numbers.file().longs(mask), 0, length).sum();
    return Arrays.copyOf(numbers.file().longs(ids), real);
  }

  static long[] joined(long[] start, int[] answer) {
    long[] all = Arrays.copyOf(start, start.length + answer.length);
    for (int i = 0; i < answer.length; i++) {
      all[start.length + i] = answer[i];
    }
    return all;
  }

  static int[] ints(long[] values) {
    return Arrays.stream(values).mapToInt(Math::toIntExact).toArray();
  }

  /** Collects the scores of every step. */
  static final class Scores implements Generator.Listener {
    private final List<float[]> steps = new ArrayList<>();

    @Override
    public void step(long[] tokens, NDArray scores) {
      steps.add(scores.toFloatArray());
    }

    List<float[]> steps() {
      return steps;
    }

    float[] values() {
      return byRow(1);
    }

    /** All steps of row 0, then all of row 1, and so on. */
    float[] byRow(int rows) {
      int each = steps.get(0).length / rows;
      float[] values = new float[steps.size() * rows * each];
      for (int row = 0; row < rows; row++) {
        for (int step = 0; step < steps.size(); step++) {
          int to = (row * steps.size() + step) * each;
          System.arraycopy(steps.get(step), row * each, values, to, each);
        }
      }
      return values;
    }
  }
}
