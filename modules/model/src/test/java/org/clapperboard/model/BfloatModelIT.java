package org.clapperboard.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.function.Function;
import org.clapperboard.model.Example.Media;
import org.clapperboard.model.engine.Pack;
import org.clapperboard.model.engine.TorchEngine;
import org.clapperboard.model.language.DecoderConfig;
import org.clapperboard.model.language.DecoderConfig.Family;
import org.clapperboard.model.weights.Dtype;
import org.clapperboard.model.weights.Parameters;
import org.clapperboard.model.weights.Parameters.Trainable;
import org.clapperboard.model.weights.Safetensors;
import org.clapperboard.testing.GoldenFixtures;
import org.clapperboard.testing.GoldenFixtures.Fixture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Models in bfloat16 against float32 ones with exactly the same weights, so that only what happens
 * on the way differs.
 */
class BfloatModelIT {
  /**
   * Share of the length of a result that may be off. One rounding is off by up to 2^-9, or 0.1 % of
   * the length where signs are random; a path through these parts has some fifty of them.
   */
  private static final double FAR = 0.03;

  private static final double SAME_WAY = 0.99;
  private static final Fixture WHOLE =
      GoldenFixtures.chosen().startingWith("12_e2e_av_qwen2_beats").get(0);

  @TempDir private Path folder;
  private final Pack tensors;
  private VideoLlama2 original;
  private VideoLlama2 half;
  private VideoLlama2 whole;
  private List<Example> rows;

  BfloatModelIT() {
    TorchEngine.start(1);
    tensors = Pack.load("tensors");
  }

  @BeforeEach
  void load() {
    original = VideoLlama2.allocate(GoldenWhole.config(WHOLE.json()));
    Path weights = WHOLE.folder().resolve(WHOLE.name() + ".safetensors");
    original.parameters().values().forEach(part -> part.load(Safetensors.open(weights)));
    half = BfloatModels.rounded(original);
    whole = BfloatModels.widened(half);
    rows = GoldenWhole.rows(WHOLE.json(), WHOLE.tensors());
  }

  @AfterEach
  void close() {
    List.of(original, half, whole).forEach(VideoLlama2::close);
  }

  private NDArray seen(VideoLlama2 model, NDManager scope) {
    List<Media> media = Splice.distinctMedia(rows);
    return model
        .visionEncoder()
        .features(
            scope,
            model.pixels(scope, media.stream().map(Media::clip).filter(Objects::nonNull).toList()));
  }

  private NDArray heard(VideoLlama2 model, NDManager scope) {
    List<FloatBuffer> banks =
        Splice.distinctMedia(rows).stream().map(Media::bank).filter(Objects::nonNull).toList();
    return model.audioEncoder().features(scope, model.banks(scope, banks));
  }

  private NDArray embedded(VideoLlama2 model, NDManager scope) {
    return model.embed(scope, rows, model.splice(rows, Splice.Padding.RIGHT));
  }

  private NDArray logits(VideoLlama2 model, NDManager scope) {
    NDArray hidden = model.languageModel().hidden(scope, embedded(model, scope));
    return model.languageModel().logits(scope, hidden);
  }

  private float[] floats(NDManager scope, NDArray any) {
    return tensors.tensor(scope, "to", any, 6).toFloatArray();
  }

  @Test
  void every_part_is_close_to_float32() {
    Map<String, Function<VideoLlama2, float[]>> parts =
        Map.of(
            "vision encoder", model -> result(model, this::seen),
            "audio encoder", model -> result(model, this::heard),
            "connector and projector", model -> result(model, this::embedded),
            "language model", model -> result(model, this::logits));
    parts.forEach(
        (name, result) -> {
          double far = distance(result.apply(half), result.apply(whole));
          // Were it zero, both would have run in the same type.
          assertThat(far).as(name).isBetween(1e-5, FAR);
        });
  }

  /** What a model computes. */
  private interface Forward {
    NDArray run(VideoLlama2 model, NDManager scope);
  }

  private float[] result(VideoLlama2 model, Forward forward) {
    return TorchEngine.withoutGradients(
        () -> {
          try (NDManager scope = TorchEngine.newScope()) {
            return floats(scope, forward.run(model, scope));
          }
        });
  }

  @Test
  void the_loss_is_float32_and_close() {
    float[] losses = new float[2];
    for (VideoLlama2 model : List.of(half, whole)) {
      try (NDManager scope = TorchEngine.newScope()) {
        losses[model == half ? 0 : 1] = model.loss(scope, rows).total().getFloat();
      }
    }
    assertThat((double) losses[0]).isCloseTo(losses[1], within(0.01 * losses[1]));
  }

  @Test
  void gradients_of_every_part_point_the_same_way() {
    Map<Part, float[]> narrow = gradients(half);
    Map<Part, float[]> wide = gradients(whole);
    assertThat(narrow.keySet()).isEqualTo(original.parameters().keySet());
    narrow.forEach(
        (part, gradient) -> {
          assertThat(length(gradient)).as("length for %s", part).isPositive();
          assertThat(cosine(gradient, wide.get(part))).as("%s", part).isBetween(SAME_WAY, 1.0);
        });
  }

