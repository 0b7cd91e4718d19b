package org.clapperboard.train.loop;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.FloatBuffer;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.clapperboard.model.Example;
import org.clapperboard.model.Example.Clip;
import org.clapperboard.model.Example.Media;
import org.clapperboard.model.ModelConfig;
import org.clapperboard.model.ModelConfig.Hearing;
import org.clapperboard.model.ModelConfig.Sight;
import org.clapperboard.model.Part;
import org.clapperboard.model.adapter.LoraConfig;
import org.clapperboard.model.audio.BeatsConfig;
import org.clapperboard.model.connector.AudioProjector;
import org.clapperboard.model.connector.ConnectorConfig;
import org.clapperboard.model.language.DecoderConfig;
import org.clapperboard.model.vision.VisionConfig;
import org.junit.jupiter.api.Test;

/** Operations of small models, against sums made by hand. */
class ModelFlopsTest {
  private static final Set<Part> NONE = Set.of();

  /** Two layers of 64 (q) + 32 (k) + 32 (v) + 64 (o) + 3 x 128 weights, a head of 10 x 8. */
  private static final DecoderConfig QWEN = decoder(DecoderConfig.Family.QWEN2, null);

  /** One layer runs: 4 x 16 + 2 x 32 weights at 5 tokens; 48 weights at 4 patches. */
  private static final VisionConfig CLIP =
      new VisionConfig(
          VisionConfig.Family.CLIP, 4, 2, 4, 2, 1, 8, -2, VisionConfig.SelectFeature.PATCH);

  /** 1024 weights of patches, 32 of positions, 4 x 16 + 2 x 32 of its layer, 32 of its gate. */
  private static final BeatsConfig BEATS = new BeatsConfig(16, 4, 4, 1, 1, 8, 2, 1, 4, 10, 1, 0);

  private static final double ENCODED = 2 * (128 * 5 + 48 * 4) + 4 * 25 * 4;

  private static DecoderConfig decoder(DecoderConfig.Family family, DecoderConfig.Experts experts) {
    return new DecoderConfig(
        family, 10, 8, 2, 2, 1, 4, 16, 1e-6, 1e4, false, 64, 0, experts, null, 0.02);
  }

  private static ModelConfig model(String connector) {
    return new ModelConfig(
        new Sight(CLIP, ConnectorConfig.named(connector, 4, 8)),
        new Hearing(BEATS, new AudioProjector.Config("linear", 4, 8)),
        QWEN);
  }

  /** A sample of two texts' tokens with three predictions. */
  private static Example example(Media... media) {
    int[] ids = new int[4 + media.length];
    int[] labels = new int[4 + media.length];
    for (int i = 0; i < ids.length; i++) {
      ids[i] = i < media.length ? Example.VIDEO : 1;
      labels[i] = i < ids.length - 3 ? Example.IGNORED : 2;
    }
    return new Example(ids, labels, List.of(media));
  }

  private static Media clip(int frames) {
    return new Media(new Clip(FloatBuffer.allocate(frames * 3 * 4 * 4), frames), null);
  }

  private static double of(
      ModelConfig model, Set<Part> train, Map<Part, LoraConfig> lora, Example example, int length) {
    return new ModelFlops(model, train, lora, true).of(example, length);
  }

  @Test
  void text_takes_six_operations_of_a_weight_that_learns_and_two_of_one_that_does_not() {
    ModelConfig model = model("linear");
    double weights = 2 * 576 * 5 + 80 * 3;
    double attention = 2 * 4 * 25 * 8;
    assertThat(of(model, Set.of(Part.LANGUAGE_MODEL), Map.of(), example(), 5))
        .isEqualTo(6 * weights + 3 * attention)
        .isEqualTo(40_800);
    // A connector that learns has nothing to do with a text.
    assertThat(of(model, Set.of(Part.VISION_CONNECTOR), Map.of(), example(), 5))
        .isEqualTo(2 * weights + attention)
        .isEqualTo(13_600);
  }

  @Test
  void gradients_go_through_a_frozen_language_model_to_the_connector_behind_it() {
    double read = 4 * (2 * 576 * 8 + 80 * 3) + 3 * (2 * 4 * 64 * 8);
    assertThat(of(model("linear"), Set.of(Part.VISION_CONNECTOR), Map.of(), example(clip(2)), 8))
        .isEqualTo(2 * ENCODED + 6 * 32 * 4 + read)
        .isEqualTo(55_008);
    assertThat(of(model("linear"), NONE, Map.of(), example(clip(2)), 8))
        .isEqualTo(2 * ENCODED + 2 * 32 * 4 + 2 * (2 * 576 * 8 + 80 * 3) + 2 * 4 * 64 * 8);
  }

