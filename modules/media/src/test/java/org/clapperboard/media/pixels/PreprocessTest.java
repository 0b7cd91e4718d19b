package org.clapperboard.media.pixels;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.Map;
import org.clapperboard.media.Golden;
import org.clapperboard.testing.GoldenFixtures;
import org.clapperboard.testing.SafetensorsFile;
import org.junit.jupiter.api.Test;

class PreprocessTest {

  @Test
  void pictures_become_the_bytes_and_values_of_the_reference() {
    for (GoldenFixtures.Fixture fixture : Golden.fixtures("09_image_preprocess")) {
      SafetensorsFile tensors = fixture.tensors();
      for (Map.Entry<String, JsonNode> each : fixture.json().get("cases").properties()) {
        if (each.getValue().has("reference_error")) {
          continue;
        }
        String name = each.getKey();
        Preprocess recipe = recipe(each.getValue());
        RgbImage image = image(tensors, name + "/in/image");
        RgbImage result = recipe.apply(image);
        if (recipe.aspect() == Preprocess.Aspect.PAD) {
          assertThat(recipe.padded(image).flatten())
              .as(name)
              .isEqualTo(image(tensors, name + "/out/padded_u8"));
        }
        assertThat(result.planes()).as(name).isEqualTo(tensors.bytes(name + "/out/resized_u8"));
        if (tensors.names().contains(name + "/out/pixel_values")) {
          GoldenFixtures.assertClose(
              name, normalised(recipe, result), tensors.floats(name + "/out/pixel_values"), 1e-5f);
        }
      }
    }
    assertThat(Golden.fixtures("09_image_preprocess")).isNotEmpty();
  }

  @Test
  void frame_lists_become_the_values_of_the_reference() {
    for (GoldenFixtures.Fixture fixture : Golden.fixtures("09_video_list_preprocess")) {
      SafetensorsFile tensors = fixture.tensors();
      for (Map.Entry<String, JsonNode> each : fixture.json().get("cases").properties()) {
        String name = each.getKey();
        Preprocess recipe = recipe(each.getValue());
        float[] expected = tensors.floats(name + "/out/pixel_values");
        long[] shape = tensors.shape(name + "/in/frames");
        int height = (int) shape[1];
        int width = (int) shape[2];
        int frameValues = 3 * recipe.size() * recipe.size();
        byte[] frames = tensors.bytes(name + "/in/frames");
        // The reference keeps 32 frames at most and fills up with black frames of swapped width and
        // height; here a list is used as it is, so only the frames that came in are compared.
        long compared = Math.min(shape[0], expected.length / frameValues);
        for (int i = 0; i < compared; i++) {
          byte[] rgb = new byte[3 * width * height];
          System.arraycopy(frames, i * rgb.length, rgb, 0, rgb.length);
          float[] values = normalised(recipe, recipe.apply(new RgbImage(width, height, rgb)));
          GoldenFixtures.assertClose(
              name + " frame " + i,
              values,
              Arrays.copyOfRange(expected, i * frameValues, (i + 1) * frameValues),
              1e-5f);
        }
      }
    }
    assertThat(Golden.fixtures("09_video_list_preprocess")).isNotEmpty();
  }

  /** The reference takes a height of 1 or 3 for channels first and fails. */
  @Test
  void pictures_of_one_or_three_rows_are_pictures() {
    Preprocess recipe = new Preprocess(Preprocess.Encoder.CLIP, 56, Preprocess.Aspect.PAD);
    RgbImage onePixel = RgbImage.filled(1, 1, 9, 8, 7);
    assertThat(recipe.apply(onePixel)).isEqualTo(RgbImage.filled(56, 56, 9, 8, 7));
    assertThat(recipe.apply(RgbImage.filled(3, 3, 1, 2, 3)))
        .isEqualTo(RgbImage.filled(56, 56, 1, 2, 3));
  }

  @Test
  void planes_are_the_channels_one_after_the_other() {
    RgbImage image = new RgbImage(2, 1, new byte[] {1, 2, 3, 4, 5, 6});
    assertThat(image.planes()).containsExactly(1, 4, 2, 5, 3, 6);
  }

  @Test
  void a_size_below_one_is_refused() {
    assertThatThrownBy(() -> new Preprocess(Preprocess.Encoder.CLIP, 0, Preprocess.Aspect.PAD))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("size is 0 (expected: at least 1)");
  }

  private static Preprocess recipe(JsonNode row) {
    boolean siglip = row.has("kind") && row.get("kind").asText().equals("siglip");
    boolean pad = row.get("aspect_ratio").asText().equals("pad");
    return new Preprocess(
        siglip ? Preprocess.Encoder.SIGLIP : Preprocess.Encoder.CLIP,
        row.get("size").asInt(),
        pad ? Preprocess.Aspect.PAD : Preprocess.Aspect.AS_IS);
  }

  private static RgbImage image(SafetensorsFile tensors, String name) {
    long[] shape = tensors.shape(name);
    return new RgbImage((int) shape[1], (int) shape[0], tensors.bytes(name));
  }

  private static float[] normalised(Preprocess recipe, RgbImage image) {
    FloatBuffer values = FloatBuffer.allocate(3 * recipe.size() * recipe.size());
    recipe.normalise(image, values);
    assertThat(values.hasRemaining()).isFalse();
    return values.array();
  }
}
