package org.clapperboard.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.withinPercentage;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import org.apache.commons.codec.digest.DigestUtils;
import org.apache.spark.sql.Row;
import org.clapperboard.config.ConfigFile;
import org.clapperboard.eval.Answer;
import org.clapperboard.eval.EvalConfig;
import org.clapperboard.eval.EvalConfig.QuestionSet;
import org.clapperboard.eval.EvalConfig.Withhold;
import org.clapperboard.eval.ModelFiles;
import org.clapperboard.model.ModelFolder;
import org.clapperboard.model.Part;
import org.clapperboard.model.WeightPlace;
import org.clapperboard.model.engine.TorchEngine;
import org.clapperboard.model.weights.ParameterSpec;
import org.clapperboard.model.weights.TensorSource;
import org.clapperboard.train.checkpoint.AdapterFile;
import org.clapperboard.train.checkpoint.StageResult;
import org.clapperboard.train.checkpoint.WeightFile;
import org.clapperboard.train.config.StageConfig;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** The joint stage with adapters of the language model and the audio encoder. */
@ExtendWith(World.Shared.class)
class LoraStageIT {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Set<Part> ADAPTED = Part.ADAPTABLE;

  /** How many elements the model's tensors have. */
  private static final Map<String, Long> ELEMENTS =
      ConfigFile.load(World.file("lora"), List.of("run=x"))
          .read(StageConfig::read)
          .model()
          .specs()
          .values()
          .stream()
          .flatMap(List::stream)
          .collect(Collectors.toMap(ParameterSpec::name, ParameterSpec::elements));

  /** A run in which the joint stage is followed by one with adapters. */
  private static Path run(World world, int ranks) {
    Path run = world.folder("lora-" + ranks);
    if (!Files.exists(run)) {
      World.copy(world.joint(2), run);
      world.train("lora", run, "cluster.ranks=" + ranks);
    }
    return run;
  }

  private static String hash(Path run, String location) throws IOException {
    return DigestUtils.sha256Hex(Files.readAllBytes(run.resolve(location)));
  }

  @Test
  void the_loss_curve_does_not_depend_on_the_number_of_ranks_and_falls(World world) {
    List<Double> alone = losses(world, run(world, 1));
    List<Double> shared = losses(world, run(world, 2));
    assertThat(alone).hasSize(12);
    for (int step = 0; step < 12; step++) {
      assertThat(shared.get(step))
          .as("loss of step %d", step)
          .isCloseTo(alone.get(step), withinPercentage(0.01));
    }
    double late = alone.subList(9, 12).stream().mapToDouble(x -> x).average().orElseThrow();
    assertThat(late).as("loss after learning").isLessThan(alone.get(0));
  }

  private static List<Double> losses(World world, Path run) {
    return world.rows(run, "lora", "metrics", "step", "loss").stream()
        .sorted(Comparator.comparingLong(row -> row.getLong(0)))
        .map((Row row) -> row.getDouble(1))
        .toList();
  }

  @Test
  void what_is_handed_over_is_the_same_base_and_a_folder_in_pefts_layout(World world)
      throws IOException {
    Path run = run(world, 2);
    Map<String, WeightFile> before = World.result(run, "joint").parts();
    Map<String, WeightFile> after = World.result(run, "lora").parts();
    for (Part part : Part.values()) {
      WeightFile is = after.get(part.key());
      assertThat(hash(run, is.location())).as("%s", part).isEqualTo(is.sha256());
      if (ADAPTED.contains(part)) {
        assertThat(is.with(null)).as("%s", part).isEqualTo(before.get(part.key()));
        assertThat(hash(run, is.adapter().location())).isEqualTo(is.adapter().sha256());
        assertThat(is.lastStage()).isEqualTo("lora");
      } else {
        assertThat(is.adapter()).as("%s", part).isNull();
      }
    }
    Path folder = run.resolve("lora/weights/audio-encoder-adapter");
    JsonNode config = JSON.readTree(folder.resolve("adapter_config.json").toFile());
    assertThat(config.get("r").asInt()).isEqualTo(2);
    assertThat(config.get("target_modules"))
        .isEqualTo(JSON.readTree("[\"v_proj\", \"q_proj\", \"fc1\"]"));
    assertThat(config.get("base_model_name_or_path").asText())
        .endsWith("/joint/weights/audio-encoder.safetensors");
    assertThat(WeightPlace.open(folder).part(Part.AUDIO_ENCODER).names())
        .contains("model.audio_tower.encoder.layers.0.fc1.weight");
  }