  @Test
  void a_still_picture_is_encoded_once_however_often_it_is_shown() {
    Media still = new Media(new Clip(FloatBuffer.allocate(3 * 4 * 4), 2), null);
    double twice = of(model("linear"), NONE, Map.of(), example(clip(2)), 8);
    assertThat(of(model("linear"), NONE, Map.of(), example(still), 8)).isEqualTo(twice - ENCODED);
  }

  @Test
  void a_convolution_works_on_what_its_stride_leaves() {
    // spatial_conv: 2 x 2 cells of 4 channels to 8, with a border of one; then two layers of 64.
    ModelConfig model = model("spatial_conv");
    int tokens = model.sight().tokens(2);
    assertThat(tokens).isEqualTo(4 * 2 * 2);
    double without = of(model, NONE, Map.of(), example(clip(2)), 20);
    double trained = of(model, Set.of(Part.VISION_CONNECTOR), Map.of(), example(clip(2)), 20);
    double through = 2 * (2 * 576 * 20 + 80 * 3) + 2 * (2 * 4 * 400 * 8);
    assertThat(trained - without - through).isEqualTo(4 * (4 * 8 * 4 + 2 * 64) * tokens);
  }

  @Test
  void the_first_stage_of_a_connector_sees_every_patch_and_its_mean_once_a_frame() {
    // One block in each stage, of 4 to 8 channels and of 8 to 8.
    ConnectorConfig stc = ConnectorConfig.named("stc_connector_v35", 4, 8);
    ModelConfig model =
        new ModelConfig(
            new Sight(CLIP, stc.with(List.of(2, 2, 2), 0, 1, 2)),
            new Hearing(BEATS, new AudioProjector.Config("linear", 4, 8)),
            QWEN);
    double first = (4 * 8 + 9 * 8 + 8 * 8 + 4 * 8) * (2 * 4) + 2 * 8 * 1 * 2;
    double rest = 8 * 8 * 8 + (8 * 8 + 9 * 8 + 8 * 8) + 2 * 8 * 2 + 2 * 64;
    double read = 2 * (2 * 576 * 5 + 80 * 3) + 2 * 4 * 25 * 8;
    assertThat(of(model, NONE, Map.of(), example(clip(2)), 5))
        .isEqualTo(2 * ENCODED + 2 * (first + rest) + read);
  }

  @Test
  void an_audio_encoder_that_learns_is_heard_through_a_frozen_projector() {
    // 32 frames of 128 bins are 16 tokens.
    Media sound = new Media(null, FloatBuffer.allocate(32 * 128));
    double encoder = 6 * (1024 + 32 + 128 + 32) * 16 + 3 * (4 * 256 * 4);
    double read = 4 * (2 * 576 * 20 + 80 * 3) + 3 * (2 * 4 * 400 * 8);
    assertThat(of(model("linear"), Set.of(Part.AUDIO_ENCODER), Map.of(), example(sound), 20))
        .isEqualTo(encoder + 4 * 32 * 16 + read);
    assertThat(
            new ModelFlops(model("linear"), Set.of(Part.AUDIO_ENCODER), Map.of(), false)
                .of(example(sound), 20))
        .isEqualTo(encoder);
  }

  @Test
  void an_adapter_learns_while_gradients_go_through_what_it_adapts() {
    LoraConfig lora = new LoraConfig(2, 4, 0, List.of("q_proj"));
    double adapter = 2 * (2 * 8 + 2 * 8);
    assertThat(of(model("linear"), NONE, Map.of(Part.LANGUAGE_MODEL, lora), example(), 5))
        .isEqualTo(4 * (2 * 576 * 5 + 80 * 3) + 6 * adapter * 5 + 3 * (2 * 4 * 25 * 8));
  }

  @Test
  void of_experts_those_count_that_a_position_goes_to() {
    ModelConfig model =
        new ModelConfig(
            null, null, decoder(DecoderConfig.Family.MIXTRAL, new DecoderConfig.Experts(4, 2, 0)));
    double layer = 192 + 4 * 8 + 2 * 3 * 128;
    assertThat(of(model, NONE, Map.of(), example(), 5))
        .isEqualTo(2 * (2 * layer * 5 + 80 * 3) + 2 * 4 * 25 * 8);
  }
}
