package org.clapperboard.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.apache.hadoop.conf.Configuration;
import org.clapperboard.data.storage.Folder;
import org.clapperboard.eval.Answer;
import org.clapperboard.eval.EvalConfig;
import org.clapperboard.eval.EvalConfig.QuestionSet;
import org.clapperboard.eval.EvalConfig.Withhold;
import org.clapperboard.eval.ModelFiles;
import org.clapperboard.model.ModelConfig;
import org.clapperboard.model.ModelFolder;
import org.clapperboard.model.Part;
import org.clapperboard.model.weights.ParameterSpec;
import org.clapperboard.model.weights.Safetensors;
import org.clapperboard.model.weights.TensorSource;
import org.clapperboard.train.checkpoint.WeightFile;
import org.clapperboard.train.config.StageConfig;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** A finished curriculum leaves as a folder that needs nothing else. */
@ExtendWith(World.Shared.class)
class ExportIT {
  private static final int MOST_TOKENS = 12;
  private static final Map<String, String> OPTIONS =
      Map.of(
          "demo-test-video", "--video",
          "demo-av", "--video",
          "demo-stills", "--image",
          "demo-test-audio", "--audio");

  @Test
  void the_folder_has_the_reference_layout_and_the_weights_of_every_stage(
      World world, @TempDir Path elsewhere) throws IOException {
    Path run = world.curriculum();
    Path model = export(world, run, elsewhere);

    assertThat(model.toFile().list())
        .containsExactlyInAnyOrder(
            "README.md",
            "config.json",
            "generation_config.json",
            "model.safetensors",
            "tokenizer.json",
            "tokenizer_config.json");
    ModelFolder opened = ModelFolder.open(model);
    assertThat(opened.model()).isEqualTo(world.plan("audio", run).config().model());
    assertThat(opened.shown())
        .isEqualTo(
            new ModelFolder.Shown(4, ModelFolder.Aspect.PAD, ModelFolder.SoundShape.PAPER, 1));
    assertThat(opened.weights().names())
        .contains(
            "model.embed_tokens.weight",
            "model.layers.1.self_attn.q_proj.weight",
            "model.mm_projector_a.0.weight",
            "lm_head.weight");
    Set<String> names = new LinkedHashSet<>();
    for (WeightFile file : World.result(run, "audio").parts().values()) {
      TensorSource part = Safetensors.open(run.resolve(file.location()));
      part.names()
          .forEach(
              name ->
                  assertThat(floats(opened.weights(), name, opened.model()))
                      .as(name)
                      .isEqualTo(floats(part, name, opened.model())));
      names.addAll(part.names());
    }
    assertThat(opened.weights().names()).containsExactlyInAnyOrderElementsOf(names);
  }

  @Test
  void a_stage_starts_from_the_folder_with_the_same_bytes(World world, @TempDir Path elsewhere)
      throws IOException {
    Path model = export(world, world.curriculum(), elsewhere);
    Path run = world.folder("imported");
    world.train("video", run, "weights.from=" + model, "steps=2");

    ModelConfig shape = ModelFolder.open(model).model();
    TensorSource exported = ModelFolder.open(model).weights();
    for (Part part : Part.values()) {
      WeightFile file = World.result(run, "video").parts().get(part.key());
      TensorSource trained = Safetensors.open(run.resolve(file.location()));
      Set<String> same = new TreeSet<>();
      trained.names().stream()
          .filter(name -> floats(trained, name, shape).equals(floats(exported, name, shape)))
          .forEach(same::add);
      if (part == Part.VISION_CONNECTOR) {
        assertThat(same).as("what of %s is as before", part).isEmpty();
      } else {
        assertThat(same).as("what of %s is as before", part).isEqualTo(trained.names());
      }
    }
  }

  @Test
  void the_folder_alone_answers_as_the_examiner_does(World world, @TempDir Path elsewhere)
      throws IOException {
    Path run = world.folder("to-be-removed");
    World.copy(world.curriculum(), run);
    Path first = elsewhere.resolve("first");
    world.jobs().run("local[1]", "export.sh", exporting(world, run, first)).requireOut();
    List<Answer> expected = examine(world, run, elsewhere.resolve("answers"));
    Folder.of(run.toString(), new Configuration()).delete();
    Path model = elsewhere.resolve("moved");
    Files.move(first.resolve("model"), model);

    for (String dataset : OPTIONS.keySet()) {
      Answer answer =
          expected.stream()
              .filter(one -> one.set().equals(dataset) && !one.given().isBlank())
              .findFirst()
              .orElseThrow();
      List<String> arguments =
          List.of(
              "--model",
              model.toString(),
              OPTIONS.get(dataset),
              answer.media(),
              "--max-new-tokens",
              String.valueOf(MOST_TOKENS),
              answer.question());
      Jobs.Ended asked =
          dataset.equals("demo-av")
              ? world.jobs().run("local[1]", "ask.sh", arguments)
              : Jobs.here(AskCommand::new, arguments);
      String said = asked.requireOut();
      assertThat(said.strip())
          .as("%s about %s", answer.question(), answer.media())
          .isEqualTo(answer.given());
    }
  }

  private static List<Answer> examine(World world, Path run, Path answers) {
    StageConfig config = world.plan("audio", run).config();
    List<String> weights =
        World.result(run, "audio").parts().values().stream()
            .map(file -> run.resolve(file.location()).toString())
            .toList();
    List<QuestionSet> sets =
        OPTIONS.keySet().stream()
            .map(name -> new QuestionSet(name, name, Withhold.NOTHING, Map.of(), Map.of()))
            .toList();
    EvalConfig exam = new EvalConfig(config.data().prepared(), sets, 16, MOST_TOKENS);
    ModelFiles files =
        new ModelFiles(
            config.model(),
            config.precision().dtype(),
            weights,
            config.tokenizer(),
            config.data().frames(),
            config.seed());
    return World.answers(world, exam, files, answers, World.MOST_RANKS);
  }

  private static List<String> exporting(World world, Path run, Path to) {
    List<String> arguments = world.arguments("audio", run);
    arguments.addAll(List.of("--to", to.resolve("model").toString()));
    return arguments;
  }

  private static Path export(World world, Path run, Path to) {
    Jobs.here(ExportCommand::new, exporting(world, run, to)).requireOut();
    return to.resolve("model");
  }

  private static FloatBuffer floats(TensorSource source, String name, ModelConfig model) {
    ParameterSpec spec =
        model.specs().values().stream()
            .flatMap(List::stream)
            .filter(one -> one.name().equals(name))
            .findFirst()
            .orElseThrow();
    FloatBuffer values = FloatBuffer.allocate((int) spec.elements());
    source.read(name, values);
    return values.flip();
  }
}
