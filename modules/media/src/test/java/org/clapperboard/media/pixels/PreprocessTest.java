package org.clapperboard.media.pixels;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.clapperboard.media.FrameSampler;
import org.clapperboard.testing.GoldenFixtures;
import org.clapperboard.testing.GoldenRun;
import org.clapperboard.testing.GoldenTests;
import org.clapperboard.testing.SafetensorsFile;
import org.junit.jupiter.api.DynamicNode;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

class PreprocessTest {

  @TestFactory
  @Tag("golden")
  Stream<DynamicNode> pictures_become_the_bytes_and_values_of_the_reference() {
    return GoldenTests.of(PreprocessTest.class, "09_image_preprocess", PreprocessTest::pictures);
  }

  private static void pictures(GoldenRun run) {
    for (Map.Entry<String, JsonNode> each : run.json().get("cases").properties()) {
      String name = each.getKey();
      JsonNode row = each.getValue();
      RgbImage image = image(run.file(), name + "/in/image");
      int[] size = {image.height(), image.width()};
      run.equal(name + " size", size, ints(row.get("input_hw")));
      if (row.has("reference_error")) {
        channelsFirst(run, recipe(row), image, row.get("reference_error").asText());
      } else {
        picture(run, name, row, image);
      }
    }
  }

  private static void picture(GoldenRun run, String name, JsonNode row, RgbImage image) {
    Preprocess recipe = recipe(row);
    boolean pads = recipe.aspect() == Preprocess.Aspect.PAD;
    RgbImage padded = image(run.file(), name + "/out/padded_u8");
    run.equal(
        name + "/out/padded_u8",
        (pads ? recipe.padded(image).flatten() : image).rgb(),
        padded.rgb());
    if (pads && image.height() != image.width()) {
      run.equal(name + " pad_colour", corner(recipe.padded(image)), ints(row.get("pad_colour")));
    } else {
      row.path("pad_colour");
    }
    RgbImage result = recipe.apply(image);
    run.equal(
        name + "/out/resized_u8", result.planes(), run.file().bytes(name + "/out/resized_u8"));
    if (run.has(name + "/out/pixel_values")) {
      double tolerance = run.tolerance("pixel_values max abs");
      run.close(name + "/out/pixel_values", normalised(recipe, result), tolerance);
    }
  }

  /** The pixel that is padding in any picture that is not square. */
  private static int[] corner(Canvas canvas) {
    byte[] rgb = canvas.flatten().rgb();
    return new int[] {rgb[0] & 0xff, rgb[1] & 0xff, rgb[2] & 0xff};
  }

  private static void channelsFirst(
      GoldenRun run, Preprocess recipe, RgbImage image, String error) {
    run.otherwise(
        "takes %d rows for channels and fails with \"%s\"".formatted(image.height(), error),
        "rows are rows",
        () -> {
          RgbImage square = recipe.padded(image).flatten();
          double[] naive = NaiveResize.bicubic(square, recipe.size(), recipe.size());
          byte[] result = recipe.apply(image).rgb();
          for (int i = 0; i < naive.length; i++) {
            assertThat((double) (result[i] & 0xff)).isEqualTo(naive[i]);
          }
        });
  }

  @TestFactory
  @Tag("golden")
  Stream<DynamicNode> frame_lists_become_the_values_of_the_reference() {
    return GoldenTests.of(PreprocessTest.class, "09_video_list_preprocess", PreprocessTest::lists);
  }

  private static void lists(GoldenRun run) {
    for (Map.Entry<String, JsonNode> each : run.json().get("cases").properties()) {
      list(run, each.getKey(), each.getValue());
    }
  }

  /** A list is used as it is, so only the frames that came in are compared. */
  private static void list(GoldenRun run, String name, JsonNode row) {
    Preprocess recipe = recipe(row);
    float[] expected = run.file().floats(name + "/out/pixel_values");
    List<RgbImage> frames = frames(run.file(), name + "/in/frames");
    int values = 3 * recipe.size() * recipe.size();
    int there = expected.length / values;
    assertThat(there).isEqualTo(row.get("out_frames").asInt());
    assertThat(frames).hasSize(row.get("in_frames").asInt());
    for (int i = 0; i < Math.min(frames.size(), there); i++) {
      run.close(
          name + " frame " + i,
          normalised(recipe, recipe.apply(frames.get(i))),
          Arrays.copyOfRange(expected, i * values, (i + 1) * values),
          run.tolerance("pixel_values max abs"));
    }
    int asked = row.get("num_frames").asInt();
    if (there > frames.size()) {
      float[] fillers = Arrays.copyOfRange(expected, frames.size() * values, expected.length);
      run.otherwise(
          "fills %s up with %d black frames, each the last one on its side"
              .formatted(name, there - frames.size()),
          "a list is used as it is: indexes repeat where a video has too few frames",
          () -> {
            RgbImage last = frames.get(frames.size() - 1);
            for (int at = 0; at < fillers.length; at += values) {
              last = RgbImage.filled(last.height(), last.width(), 0, 0, 0);
              float[] black = normalised(recipe, recipe.apply(last));
              float[] theirs = Arrays.copyOfRange(fillers, at, at + values);
              GoldenFixtures.assertClose("filler", black, theirs, 1e-5f);
            }
            FrameSampler.Range all = new FrameSampler.Range(0, frames.size() - 1);
            int[] shown = FrameSampler.uniform(all, asked);
            assertThat(shown).hasSize(asked);
            assertThat(Arrays.stream(shown).max().orElseThrow()).isLessThan(frames.size());
          });
    } else if (asked > there) {
      run.otherwise(
          "keeps %d frames of %s where %d are asked for".formatted(there, name, asked),
          "as many are shown as are asked for",
          () -> {
            FrameSampler.Range all = new FrameSampler.Range(0, frames.size() - 1);
            assertThat(FrameSampler.uniform(all, asked)).hasSize(asked);
          });
    }
  }

  private static List<RgbImage> frames(SafetensorsFile file, String name) {
    long[] shape = file.shape(name);
    byte[] all = file.bytes(name);
    int bytes = (int) (shape[1] * shape[2] * 3);
    List<RgbImage> frames = new ArrayList<>();
    for (int at = 0; at < all.length; at += bytes) {
      byte[] rgb = Arrays.copyOfRange(all, at, at + bytes);
      frames.add(new RgbImage((int) shape[2], (int) shape[1], rgb));
    }
    return frames;
  }

  private static int[] ints(JsonNode list) {
    return StreamSupport.stream(list.spliterator(), false).mapToInt(JsonNode::asInt).toArray();
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
    boolean siglip = row.path("kind").asText().equals("siglip");
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