  /**
   * Of the loss; of some sum of its features for the vision encoder, which the loss never trains.
   */
  private Map<Part, float[]> gradients(VideoLlama2 model) {
    model.parameters().values().forEach(part -> part.trainable(Trainable.YES));
    return TorchEngine.withGradients(
        () -> {
          try (NDManager scope = TorchEngine.newScope()) {
            GoldenParts.backward(scope, model.loss(scope, rows).total());
            NDArray features = tensors.tensor(scope, "to", seen(model, scope), 6);
            NDArray weights = scope.create(numbers((int) features.size()), features.getShape());
            GoldenParts.backward(scope, features.mul(weights).sum());
            Map<Part, float[]> gradients = new EnumMap<>(Part.class);
            model.parameters().forEach((part, some) -> gradients.put(part, gradient(scope, some)));
            return gradients;
          }
        });
  }

  /** Of all tensors that took part, one after the other. */
  private float[] gradient(NDManager scope, Parameters parameters) {
    List<float[]> each = new ArrayList<>();
    for (NDArray tensor : parameters.tensors()) {
      try (NDArray gradient = tensor.getGradient()) {
        if (gradient != null) {
          each.add(floats(scope, gradient));
        }
      }
    }
    FloatBuffer all = FloatBuffer.allocate(each.stream().mapToInt(one -> one.length).sum());
    each.forEach(all::put);
    return all.array();
  }

  @ParameterizedTest
  @EnumSource
  void every_family_of_language_models_is_close_to_float32(Family family) {
    DecoderConfig config = family(family);
    try (VideoLlama2 fresh = VideoLlama2.allocate(new ModelConfig(null, null, config))) {
      fresh.parameters().get(Part.LANGUAGE_MODEL).initialise(3);
      try (VideoLlama2 narrow = BfloatModels.rounded(fresh);
          VideoLlama2 wide = BfloatModels.widened(narrow)) {
        assertThat(distance(result(narrow, this::ofText), result(wide, this::ofText)))
            .isBetween(1e-5, FAR);
        // The cache is as narrow as the model; scores that are chosen by are float32.
        assertThat(new Generator(narrow, Set.of(), 4).answer(List.of(prompt())).get(0)).hasSize(4);
      }
    }
  }

  private NDArray ofText(VideoLlama2 model, NDManager scope) {
    NDArray ids = scope.create(new long[][] {{3, 5, 8, 13, 21, 34, 4, 1}});
    NDArray hidden = model.languageModel().hidden(scope, model.languageModel().embed(scope, ids));
    return model.languageModel().logits(scope, hidden);
  }

  private static Example prompt() {
    int[] labels = new int[4];
    Arrays.fill(labels, Example.IGNORED);
    return new Example(new int[] {3, 5, 8, 13}, labels, List.of());
  }

  private static DecoderConfig family(Family family) {
    return new DecoderConfig(
        family,
        40,
        32,
        2,
        4,
        2,
        8,
        48,
        1e-6,
        10000,
        family == Family.GEMMA2,
        64,
        family == Family.MISTRAL ? 5 : 0,
        family == Family.MIXTRAL ? new DecoderConfig.Experts(3, 2, 0.01) : null,
        family == Family.GEMMA2 ? new DecoderConfig.Caps(50, 30, 8) : null,
        0.5);
  }

  @Test
  void a_mapped_export_computes_the_same_bits_as_a_copied_one() throws Exception {
    Path tokenizer = Files.createDirectories(folder.resolve("tokenizer"));
    Files.writeString(tokenizer.resolve("tokenizer.json"), "{\"added_tokens\": []}");
    Files.writeString(tokenizer.resolve("tokenizer_config.json"), "{}");
    Path model = folder.resolve("model");
    new ModelExport(Set.of(Part.values()), Dtype.BF16, 20_000)
        .write(
            model,
            original,
            new ModelFolder.Shown(8, ModelFolder.Aspect.PAD, ModelFolder.SoundShape.PAPER, 30),
            tokenizer,
            "# Card");
    assertThat(ModelFolder.open(model).dtype()).isEqualTo(Dtype.BF16);
    try (VideoLlama2 mapped = ModelFolder.open(model).load()) {
      mapped
          .parameters()
          .forEach(
              (part, parameters) ->
                  assertThat(BfloatModels.values(parameters))
                      .as("%s", part)
                      .isEqualTo(BfloatModels.values(half.parameters().get(part))));
      assertThat(result(mapped, this::logits)).isEqualTo(result(half, this::logits));
      List<Example> prompts = rows.stream().map(BfloatModelIT::unlabelled).toList();
      assertThat(new Generator(mapped, Set.of(), 5).answer(prompts))
          .usingRecursiveComparison()
          .isEqualTo(new Generator(half, Set.of(), 5).answer(prompts));
    }
  }

  private static Example unlabelled(Example row) {
    int[] labels = new int[row.ids().length];
    Arrays.fill(labels, Example.IGNORED);
    return new Example(row.ids(), labels, row.media());
  }

  private static double distance(float[] actual, float[] expected) {
    float[] difference = new float[expected.length];
    for (int i = 0; i < difference.length; i++) {
      difference[i] = actual[i] - expected[i];
    }
    return length(difference) / length(expected);
  }

  private static double length(float[] values) {
    return Math.sqrt(dot(values, values));
  }

  private static double cosine(float[] a, float[] b) {
    return Math.min(1, dot(a, b) / (length(a) * length(b)));
  }

  private static double dot(float[] a, float[] b) {
    assertThat(a).hasSameSizeAs(b);
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum += (double) a[i] * b[i];
    }
    return sum;
  }

  private static float[] numbers(int count) {
    SplittableRandom random = new SplittableRandom(2);
    float[] numbers = new float[count];
    for (int i = 0; i < count; i++) {
      numbers[i] = (float) random.nextDouble(-1, 1);
    }
    return numbers;
  }
}
