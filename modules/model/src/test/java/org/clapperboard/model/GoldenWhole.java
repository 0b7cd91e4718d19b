package org.clapperboard.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import org.clapperboard.model.Example.Clip;
import org.clapperboard.model.Example.Media;
import org.clapperboard.model.engine.TorchEngine;
import org.clapperboard.model.language.LanguageModel;
import org.clapperboard.model.weights.Parameters;
import org.clapperboard.model.weights.Safetensors;
import org.clapperboard.testing.GoldenFixtures.Fixture;
import org.clapperboard.testing.SafetensorsFile;

/** Checks of whole models: merged embeddings, logits, loss, first gradients, generation. */
final class GoldenWhole {
  private GoldenWhole() {}

  static void whole(Fixture fixture, GoldenNumbers numbers) {
    try (NDManager scope = TorchEngine.newScope();
        VideoLlama2 model = VideoLlama2.allocate(config(fixture.json()))) {
      Safetensors weights =
          Safetensors.open(fixture.folder().resolve(fixture.name() + ".safetensors"));
      model.parameters().values().forEach(parameters -> parameters.load(weights));
      List<Example> rows = rows(fixture, numbers.file());
      forward(scope, model, rows, numbers);
      gradients(scope, model, rows, numbers, fixture.json());
      generation(model, fixture, numbers);
    }
  }

  /** The fixture keeps the towers' configurations beside the language model's. */
  static ModelConfig config(JsonNode json) {
    ObjectNode config = json.get("config").deepCopy();
    for (String tower : List.of("vision_config", "audio_config")) {
      if (json.has(tower)) {
        config.set(tower, json.get(tower));
      }
    }
    return HuggingFaceConfig.read(config);
  }

  private static void forward(
      NDManager scope, VideoLlama2 model, List<Example> rows, GoldenNumbers numbers) {
    Splice splice = model.splice(rows, Splice.Padding.RIGHT);
    NDArray embeds = model.embed(scope, rows, splice);
    long[] mask = numbers.file().longs("out/attention_mask");
    numbers.closeWhere("out/inputs_embeds", embeds, mask, 5e-4);
    numbers.equal("out/labels", Arrays.stream(splice.labels()).asLongStream().toArray());
    LanguageModel language = model.languageModel();
    NDArray logits = language.logits(scope, language.hidden(scope, embeds));
    numbers.closeWhere("out/logits", logits, mask, 5e-4);
    double loss = model.loss(scope, rows).total().getFloat() / labelled(rows);
    numbers.number("out/loss", loss, numbers.file().floats("out/loss")[0], 1e-5);
  }

  /** The first step of stage 1, the only one at the weights of the file. */
  private static void gradients(
      NDManager scope,
      VideoLlama2 model,
      List<Example> rows,
      GoldenNumbers numbers,
      JsonNode json) {
    Part trained =
        json.get("config").has("mm_audio_tower") ? Part.AUDIO_PROJECTOR : Part.VISION_CONNECTOR;
    Parameters parameters = model.parameters().get(trained);
    parameters.trainable(Parameters.Trainable.YES);
    TorchEngine.withGradients(
        () -> {
          NDArray mean = model.loss(scope, rows).total().div(labelled(rows));
          GoldenParts.backward(scope, mean);
          return null;
        });
    numbers.gradients("stage1/grad/", parameters, 2e-3, 1e-6);
    parameters.trainable(Parameters.Trainable.NO);
  }

  private static void generation(VideoLlama2 model, Fixture fixture, GoldenNumbers numbers) {
    SafetensorsFile file = numbers.file();
    int[] ids = GoldenLanguage.ints(file.longs("in/gen_input_ids"));
    int[] labels = new int[ids.length];
    Arrays.fill(labels, Example.IGNORED);
    FloatBuffer sound =
        file.names().contains("in/gen_audio")
            ? FloatBuffer.wrap(file.floats("in/gen_audio"))
            : null;
    Clip clip = clip(file, "in/gen_video", fixture.json().get("num_frames").asInt());
    Example prompt = new Example(ids, labels, List.of(new Media(clip, sound)));
    GoldenLanguage.Scores scores = new GoldenLanguage.Scores();
    List<int[]> answer = new Generator(model, Set.of(), 12).answer(List.of(prompt), scores);
    numbers.equal("out/gen.sequences", GoldenLanguage.joined(new long[0], answer.get(0)));
    numbers.close("out/gen.scores", scores.values(), 5e-4);
  }

  /** The batch without its padding, with its media; a dummy medium is nobody's. */
  static List<Example> rows(Fixture fixture, SafetensorsFile file) {
    JsonNode json = fixture.json();
    JsonNode kinds = json.has("kinds") ? json.get("kinds") : json.get("modals");
    int frames = json.get("num_frames").asInt();
    int[] ids = GoldenLanguage.ints(file.longs("in/input_ids"));
    int[] labels = GoldenLanguage.ints(file.longs("in/labels"));
    long[] mask = file.longs("in/attention_mask");
    int length = Math.toIntExact(file.shape("in/input_ids")[1]);
    List<Example> rows = new ArrayList<>();
    for (int row = 0; row * length < ids.length; row++) {
      int at = row * length;
      int real = (int) Arrays.stream(mask, at, at + length).sum();
      List<Media> media =
          switch (kinds.get(row).asText()) {
            case "av" ->
                List.of(
                    new Media(
                        clip(file, "in/images." + row + ".video", frames),
                        FloatBuffer.wrap(file.floats("in/images." + row + ".audio"))));
            case "a" -> List.of(new Media(null, FloatBuffer.wrap(file.floats("in/images." + row))));
            case "dummy" -> List.of();
            default -> List.of(new Media(clip(file, "in/images." + row, frames), null));
          };
      rows.add(
          new Example(
              Arrays.copyOfRange(ids, at, at + real),
              Arrays.copyOfRange(labels, at, at + real),
              media));
    }
    return rows;
  }

  private static Clip clip(SafetensorsFile file, String name, int frames) {
    return new Clip(FloatBuffer.wrap(file.floats(name)), frames);
  }

  static int labelled(List<Example> rows) {
    return rows.stream().mapToInt(Example::labelled).sum();
  }
}
