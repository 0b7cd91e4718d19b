package org.clapperboard.model;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDManager;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import org.clapperboard.config.ConfigFile;
import org.clapperboard.model.Example.Clip;
import org.clapperboard.model.Example.Media;
import org.clapperboard.model.engine.TorchEngine;
import org.clapperboard.model.weights.Parameters.Trainable;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** A whole model's loss in a step of training. */
class TrainingStepIT {
  private static final String MODEL =
      """
      vision-encoder: {family: clip, image-size: 16, patch-size: 8, width: 12, layers: 2, heads: 3,
        mlp-width: 8, select-feature: cls-patch}
      vision-connector: {type: mlp3x_gelu}
      audio-encoder: {width: 12, patch-width: 6, layers: 3, heads: 3, mlp-width: 18,
        position-kernel: 4, position-groups: 2, buckets: 16, max-distance: 9, layer-drop: 0.5}
      audio-projector: {type: linear}
      language-model: {family: qwen2, vocabulary: 40, width: 16, layers: 1, heads: 2, kv-heads: 1,
        mlp-width: 8, rope-theta: 100, embedding-start: 0.5}
      """;

  @BeforeAll
  static void start() {
    TorchEngine.start(1);
  }

  @Test
  void a_step_leaves_out_layers_of_an_audio_encoder_that_trains_by_its_seed_alone() {
    try (VideoLlama2 model = model()) {
      Example sound = example(Example.AUDIO, new Media(null, numbers(32 * VideoLlama2.MEL_BINS)));
      float whole = loss(model, sound);
      Set<Float> frozen = losses(model, sound);
      model.parameters().get(Part.AUDIO_ENCODER).trainable(Trainable.YES);
      Set<Float> trained = losses(model, sound);

      assertThat(frozen).containsExactly(whole);
      assertThat(trained).hasSizeBetween(2, 8).isEqualTo(losses(model, sound)).contains(whole);
      assertThat(loss(model, sound)).isEqualTo(whole);
    }
  }

  @Test
  void the_class_token_of_a_clip_is_one_of_its_vectors() {
    try (VideoLlama2 model = model();
        NDManager scope = TorchEngine.newScope()) {
      Clip clip = new Clip(numbers(2 * 3 * 16 * 16), 2);
      List<Example> rows = List.of(example(Example.VIDEO, new Media(clip, null)));
      Splice splice = model.splice(rows, Splice.Padding.RIGHT);

      assertThat(splice.length()).isEqualTo(3 + 4 + 1);
      assertThat(model.embed(scope, rows, splice).getShape().getShape())
          .containsExactly(1, 3 + 4 + 1, 16);
    }
  }

  private static Set<Float> losses(VideoLlama2 model, Example row) {
    Set<Float> losses = new HashSet<>();
    for (int seed = 0; seed < 40; seed++) {
      try (NDManager scope = TorchEngine.newScope()) {
        losses.add(model.loss(scope, List.of(row), seed).total().getFloat());
      }
    }
    return losses;
  }

  private static float loss(VideoLlama2 model, Example row) {
    try (NDManager scope = TorchEngine.newScope()) {
      return model.loss(scope, List.of(row)).total().getFloat();
    }
  }

  private static VideoLlama2 model() {
    ModelConfig config =
        ConfigFile.ofText(Path.of("x.yaml"), MODEL, List.of()).read(ModelConfig::read);
    VideoLlama2 model = VideoLlama2.allocate(config);
    model.parameters().values().forEach(parameters -> parameters.initialise(4));
    return model;
  }

  private static Example example(int placeholder, Media media) {
    int[] labels = {Example.IGNORED, Example.IGNORED, 7, 9};
    return new Example(new int[] {3, placeholder, 7, 9}, labels, List.of(media));
  }

  private static FloatBuffer numbers(int count) {
    SplittableRandom random = new SplittableRandom(2);
    float[] numbers = new float[count];
    for (int i = 0; i < count; i++) {
      numbers[i] = (float) random.nextDouble(-2, 2);
    }
    return FloatBuffer.wrap(numbers);
  }
}