  @Test
  void a_plan_tells_of_the_adapter_and_its_frozen_base(World world) {
    Path run = world.joint(2);
    List<String> lines = new PlanText(world.plan("lora", run)).lines();
    assertThat(lines)
        .anyMatch(line -> line.matches("  language-model +\\S+ \\S+ +frozen +joint"))
        .anyMatch(
            line ->
                line.matches(
                    "    its adapter +\\d+ \\d+ +trained +fresh start: rank 4, alpha 8, dropout"
                        + " 0\\.05, on q_proj, k_proj, v_proj, o_proj, gate_proj, up_proj,"
                        + " down_proj"));
    List<String> next =
        new PlanText(world.plan("lora", run(world, 2), "stage=next", "weights.from=lora")).lines();
    assertThat(next).anyMatch(line -> line.contains("goes on from lora: rank 4"));
  }

  @Test
  void a_plan_tells_of_rates_that_parts_have_of_their_own(World world) {
    Path run = world.joint(2);
    String rates = "optimizer.parts={language-model: {lr: 1e-4, weight-decay: 0.1}}";
    List<String> lines = new PlanText(world.plan("lora", run, rates)).lines();
    assertThat(lines)
        .filteredOn(line -> line.contains("weight decay"))
        .singleElement()
        .asString()
        .startsWith("    its adapter")
        .endsWith(", learning rate 0.00010, weight decay 0.1");
  }

  @Test
  void an_export_has_the_sums_and_answers_as_base_and_adapter_do(
      World world, @TempDir Path elsewhere) throws IOException {
    Path run = run(world, 2);
    Path merged = export(world, run, elsewhere.resolve("merged"));
    Path apart = export(world, run, elsewhere.resolve("apart"), "--adapters");
    assertThat(merged.resolve("adapter_config.json")).doesNotExist();
    assertThat(Files.readString(merged.resolve("README.md")))
        .contains("| language-model | lora | 4 | 8.0 | 0.05 | all but gates | ")
        .contains(" | yes, in 4-byte floats |");
    assertThat(apart.resolve("model.safetensors")).doesNotExist();
    TorchEngine.start(1);
    TensorSource whole = ModelFolder.open(merged).weights();
    for (Part part : ADAPTED) {
      Path base = run.resolve(World.result(run, "joint").parts().get(part.key()).location());
      TensorSource sum = WeightPlace.open(apart.resolve(part.key()), base).part(part);
      int changed = 0;
      for (String name : sum.names()) {
        assertThat(floats(sum, name)).as(name).isEqualTo(floats(whole, name));
        TensorSource plain = WeightPlace.open(base).part(part);
        changed += floats(sum, name).equals(floats(plain, name)) ? 0 : 1;
      }
      assertThat(changed).isEqualTo(part == Part.LANGUAGE_MODEL ? 2 * 7 : 2 * 3);
    }
    WeightPlace side = WeightPlace.open(apart.resolve("mm_projector.safetensors"));
    for (String name : side.part(Part.VISION_CONNECTOR).names()) {
      assertThat(floats(side.part(Part.VISION_CONNECTOR), name)).isEqualTo(floats(whole, name));
    }
    assertThat(examine(world, files(world, run))).isEqualTo(examine(world, files(merged)));
  }

  private static Path export(World world, Path run, Path to, String... options) {
    List<String> arguments = world.arguments("lora", run);
    arguments.addAll(List.of("--to", to.toString()));
    arguments.addAll(List.of(options));
    assertThat(App.execute(new ExportCommand(), arguments.toArray(String[]::new))).isZero();
    return to;
  }

  private static FloatBuffer floats(TensorSource source, String name) {
    FloatBuffer values = FloatBuffer.allocate((int) ELEMENTS.get(name).longValue());
    source.read(name, values);
    return values.flip();
  }

  /** Base and adapters as a stage hands them over. */
  private static ModelFiles files(World world, Path run) {
    StageConfig config = world.plan("lora", run).config();
    StageResult result = World.result(run, "lora");
    return new ModelFiles(
        config.model(),
        config.precision().dtype(),
        result.parts().values().stream().map(f -> run.resolve(f.location()).toString()).toList(),
        result.parts().entrySet().stream()
            .filter(part -> part.getValue().adapter() != null)
            .map(part -> adapter(run, Part.of(part.getKey()), part.getValue().adapter()))
            .toList(),
        config.tokenizer(),
        config.data().frames(),
        config.seed());
  }

  private static ModelFiles.Adapter adapter(Path run, Part part, AdapterFile file) {
    return new ModelFiles.Adapter(part, run.resolve(file.location()).toString(), file.lora());
  }

