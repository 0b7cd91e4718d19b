package org.clapperboard.model;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import org.assertj.core.data.Percentage;
import org.clapperboard.model.engine.TorchEngine;
import org.clapperboard.model.language.DecoderConfig;
import org.clapperboard.model.language.LanguageModel;
import org.clapperboard.model.weights.Parameters;
import org.clapperboard.model.weights.Safetensors;
import org.clapperboard.testing.GoldenFixtures.Fixture;

/** Checks of a language model alone: logits, loss, gradients, greedy generation. */
final class GoldenLanguage {
  private static final int NEW_TOKENS = 12;

  private GoldenLanguage() {}

  static void decoder(Fixture fixture, GoldenNumbers numbers) {
    DecoderConfig config = HuggingFaceConfig.decoder(fixture.json().get("config"));
    try (NDManager scope = TorchEngine.newScope();
        VideoLlama2 model = VideoLlama2.allocate(new ModelConfig(null, null, config))) {
      Parameters parameters = model.parameters().get(Part.LANGUAGE_MODEL);
      parameters.load(Safetensors.open(fixture.folder().resolve(fixture.name() + ".safetensors")));
      forward(scope, model, numbers);
      training(scope, model, numbers);
      generation(scope, model, numbers, fixture.json().get("eos_used_in_gen_eos").asInt());
    }
  }

  private static void forward(NDManager scope, VideoLlama2 model, GoldenNumbers numbers) {
    LanguageModel language = model.languageModel();
    NDArray x = language.embed(scope, numbers.tensor(scope, "in/input_ids"));
    NDArray logits = language.logits(scope, language.hidden(scope, x));
    numbers.closeWhere("out/logits", logits, numbers.file().longs("in/attention_mask"), 1e-4);
    NDArray embeds = numbers.tensor(scope, "in/inputs_embeds");
    NDArray fromEmbeds = language.logits(scope, language.hidden(scope, embeds));
    numbers.close("out/logits_from_embeds", fromEmbeds, 1e-4);
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
    numbers.number("out/loss", mean, numbers.file().floats("out/loss")[0], 1e-5);
    if (model.config().language().experts() == null) { // Their auxiliary loss is no row's.
      assertThat(loss.byRow().sum().getFloat())
          .isCloseTo(loss.total().getFloat(), Percentage.withPercentage(1e-3));
    }
    numbers.gradients("grad/", parameters, 2e-4, 1e-6);
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
    Generator endless = new Generator(model, Set.of(), NEW_TOKENS);
    Scores scores = new Scores();
    List<int[]> answers = endless.answer(List.of(prompt(prompt)), scores);
    numbers.equal("out/gen.ids.sequences", joined(prompt, answers.get(0)));
    numbers.close("out/gen.ids.scores", scores.values(), 1e-4);

    Scores fromEmbeds = new Scores();
    NDArray embeds = numbers.tensor(scope, "in/gen_inputs_embeds");
    List<int[]> continued =
        TorchEngine.withoutGradients(
            () -> endless.decode(scope, embeds, new int[] {0}, fromEmbeds));
    numbers.equal("out/gen.embeds.sequences", joined(new long[0], continued.get(0)));
    numbers.close("out/gen.embeds.scores", fromEmbeds.values(), 1e-4);

    Scores ended = new Scores();
    int[] short_ =
        new Generator(model, Set.of(end), NEW_TOKENS).answer(List.of(prompt(prompt)), ended).get(0);
    numbers.equal("out/gen.eos.sequences", joined(prompt, short_));
    numbers.close("out/gen.eos.scores", ended.values(), 1e-4);
    batch(endless, numbers);
  }

  /** Rows of different length, padded on the left. */
  private static void batch(Generator generator, GoldenNumbers numbers) {
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
    long[] sequences = new long[prompts.size() * (length + NEW_TOKENS)];
    for (int row = 0; row < prompts.size(); row++) {
      long[] start = Arrays.copyOfRange(ids, row * length, (row + 1) * length);
      long[] whole = joined(start, answers.get(row));
      System.arraycopy(whole, 0, sequences, row * whole.length, whole.length);
    }
    numbers.equal("out/gen.batch.sequences", sequences);
    numbers.close("out/gen.batch.scores", scores.byRow(prompts.size()), 1e-4);
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
