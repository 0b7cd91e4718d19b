package org.clapperboard.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.clapperboard.config.ConfigFile;
import org.clapperboard.config.Problem;
import org.clapperboard.model.ModelConfig;
import org.clapperboard.model.Part;
import org.clapperboard.model.weights.ParameterSpec;
import org.clapperboard.train.StagePlan;
import org.clapperboard.train.config.StageConfig;
import org.clapperboard.train.config.WeightOrigin;
import org.clapperboard.train.config.WeightOrigin.Kind;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** The stage files that are shipped, planned in a place that has neither weights nor datasets. */
class PresetsIT {
  /** Where {@code conf} is copied to, so that nothing on this machine is found beside it. */
  @TempDir private static Path elsewhere;

  private static final Configuration HADOOP = new Configuration();

  @BeforeAll
  static void copyPresets() throws IOException {
    for (String folder : folders()) {
      World.copy(shipped().resolve(folder), elsewhere.resolve("conf").resolve(folder));
    }
    World.copy(shipped().resolve("paper"), elsewhere.resolve("conf/paper"));
  }

  private static Path shipped() {
    return Jobs.REPOSITORY.resolve("conf");
  }

  /** Folders of {@code conf} that hold stages. */
  static List<String> folders() throws IOException {
    try (Stream<Path> folders = Files.list(shipped())) {
      return folders
          .filter(folder -> Files.isDirectory(folder) && !stages(folder).isEmpty())
          .map(folder -> folder.getFileName().toString())
          .sorted()
          .toList();
    }
  }

