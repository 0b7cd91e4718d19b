package org.clapperboard.train.loop;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.clapperboard.data.Modality;
import org.clapperboard.model.Example;
import org.clapperboard.model.Example.Clip;
import org.clapperboard.model.Example.Media;
import org.clapperboard.model.HuggingFaceConfig;
import org.clapperboard.model.ModelConfig;
import org.clapperboard.model.VideoLlama2;
import org.clapperboard.model.weights.Safetensors;
import org.clapperboard.testing.GoldenFixtures.Fixture;
import org.clapperboard.testing.SafetensorsFile;

/** The whole model of a fixture, and its batch as samples of a step. */
final class GoldenModel {
  private GoldenModel() {}

  /** The model with the fixture's starting weights. */
  static VideoLlama2 load(Fixture fixture) {
    VideoLlama2 model = VideoLlama2.allocate(shape(fixture));
    Safetensors weights =
        Safetensors.open(fixture.folder().resolve(fixture.name() + ".safetensors"));
    model.parameters().values().forEach(parameters -> parameters.load(weights));
    return model;
  }

  /** What the fixture says of its model. */
  static ModelConfig shape(Fixture fixture) {
    JsonNode json = fixture.json();
    ObjectNode config = json.get("config").deepCopy();
    for (String tower : List.of("vision_config", "audio_config")) {
      if (json.has(tower)) {
        config.set(tower, json.get(tower));
      }
    }
    return HuggingFaceConfig.read(config);
  }

  /** The rows of the fixture's batch, without their padding. */
  static List<Item> batch(Fixture fixture) {
    SafetensorsFile file = fixture.tensors();
    JsonNode json = fixture.json();
    JsonNode kinds = json.has("kinds") ? json.get("kinds") : json.get("modals");
    int length = Math.toIntExact(file.shape("in/input_ids")[1]);
    long[] mask = file.longs("in/attention_mask");
    List<Item> items = new ArrayList<>();
    for (int row = 0; row < kinds.size(); row++) {
      int from = row * length;
      int end = from + (int) Arrays.stream(mask, from, from + length).sum();
      List<Media> media =
          media(file, kinds.get(row).asText(), "in/images." + row, json.get("num_frames").asInt());
      Example example =
          new Example(
              ints(file.longs("in/input_ids"), from, end),
              ints(file.longs("in/labels"), from, end),
              media);
      items.add(
          new Item(row, "golden", 0, "row-" + row, "golden", Modality.VIDEO, List.of(), example));
    }
    return items;
  }

  private static List<Media> media(SafetensorsFile file, String kind, String name, int frames) {
    return switch (kind) {
      case "av" ->
          List.of(
              new Media(
                  new Clip(floats(file, name + ".video"), frames), floats(file, name + ".audio")));
      case "a" -> List.of(new Media(null, floats(file, name)));
      case "dummy" -> List.of();
      default -> List.of(new Media(new Clip(floats(file, name), frames), null));
    };
  }

  private static FloatBuffer floats(SafetensorsFile file, String name) {
    return FloatBuffer.wrap(file.floats(name));
  }

  private static int[] ints(long[] values, int from, int end) {
    return Arrays.stream(values, from, end).mapToInt(Math::toIntExact).toArray();
  }
}