  private static ModelFiles files(Path exported) {
    return ModelFiles.of(ModelFolder.open(exported));
  }

  private static List<Answer> examine(World world, ModelFiles files) {
    QuestionSet set = new QuestionSet("av", "demo-av", Withhold.NOTHING, Map.of(), Map.of());
    EvalConfig exam = new EvalConfig(world.folder("prepared").toString(), List.of(set), 16, 12);
    Path kept = world.folder("answers-" + UUID.randomUUID());
    List<Answer> answers = World.answers(world, exam, files, kept, 1);
    assertThat(answers).isNotEmpty();
    return answers;
  }

  @Test
  void later_stages_go_on_with_the_adapter_or_begin_above_the_sum(
      World world, @TempDir Path elsewhere) throws IOException {
    Path run = world.folder("lora-later");
    World.copy(run(world, 2), run);
    TensorSource sum = ModelFolder.open(export(world, run, elsewhere.resolve("sum"))).weights();
    WeightFile lora = World.result(run, "lora").parts().get("language-model");

    String[] from = {"weights.from=lora", "steps=2"};
    world.train("lora", run, "stage=same", from[0], from[1]);
    WeightFile same = World.result(run, "same").parts().get("language-model");
    assertThat(same.with(null)).isEqualTo(lora.with(null));
    assertThat(same.adapter().sha256()).isNotEqualTo(lora.adapter().sha256());

    world.train("lora", run, "stage=other", from[0], from[1], "lora.language-model.rank=3");
    WeightFile other = World.result(run, "other").parts().get("language-model");
    assertThat(other.location()).isEqualTo("other/weights/language-model.safetensors");
    assertThat(other.adapter().lora().rank()).isEqualTo(3);
    assertHolds(run, other, sum);

    world.train("video", run, "stage=frozen", from[0], from[1]);
    assertThat(World.result(run, "frozen").parts().get("language-model")).isEqualTo(lora);
  }

  @Test
  void an_adapter_from_elsewhere_is_added_to_its_base_at_the_start(
      World world, @TempDir Path elsewhere) {
    Path run = run(world, 2);
    Path merged = export(world, run, elsewhere.resolve("merged"));
    Path apart = export(world, run, elsewhere.resolve("apart"), "--adapters");
    Path base = run.resolve("joint/weights/language-model.safetensors");
    Path imported = world.folder("lora-imported");
    world.train(
        "video",
        imported,
        "weights.from=" + merged,
        "weights.language-model=" + apart.resolve("language-model"),
        "weights.base=" + base,
        "steps=2");
    WeightFile language = World.result(imported, "video").parts().get("language-model");
    assertHolds(imported, language, ModelFolder.open(merged).weights());
  }

  @Test
  void a_model_and_an_adapter_become_one_model(World world, @TempDir Path elsewhere)
      throws IOException {
    Path run = run(world, 2);
    Path merged = export(world, run, elsewhere.resolve("merged"));
    Path apart = export(world, run, elsewhere.resolve("apart"), "--adapters");
    Path base = elsewhere.resolve("base");
    String[] export = {"--to", base.toString(), World.file("joint").toString()};
    List<String> arguments = new ArrayList<>(List.of(export));
    world.settings(run).forEach(setting -> arguments.addAll(List.of("--set", setting)));
    assertThat(App.execute(new ExportCommand(), arguments.toArray(String[]::new))).isZero();

    Path to = elsewhere.resolve("sum");
    String adapter = apart.resolve("language-model").toString();
    int code =
        App.execute(
            new MergeCommand(), "--model", "" + base, "--adapter", adapter, "--to", "" + to);
    assertThat(code).isZero();
    TensorSource sum = ModelFolder.open(to).weights();
    TensorSource whole = ModelFolder.open(merged).weights();
    TensorSource plain = ModelFolder.open(base).weights();
    for (String name : ELEMENTS.keySet()) {
      boolean language =
          name.matches("model\\.layers\\..*|model\\.embed.*|model\\.norm.*|lm_head.*");
      assertThat(floats(sum, name)).as(name).isEqualTo(floats(language ? whole : plain, name));
    }
    assertThat(Files.readString(to.resolve("README.md"))).contains("of rank 4 times 2.0, merged");
  }

  private static void assertHolds(Path run, WeightFile file, TensorSource expected) {
    TensorSource weights = WeightPlace.open(run.resolve(file.location())).part(Part.LANGUAGE_MODEL);
    for (String name : weights.names()) {
      assertThat(floats(weights, name)).as(name).isEqualTo(floats(expected, name));
    }
  }
}