  private static List<Path> stages(Path folder) {
    try (Stream<Path> files = Files.list(folder)) {
      return files
          .filter(file -> file.toString().endsWith(".yaml"))
          .filter(file -> ConfigFile.load(file, List.of()).has("stage"))
          .sorted()
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static List<StagePlan> plans(String folder) {
    return stages(elsewhere.resolve("conf").resolve(folder)).stream()
        .map(file -> StagePlan.of(ConfigFile.load(file, List.of()), HADOOP))
        .toList();
  }

  @ParameterizedTest
  @MethodSource("folders")
  void a_plan_reads_as_approved(String folder) throws IOException {
    List<String> lines = new ArrayList<>();
    for (StagePlan plan : plans(folder)) {
      lines.addAll(new PlanText(plan).lines());
      lines.add("");
    }
    String printed = String.join("\n", lines).replace(elsewhere + "/", "");
    Path written = Jobs.REPOSITORY.resolve("modules/app/target/plans/" + folder + ".txt");
    Files.createDirectories(written.getParent());
    Files.writeString(written, printed);
    Path approved = Jobs.REPOSITORY.resolve("modules/app/src/test/resources/plans");
    assertThat(approved.resolve(folder + ".txt"))
        .as("plans of conf/%s; approve %s by copying it", folder, written)
        .hasContent(printed);
  }

  @ParameterizedTest
  @MethodSource("folders")
  void datasets_weights_and_tokenizer_are_all_that_is_missing(String folder) {
    for (StagePlan plan : plans(folder)) {
      assertThat(plan.missing().list())
          .extracting(Problem::key)
          .contains("tokenizer")
          .anyMatch(key -> key.startsWith("data.streams"))
          .allMatch(
              key -> key.matches("(data\\.streams|validation).*datasets.*|weights\\..*|tokenizer"));
    }
  }

  /**
   * Millions of parameters. Connectors and projectors: the reference's modules, counted. Others:
   * the released checkpoints, without BEATs' tagging head.
   */
  @ParameterizedTest
  @CsvSource({
    "videollama2-7b,       303.5,  489.2,     ,     ,  7241.7",
    "videollama2-7b-16f,   303.5,  489.2, 90.3, 19.9,  7241.7",
    "videollama2-8x7b,     303.5,  489.2,     ,     , 46702.8",
    "videollama2-72b,      303.5, 1934.7,     ,     , 72706.2",
    "videollama2.1-7b-16f, 428.2,  376.9,     ,     ,  7615.6",
    "videollama2.1-7b-av,  428.2,  376.9, 90.3, 15.6,  7615.6"
  })
  void parts_are_as_large_as_the_published_ones(
      String folder,
      String visionEncoder,
      String visionConnector,
      String audioEncoder,
      String audioProjector,
      String languageModel) {
    ModelConfig model = last(folder).config().model();
    assertThat(millions(model, Part.VISION_ENCODER)).isEqualTo(visionEncoder);
    assertThat(millions(model, Part.VISION_CONNECTOR)).isEqualTo(visionConnector);
    assertThat(millions(model, Part.AUDIO_ENCODER)).isEqualTo(audioEncoder);
    assertThat(millions(model, Part.AUDIO_PROJECTOR)).isEqualTo(audioProjector);
    assertThat(millions(model, Part.LANGUAGE_MODEL)).isEqualTo(languageModel);
  }

  @Test
  void of_the_cluster_only_what_gradients_travel_as_decides_the_outcome_of_a_stage() {
    Path file = stages(elsewhere.resolve("conf/demo")).get(0);
    StagePlan plan = StagePlan.of(ConfigFile.load(file, List.of()), HADOOP);
    List<String> way =
        List.of("cluster.same-host=tcp", "cluster.streams=4", "cluster.deadline=90s");
    StagePlan other = StagePlan.of(ConfigFile.load(file, way), HADOOP);
    StagePlan half = StagePlan.of(ConfigFile.load(file, List.of("cluster.wire=bf16")), HADOOP);
    assertThat(other.inputs()).isEqualTo(plan.inputs());
    assertThat(half.inputs()).isNotEqualTo(plan.inputs());
    assertThat(new PlanText(other).lines())
        .contains(
            "  ranks talk over TCP, encrypted if Spark is, 4 connections a pair; one that is silent"
                + " for 90 s is given up");
    assertThat(new PlanText(half).lines())
        .contains(
            "  ranks talk over TCP, those of a host through memory, encrypted if Spark is,"
                + " gradients in bf16; one that is silent for 2 min is given up");
  }

  private static StagePlan last(String folder) {
    List<StagePlan> plans = plans(folder);
    return plans.get(plans.size() - 1);
  }

  private static String millions(ModelConfig model, Part part) {
    List<ParameterSpec> specs = model.specs().get(part);
    if (specs == null) {
      return null;
    }
    long elements = specs.stream().mapToLong(ParameterSpec::elements).sum();
    return String.format(Locale.ROOT, "%.1f", elements / 1e6);
  }

  /** Tokens of a clip: paper table 1 for 8 frames of CLIP; else the reference's connector, run. */
  @ParameterizedTest
  @CsvSource({
    "videollama2-7b,        8,  576",
    "videollama2-7b-16f,   16, 1152",
    "videollama2-8x7b,      8,  576",
    "videollama2-72b,       8,  576",
    "videollama2.1-7b-16f, 16, 1352",
    "videollama2.1-7b-av,  16, 1352"
  })
  void a_clip_has_the_published_number_of_tokens(String folder, int frames, int tokens) {
    for (StagePlan plan : plans(folder)) {
      assertThat(plan.config().data().frames()).isEqualTo(frames);
      assertThat(plan.config().model().sight().tokens(frames)).isEqualTo(tokens);
    }
  }

  @Test
  void thirty_seconds_of_sound_are_1496_tokens() {
    ModelConfig.Hearing hearing = last("videollama2.1-7b-av").config().model().hearing();
    assertThat(hearing.encoder().tokens(2998, 128)).isEqualTo(1496);
  }

  @Test
  void the_released_connector_can_be_chosen() {
    Path file = stages(elsewhere.resolve("conf/videollama2-7b")).get(0);
    List<String> released = List.of("model.vision-connector.type=stc_connector");
    StagePlan plan = StagePlan.of(ConfigFile.load(file, released), HADOOP);
    assertThat(plan.config().model().sight().tokens(8)).isEqualTo(845);
  }

  /** A stage hands over what it trained or had from other stages, not what was released. */
  @Test
  void stages_take_weights_from_stages_that_hand_them_over() throws IOException {
    Map<String, Map<String, StageConfig>> runs = new TreeMap<>();
    for (String folder : folders()) {
      for (StagePlan plan : plans(folder)) {
        StageConfig config = plan.config();
        Map<String, StageConfig> run = runs.computeIfAbsent(config.run(), r -> new TreeMap<>());
        assertThat(run.put(config.stage(), config)).isNull();
      }
    }
    for (Map<String, StageConfig> run : runs.values()) {
      for (StageConfig config : run.values()) {
        config.origins().forEach((part, origin) -> assertHandedOver(run, part, origin));
      }
    }
  }

  private static void assertHandedOver(
      Map<String, StageConfig> run, Part part, WeightOrigin origin) {
    if (origin.kind() == Kind.STAGE) {
      StageConfig before = run.get(origin.place());
      assertThat(before).as(origin.place()).isNotNull();
      boolean released = before.origin(part).kind() == Kind.CHECKPOINT;
      assertThat(before.train().contains(part) || !released)
          .as("%s hands over the %s", before.folder(), part)
          .isTrue();
    }
  }

  @Test
  void training_is_refused_where_planning_is_not() {
    String file = elsewhere.resolve("conf/videollama2.1-7b-av/stage6-av-joint.yaml").toString();
    String planned = printed(() -> assertThat(App.execute(new PlanCommand(), file)).isZero());
    assertThat(planned).contains("not there yet:").contains("Train stage5-audio-finetune first");
    String refused = printed(() -> assertThat(App.execute(new TrainCommand(), file)).isEqualTo(2));
    assertThat(refused)
        .contains("Train stage5-audio-finetune first")
        .endsWith("28 problems; nothing was started.\n");
  }

  private static String printed(Runnable command) {
    PrintStream out = System.out;
    PrintStream err = System.err;
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    PrintStream both = new PrintStream(bytes, true, StandardCharsets.UTF_8);
    System.setOut(both);
    System.setErr(both);
    try {
      command.run();
      return bytes.toString(StandardCharsets.UTF_8);
    } finally {
      System.setOut(out);
      System.setErr(err);
    }
  }
}
