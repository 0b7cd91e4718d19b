package org.clapperboard.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import org.clapperboard.config.ConfigFile;
import org.clapperboard.model.Example.Clip;
import org.clapperboard.model.Example.Media;
import org.clapperboard.model.engine.Pack;
import org.clapperboard.model.engine.TorchEngine;
import org.clapperboard.model.weights.Dtype;
import org.clapperboard.model.weights.ParameterSpec;
import org.clapperboard.model.weights.Parameters;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Batches of rows that have little in common: text alone, a clip with its sound behind one
 * placeholder, several media in several turns. Beside others, padded, each is as it is alone.
 */
class MixedRowsIT {
  private static final String MODEL =
      """
      vision-encoder: {family: clip, image-size: 16, patch-size: 8, width: 12, layers: 2, heads: 3,
        mlp-width: 8}
      vision-connector: {type: stc_connector, depth: 1}
      audio-encoder: {width: 12, patch-width: 6, layers: 2, heads: 3, mlp-width: 18,
        position-kernel: 4, position-groups: 2, buckets: 16, max-distance: 9}
      audio-projector: {type: mlp2x_gelu}
      language-model: {family: qwen2, vocabulary: 40, width: 16, layers: 2, heads: 2, kv-heads: 1,
        mlp-width: 24, rope-theta: 100, embedding-start: 0.5}
      """;

  private static final int FRAMES = 2;
  private static final int NEW_TOKENS = 6;

  private final Pack tensors = Pack.load("tensors");
  private VideoLlama2 model;

  @BeforeAll
  static void start() {
    TorchEngine.start(1);
  }

  @AfterEach
  void close() {
    model.close();
  }

  private void makeModel(Dtype dtype) {
    ModelConfig config =
        ConfigFile.ofText(Path.of("x.yaml"), MODEL, List.of()).read(ModelConfig::read);
    model = VideoLlama2.allocate(config, dtype);
    model.parameters().values().forEach(parameters -> parameters.initialise(4));
  }

  /** What may differ: sums in another order, which bfloat16 rounds at every layer. */
  static double tolerance(Dtype dtype) {
    return dtype == Dtype.F32 ? 1e-5 : 3e-2;
  }

  static List<Example> rows() {
    return List.of(
        row(List.of(), 3, 5, 6, 7, 8, 9, 10),
        row(List.of(both(1)), 3, Example.VIDEO, 11, 12),
        row(List.of(still(2), clip(3)), 3, Example.IMAGE, 13, 14, 4, 3, Example.VIDEO, 15, 4),
        row(List.of(sound(4)), Example.AUDIO, 16, 17, 18, 19),
        row(
            List.of(sound(5), both(6), sound(7)),
            Example.AUDIO,
            Example.VIDEO,
            4,
            Example.AUDIO,
            6),
        row(List.of(), 20, 21));
  }

  /** Every second token is learned. */
  private static Example row(List<Media> media, int... ids) {
    int[] labels = new int[ids.length];
    for (int i = 0; i < ids.length; i++) {
      labels[i] = ids[i] < 0 || i % 2 == 0 ? Example.IGNORED : ids[i];
    }
    labels[ids.length - 1] = ids[ids.length - 1];
    return new Example(ids, labels, media);
  }

  private static Media both(int seed) {
    return new Media(clip(seed).clip(), sound(seed).bank());
  }

  private static Media clip(int seed) {
    return new Media(new Clip(numbers(seed, FRAMES * 3 * 16 * 16), FRAMES), null);
  }

  private static Media still(int seed) {
    return new Media(new Clip(numbers(seed, 3 * 16 * 16), FRAMES), null);
  }

  private static Media sound(int seed) {
    return new Media(null, numbers(seed, 32 * VideoLlama2.MEL_BINS));
  }

  private static FloatBuffer numbers(int seed, int count) {
    SplittableRandom random = new SplittableRandom(seed);
    float[] numbers = new float[count];
    for (int i = 0; i < count; i++) {
      numbers[i] = (float) random.nextDouble(-2, 2);
    }
    return FloatBuffer.wrap(numbers);
  }

  @ParameterizedTest
  @EnumSource(
      value = Dtype.class,
      names = {"F32", "BF16"})
  void a_rows_loss_is_the_same_padded_on_the_right_beside_others_and_alone(Dtype dtype) {
    makeModel(dtype);
    float[] together = losses(rows());
    assertThat(together).hasSameSizeAs(rows());
    for (int row = 0; row < together.length; row++) {
      float alone = losses(List.of(rows().get(row)))[0];
      assertThat(alone).isPositive();
      assertThat((double) together[row])
          .as("row %d", row)
          .isCloseTo(alone, within(tolerance(dtype) * alone));
    }
    // Other neighbours in another order change nothing either.
    List<Example> reversed = new ArrayList<>(rows());
    Collections.reverse(reversed);
    float[] turned = losses(reversed);
    for (int row = 0; row < together.length; row++) {
      assertThat((double) turned[turned.length - 1 - row])
          .isCloseTo(together[row], within(tolerance(dtype) * together[row]));
    }
  }

