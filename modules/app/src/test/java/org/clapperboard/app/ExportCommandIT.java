package org.clapperboard.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.hadoop.conf.Configuration;
import org.clapperboard.config.BadCheckpoint;
import org.clapperboard.config.ConfigFile;
import org.clapperboard.data.recipe.About;
import org.clapperboard.data.shard.PreparedDataset;
import org.clapperboard.data.shard.PreparedDataset.Counts;
import org.clapperboard.data.shard.PreparedDataset.Quarantine;
import org.clapperboard.data.shard.PreparedDataset.Shard;
import org.clapperboard.data.storage.Folder;
import org.clapperboard.media.SoundShape;
import org.clapperboard.media.pixels.Preprocess;
import org.clapperboard.model.ModelFolder;
import org.clapperboard.model.Part;
import org.clapperboard.model.VideoLlama2;
import org.clapperboard.model.WeightPlace;
import org.clapperboard.model.engine.TorchEngine;
import org.clapperboard.model.weights.Dtype;
import org.clapperboard.model.weights.ParameterSpec;
import org.clapperboard.model.weights.Parameters;
import org.clapperboard.train.checkpoint.PartWeights;
import org.clapperboard.train.checkpoint.StageResult;
import org.clapperboard.train.checkpoint.WeightFile;
import org.clapperboard.train.config.StageConfig;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** A finished stage of the demo, exported. Its weights are fresh ones. */
class ExportCommandIT {
  private static final Path FILE = Path.of("../../conf/demo/stage5-audio-finetune.yaml");

  @TempDir private Path temporary;
  private Path run;
  private Path to;
  private StageConfig config;

  @BeforeEach
  void finishStage() throws IOException {
    run = temporary.resolve("run");
    to = temporary.resolve("out");
    config = ConfigFile.load(FILE, List.of("run=" + run)).read(StageConfig::read);
    Path tokenizer = Files.createDirectories(Path.of(config.tokenizer()));
    Files.writeString(tokenizer.resolve("tokenizer.json"), "{}");
    Files.writeString(tokenizer.resolve("tokenizer_config.json"), "{}");
    for (String dataset : List.of("demo-audio-qa", "demo-wavcaps")) {
      Path prepared = Files.createDirectories(Path.of(config.data().prepared(), dataset));
      Files.write(prepared.resolve(PreparedDataset.FILE), dataset(dataset).toJson());
    }
    TorchEngine.start(1);
    Folder folder = Folder.of(run.toString(), new Configuration());
    Map<String, WeightFile> parts = new TreeMap<>();
    try (VideoLlama2 model = VideoLlama2.allocate(config.model())) {
      for (Part part : model.parameters().keySet()) {
        model.parameters().get(part).initialise(3);
        String stage = config.train().contains(part) ? config.stage() : "stage2-video-finetune";
        Parameters some = model.parameters().get(part);
        parts.put(part.key(), PartWeights.write(some.specs(), some, folder, stage, part));
      }
    }
    new StageResult("stage2-video-finetune", "abc2", 120, Map.of())
        .write(folder.folder("stage2-video-finetune"));
    new StageResult(config.stage(), "abc5", 40, parts).write(folder.folder(config.stage()));
  }

  private static PreparedDataset dataset(String name) {
    return new PreparedDataset(
        PreparedDataset.SCHEMA,
        name,
        "abc",
        "def",
        "FFmpeg",
        "audio",
        new Counts(64, 0, 0, 64, 64, 64, Map.of()),
        new Quarantine(0, "", List.of()),
        List.of(16),
        new Preprocess(Preprocess.Encoder.CLIP, 56, Preprocess.Aspect.PAD),
        SoundShape.PAPER,
        6,
        Map.of(),
        List.of(new Shard("0.parquet", List.of(64L), 1, "ghi")),
        About.nothing());
  }

  private int export(String... options) {
    CommandLine command = new CommandLine(new ExportCommand());
    command.setExecutionExceptionHandler(
        (e, line, result) -> {
          throw e;
        });
    List<String> all = new ArrayList<>(List.of(options));
    all.addAll(List.of("--to", to.toString(), "--set", "run=" + run, FILE.toString()));
    return command.execute(all.toArray(String[]::new));
  }

