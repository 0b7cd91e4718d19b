package org.clapperboard.model;

import static org.assertj.core.api.Assertions.assertThat;

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
import org.clapperboard.testing.SafetensorsFile;

/** Checks of whole models: merged embeddings, logits, loss, first gradients, generation. */
final class GoldenWhole {
  private GoldenWhole() {}

  static void whole(GoldenNumbers numbers) {
    // The curves of both stages and what comes after the first step belong to training.
    numbers.run().leave("stage\\d+|stage\\d+/final/.*|stage[2-9]/grad/.*");
    try (NDManager scope = TorchEngine.newScope();
        VideoLlama2 model = VideoLlama2.allocate(config(numbers.json()))) {
      model.parameters().values().forEach(numbers::load);
      List<Example> rows = rows(numbers.json(), numbers.file());
      fillers(numbers, rows);
      spare(numbers, model);
      forward(scope, model, rows, numbers);
      if (numbers.has("out/mm_features")) {
        features(scope, model, rows, numbers);
      }
      gradients(scope, model, rows, numbers);
      generation(model, numbers);
    }
  }

  /** Rows of text: the reference needs a picture for each, which nobody sees. */
  private static void fillers(GoldenNumbers numbers, List<Example> rows) {
    JsonNode kinds = kinds(numbers.json());
    for (int row = 0; row < rows.size(); row++) {
      if (kinds.get(row).asText().equals("dummy")) {
        Example text = rows.get(row);
        float[] filler = numbers.file().floats("in/images." + row);
        numbers
            .run()
            .otherwise(
                "encodes a black picture for the text-only row " + row,
                "a row of text has no media, and its outputs are the same",
                () -> {
                  assertThat(filler).containsOnly(0);
                  assertThat(text.media()).isEmpty();
                });
      }
    }
  }

  /** Weights that nothing of the model uses: BEATs' classifier, and copies of a shared table. */
  private static void spare(GoldenNumbers numbers, VideoLlama2 model) {
    List<String> spare =
        numbers.file().unread().stream().filter(name -> name.startsWith("model.")).toList();
    if (spare.isEmpty()) {
      return;
    }
    numbers.run().loaded(spare);
    WeightPlace place = WeightPlace.open(numbers.run().fixture().file());
    numbers
        .run()
        .otherwise(
            "keeps " + String.join(", ", spare) + ", which no output of the model depends on",
            "the checkpoint is taken for complete, and they are not loaded",
            () ->
                model
                    .config()
                    .specs()
                    .forEach((part, specs) -> place.report(part, specs).requireExact()));
  }

  private static JsonNode kinds(JsonNode json) {
    return json.has("kinds") ? json.get("kinds") : json.get("modals");
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
    double tolerance = numbers.run().tolerance("logits max abs");
    numbers.closeWhere("out/inputs_embeds", embeds, mask, tolerance);
    numbers.equal("out/labels", splice.labels());
    int[] marked = new int[mask.length];
    for (int row = 0; row < splice.rows(); row++) {
      int from = row * splice.length();
      Arrays.fill(marked, from, from + splice.lengths()[row], 1);
    }
    numbers.equal("out/attention_mask", marked);
    LanguageModel language = model.languageModel();
    NDArray logits = language.logits(scope, language.hidden(scope, embeds));
    numbers.closeWhere("out/logits", logits, mask, tolerance);
    double loss = model.loss(scope, rows).total().getFloat() / labelled(rows);
    numbers.loss("out/loss", loss, numbers.run().tolerance("loss"));
  }

  /** What the connector makes of every clip, that of the row without a placeholder included. */
  private static void features(
      NDManager scope, VideoLlama2 model, List<Example> rows, GoldenNumbers numbers) {
    List<Example> clips = new ArrayList<>();
    for (int row = 0; row < rows.size(); row++) {
      String image = "in/images." + row;
      int frames = numbers.json().get("num_frames").asInt();
      Media media = new Media(clip(numbers.file(), image, frames), null);
      int[] placeholder = {Example.VIDEO};
      clips.add(new Example(placeholder, new int[] {Example.IGNORED}, List.of(media)));
    }
    Splice splice = model.splice(clips, Splice.Padding.RIGHT);
    NDArray vectors = model.embed(scope, clips, splice);
    numbers.close("out/mm_features", vectors, numbers.run().tolerance("logits max abs"));
  }

  /** The first step of stage 1, the only one at the weights of the file. */
  private static void gradients(
      NDManager scope, VideoLlama2 model, List<Example> rows, GoldenNumbers numbers) {
    String prefix = "stage1/grad/";
    List<Parameters> trained =
        model.parameters().values().stream()
            .filter(part -> part.specs().stream().anyMatch(s -> numbers.has(prefix + s.name())))
            .toList();
    trained.forEach(part -> part.trainable(Parameters.Trainable.YES));
    TorchEngine.withGradients(
        () -> {
          NDArray mean = model.loss(scope, rows).total().div(labelled(rows));
          GoldenParts.backward(scope, mean);
          return null;
        });
    trained.forEach(part -> numbers.gradients(prefix, part));
    trained.forEach(part -> part.trainable(Parameters.Trainable.NO));
  }

  private static void generation(VideoLlama2 model, GoldenNumbers numbers) {
    SafetensorsFile file = numbers.file();
    int[] ids = GoldenLanguage.ints(file.longs("in/gen_input_ids"));
    int[] labels = new int[ids.length];
    Arrays.fill(labels, Example.IGNORED);
    FloatBuffer sound =
        file.names().contains("in/gen_audio")
            ? FloatBuffer.wrap(file.floats("in/gen_audio"))
            : null;
    Clip clip = clip(file, "in/gen_video", numbers.json().get("num_frames").asInt());
    Example prompt = new Example(ids, labels, List.of(new Media(clip, sound)));
    GoldenLanguage.Scores scores = new GoldenLanguage.Scores();
    int newTokens = Math.toIntExact(file.shape("out/gen.scores")[1]);
    Generator generator = new Generator(model, Set.of(), newTokens);
    List<int[]> answer = generator.answer(List.of(prompt), scores);
    numbers.equal("out/gen.sequences", GoldenLanguage.joined(new long[0], answer.get(0)));
    double tolerance = numbers.run().tolerance("logits max abs");
    numbers.run().close("out/gen.scores", scores.values(), tolerance);
  }

  /** The batch without its padding, with its media; a dummy medium is nobody's. */
  static List<Example> rows(JsonNode json, SafetensorsFile file) {
    JsonNode kinds = kinds(json);
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