  @ParameterizedTest
  @EnumSource(
      value = Dtype.class,
      names = {"F32", "BF16"})
  void sounds_of_unequal_length_stand_in_one_batch(Dtype dtype) {
    makeModel(dtype);
    List<Example> rows = new ArrayList<>();
    for (int frames : new int[] {32, 64, 48, 48, 96}) {
      Media sound = new Media(null, numbers(frames, frames * VideoLlama2.MEL_BINS));
      rows.add(row(List.of(sound), 3, Example.AUDIO, 5, 6, 7));
    }
    float[] together = losses(rows);
    for (int row = 0; row < together.length; row++) {
      float alone = losses(List.of(rows.get(row)))[0];
      assertThat((double) together[row])
          .as("row %d", row)
          .isCloseTo(alone, within(tolerance(dtype) * alone));
    }
  }

  private float[] losses(List<Example> rows) {
    try (NDManager scope = TorchEngine.newScope()) {
      return TorchEngine.withoutGradients(() -> model.loss(scope, rows).byRow().toFloatArray());
    }
  }

  @ParameterizedTest
  @EnumSource(
      value = Dtype.class,
      names = {"F32", "BF16"})
  void a_batchs_gradient_is_the_sum_of_its_rows(Dtype dtype) {
    makeModel(dtype);
    model
        .parameters()
        .forEach(
            (part, parameters) -> {
              if (part != Part.VISION_ENCODER) {
                parameters.trainable(Parameters.Trainable.YES);
              }
            });
    float[] batch = gradientsAfter(rows());
    float[] both = batch;
    for (Example row : rows()) {
      // Gradients add up: the batch's first, then those of all its rows.
      both = gradientsAfter(List.of(row));
    }
    double squares = 0;
    double distance = 0;
    for (int i = 0; i < batch.length; i++) {
      double rows = (double) both[i] - batch[i];
      squares += (double) batch[i] * batch[i];
      distance += (batch[i] - rows) * (batch[i] - rows);
    }
    assertThat(squares).isPositive();
    assertThat(Math.sqrt(distance / squares)).isLessThan(tolerance(dtype));
  }

  /** The gradients of all parts that train, once another pass has added to them. */
  private float[] gradientsAfter(List<Example> rows) {
    try (NDManager scope = TorchEngine.newScope()) {
      TorchEngine.withGradients(
          () -> {
            GoldenParts.backward(scope, model.loss(scope, rows).total());
            return null;
          });
      FloatBuffer all = FloatBuffer.allocate(1 << 20);
      for (Parameters part : model.parameters().values()) {
        if (part.trainable() == Parameters.Trainable.YES) {
          for (ParameterSpec spec : part.specs()) {
            try (NDArray gradient = part.tensor(spec.name()).getGradient()) {
              all.put(tensors.tensor(scope, "to", gradient, 6).toFloatArray());
            }
          }
        }
      }
      return Arrays.copyOf(all.array(), all.position());
    }
  }

  @ParameterizedTest
  @EnumSource(
      value = Dtype.class,
      names = {"F32", "BF16"})
  void a_rows_answer_is_the_same_padded_on_the_left_beside_others_and_alone(Dtype dtype) {
    makeModel(dtype);
    Generator generator = new Generator(model, Set.of(), NEW_TOKENS);
    Steps together = new Steps();
    List<int[]> answers = generator.answer(rows(), together);
    int count = rows().size();
    for (int row = 0; row < count; row++) {
      Steps alone = new Steps();
      int[] answer = generator.answer(List.of(rows().get(row)), alone).get(0);
      boolean same = true;
      for (int step = 0; step < NEW_TOKENS && same; step++) {
        float[] beside = part(together.scores.get(step), row, count);
        float[] expected = alone.scores.get(step);
        double largest = 0;
        for (int i = 0; i < expected.length; i++) {
          largest = Math.max(largest, Math.abs(expected[i]));
        }
        assertThat(beside)
            .as("row %d step %d", row, step)
            .containsExactly(expected, within((float) (tolerance(dtype) * largest)));
        // In bfloat16 two tokens may be as good as each other; from there on rows differ.
        same = answers.get(row)[step] == answer[step];
        assertThat(same || dtype == Dtype.BF16).isTrue();
      }
    }
  }

  private static float[] part(float[] all, int row, int rows) {
    int each = all.length / rows;
    return Arrays.copyOfRange(all, row * each, (row + 1) * each);
  }

  private static final class Steps implements Generator.Listener {
    private final List<float[]> scores = new ArrayList<>();

    @Override
    public void step(long[] tokens, NDArray all) {
      scores.add(all.toFloatArray());
    }
  }
}