  @Test
  void the_whole_model_comes_out_as_it_was_trained_with_its_lineage() throws Exception {
    assertThat(export("--shard-size", "1MB")).isZero();
    ModelFolder folder = ModelFolder.open(to);
    assertThat(folder.model()).isEqualTo(config.model());
    assertThat(folder.shown())
        .isEqualTo(
            new ModelFolder.Shown(16, ModelFolder.Aspect.PAD, ModelFolder.SoundShape.PAPER, 6));
    assertThat(to.resolve("model.safetensors.index.json")).exists();
    try (VideoLlama2 loaded = folder.load();
        VideoLlama2 fresh = VideoLlama2.allocate(config.model())) {
      for (Part part : Part.values()) {
        fresh.parameters().get(part).initialise(3);
        Parameters written = fresh.parameters().get(part);
        for (ParameterSpec spec : written.specs()) {
          assertThat(loaded.parameters().get(part).pieces(spec.name()))
              .as(spec.name())
              .isEqualTo(written.pieces(spec.name()));
        }
      }
    }
    assertThat(Files.readString(to.resolve("README.md")))
        .startsWith("---\nlibrary_name: transformers\n")
        .contains("\n# stage5-audio-finetune\n")
        .contains("\n| audio-encoder | stage5-audio-finetune | ")
        .contains("\n| vision-connector | stage2-video-finetune | ")
        .contains("\n| stage2-video-finetune | 120 | abc2 |\n")
        .contains("\n| stage5-audio-finetune | 40 | abc5 |\n")
        .contains(" | demo-audio-qa, demo-wavcaps |\n");
  }

  @Test
  void an_export_in_bfloat16_runs_in_bfloat16() throws Exception {
    assertThat(export("--dtype", "bf16")).isZero();
    try (VideoLlama2 loaded = ModelFolder.open(to).load();
        VideoLlama2 rounded = VideoLlama2.allocate(config.model(), Dtype.BF16)) {
      for (Part part : Part.values()) {
        Parameters actual = loaded.parameters().get(part);
        Parameters expected = rounded.parameters().get(part);
        expected.initialise(3);
        assertThat(actual.dtype()).isEqualTo(Dtype.BF16);
        for (ParameterSpec spec : expected.specs()) {
          FloatBuffer read = FloatBuffer.allocate((int) spec.elements());
          FloatBuffer wanted = FloatBuffer.allocate((int) spec.elements());
          actual.read(spec.name(), read);
          expected.read(spec.name(), wanted);
          assertThat(read.array()).as(spec.name()).isEqualTo(wanted.array());
        }
      }
    }
  }

  @Test
  void trained_parts_alone_come_out_in_bfloat16() throws Exception {
    assertThat(export("--parts", "trained", "--dtype", "bf16")).isZero();
    assertThat(to.resolve("model.safetensors")).doesNotExist();
    WeightPlace place = WeightPlace.open(to);
    for (Part part : Part.values()) {
      boolean trained = config.train().contains(part);
      assertThat(place.part(part).names().isEmpty()).as("%s", part).isEqualTo(!trained);
    }
    assertThat(place.part(Part.AUDIO_PROJECTOR).dtype("model.mm_projector_a.0.weight"))
        .isEqualTo(Dtype.BF16);
    assertThat(Files.readString(to.resolve("README.md")))
        .contains("Weights were rounded from 4-byte floats to bfloat16.")
        .contains("Some parts are left out.");
  }

  @Test
  void a_part_alone_comes_out_as_the_file_that_the_reference_looks_for() throws Exception {
    assertThat(export("--parts", "audio-projector", "--format", "bin")).isZero();
    assertThat(to.resolve("mm_projector_a.safetensors")).doesNotExist();
    try (Parameters written =
            Parameters.allocate(config.model().specs().get(Part.AUDIO_PROJECTOR));
        Parameters loaded = Parameters.allocate(written.specs())) {
      written.initialise(3);
      WeightPlace.open(to.resolve("mm_projector_a.bin")).load(Map.of(Part.AUDIO_PROJECTOR, loaded));
      for (ParameterSpec spec : written.specs()) {
        assertThat(loaded.pieces(spec.name()))
            .as(spec.name())
            .isEqualTo(written.pieces(spec.name()));
      }
    }
    // An export over it leaves no file of the other kind to be read in its place.
    assertThat(export("--parts", "audio-projector")).isZero();
    assertThat(to.resolve("mm_projector_a.bin")).doesNotExist();
  }

  @Test
  void a_stage_that_is_not_finished_is_refused() throws Exception {
    Files.delete(run.resolve("stage5-audio-finetune/result.json"));
    CommandLine command = new CommandLine(new ExportCommand());
    StringBuilder told = new StringBuilder();
    command.setExecutionExceptionHandler(
        (e, line, result) -> {
          assertThat(e).isInstanceOf(BadCheckpoint.class);
          told.append(e.getMessage());
          return 4;
        });
    String[] arguments = {"--to", to.toString(), "--set", "run=" + run, FILE.toString()};
    assertThat(command.execute(arguments)).isEqualTo(4);
    assertThat(told.toString()).startsWith("Cannot export stage5-audio-finetune: it is not fin");
  }
}
