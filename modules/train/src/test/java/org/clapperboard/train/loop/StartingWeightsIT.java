package org.clapperboard.train.loop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.apache.hadoop.conf.Configuration;
import org.clapperboard.config.ConfigFile;
import org.clapperboard.data.storage.Folder;
import org.clapperboard.model.ModelConfig;
import org.clapperboard.model.Part;
import org.clapperboard.model.VideoLlama2;
import org.clapperboard.model.engine.TorchEngine;
import org.clapperboard.model.weights.Dtype;
import org.clapperboard.model.weights.FreshStart;
import org.clapperboard.model.weights.ParameterSpec;
import org.clapperboard.model.weights.Parameters;
import org.clapperboard.model.weights.Safetensors;
import org.clapperboard.model.weights.SafetensorsWriter;
import org.clapperboard.model.weights.TensorSource;
import org.clapperboard.train.checkpoint.PartWeights;
import org.clapperboard.train.checkpoint.WeightFile;
import org.clapperboard.train.config.StageConfig;
import org.clapperboard.train.optimizer.OptimizerConfig;
import org.clapperboard.train.optimizer.ShardedAdamW;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A stage whose language model is somebody's in bfloat16, frozen; whose audio encoder, frozen, and
 * projector are an earlier stage's.
 */
class StartingWeightsIT {
  private static final String STAGE =
      """
      stage: stage5
      run: RUN
      seed: 3
      precision: PRECISION
      model:
        language-model: {family: qwen2, vocabulary: 40, width: 16, layers: 1, heads: 2, kv-heads: 1, mlp-width: 8, rope-theta: 100}
        audio-encoder: {width: 12, patch-width: 6, layers: 1, heads: 3, mlp-width: 18,
          position-kernel: 4, position-groups: 2, buckets: 16, max-distance: 9}
        audio-projector: {type: linear}
      train: [audio-projector]
      weights: {from: stage4, language-model: RUN/outside/lm.safetensors}
      data:
        streams: [{name: sounds, datasets: [a]}]
      batch: {global: 16, micro: 4}
      steps: 10
      optimizer: {lr: 1e-3}
      checkpoint: {}
      cluster: {ranks: 2}
      """;

  @TempDir private Path run;
  private Folder folder;
  private ModelConfig shape;

  @BeforeEach
  void start() {
    TorchEngine.start(1);
    folder = Folder.of(run.toString(), new Configuration());
    shape = config("fp32").model();
  }

  private StageConfig config(String precision) {
    String yaml = STAGE.replace("RUN", run.toString()).replace("PRECISION", precision);
    return ConfigFile.ofText(Path.of("stage.yaml"), yaml, List.of()).read(StageConfig::read);
  }

  private StartingWeights starting(String precision, Dtype outside) throws IOException {
    Path file = Files.createDirectories(run.resolve("outside")).resolve("lm.safetensors");
    try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(file))) {
      new SafetensorsWriter(outside).add(fresh(Part.LANGUAGE_MODEL)).write(out, Map.of());
    }
    Map<Part, WeightFile> files =
        Map.of(
            Part.AUDIO_ENCODER, written(Part.AUDIO_ENCODER),
            Part.AUDIO_PROJECTOR, written(Part.AUDIO_PROJECTOR));
    Job job =
        new Job(
            config(precision),
            "inputs",
            10,
            List.of(),
            Map.of(),
            Map.of(),
            Map.of(),
            files,
            null,
            null,
            "attempt");
    return new StartingWeights(job, folder, 0, 1, null);
  }

  private List<ParameterSpec> specs(Part part) {
    return shape.specs().get(part);
  }

  private TensorSource fresh(Part part) {
    return FreshStart.of(specs(part), 9);
  }

  private WeightFile written(Part part) throws IOException {
    return PartWeights.write(specs(part), fresh(part), folder, "stage4", part);
  }

  private static float[] values(TensorSource source, ParameterSpec spec) {
    FloatBuffer values = FloatBuffer.allocate((int) spec.elements());
    source.read(spec.name(), values);
    return values.array();
  }

  @Test
  void in_float32_all_is_as_it_is_stored() throws Exception {
    try (VideoLlama2 model = starting("fp32", Dtype.F32).model()) {
      model
          .parameters()
          .forEach(
              (part, parameters) -> {
                assertThat(parameters.dtype()).isEqualTo(Dtype.F32);
                for (ParameterSpec spec : parameters.specs()) {
                  assertThat(values(parameters, spec)).isEqualTo(values(fresh(part), spec));
                }
              });
    }
  }

  @Test
  void in_bfloat16_all_is_rounded_once_and_masters_are_not() throws Exception {
    StartingWeights start = starting("bf16", Dtype.F32);
    try (VideoLlama2 model = start.model()) {
      model
          .parameters()
          .forEach(
              (part, parameters) -> {
                try (Parameters rounded = Parameters.allocate(specs(part), Dtype.BF16)) {
                  rounded.load(fresh(part));
                  for (ParameterSpec spec : parameters.specs()) {
                    assertThat(values(parameters, spec)).isEqualTo(values(rounded, spec));
                  }
                }
              });
      Parameters projector = model.parameters().get(Part.AUDIO_PROJECTOR);
      OptimizerConfig settings = new OptimizerConfig(1, 0.9, 0.999, 1e-8, 0, 1);
      try (ShardedAdamW optimizer =
          new ShardedAdamW(
              projector, ShardedAdamW.slices(projector, 1), 0, settings, name -> true)) {
        start.startMasters(Map.of(Part.AUDIO_PROJECTOR.key(), optimizer));
        FloatBuffer masters = FloatBuffer.allocate((int) projector.elements());
        optimizer.values().read(0, masters);
        masters.flip();
        for (ParameterSpec spec : projector.specs()) {
          float[] one = new float[(int) spec.elements()];
          masters.get(one);
          assertThat(one).isEqualTo(values(fresh(Part.AUDIO_PROJECTOR), spec));
        }
      }
    }
  }

  @Test
  void what_is_frozen_and_lies_in_a_file_as_bfloat16_is_mapped_and_kept_so() throws Exception {
    StartingWeights start = starting("bf16", Dtype.BF16);
    try (VideoLlama2 model = start.model()) {
      Parameters language = model.parameters().get(Part.LANGUAGE_MODEL);
      assertThatThrownBy(language::flat)
          .hasMessage("mapped, joined or hollow parameters have no flat buffer");
      assertThat(model.parameters().get(Part.AUDIO_PROJECTOR).flat().size()).isPositive();
      WeightFile kept =
          PartWeights.write(
              language.specs(),
              start.unrounded(Part.LANGUAGE_MODEL, language),
              folder,
              "stage5",
              Part.LANGUAGE_MODEL);
      Safetensors file = Safetensors.open(run.resolve(kept.location()));
      for (ParameterSpec spec : language.specs()) {
        assertThat(file.dtype(spec.name())).isEqualTo(Dtype.BF16);
        assertThat(values(file, spec)).isEqualTo(values(language, spec));
      }
    }
  }

  @Test
  void what_is_frozen_is_kept_for_later_stages_unrounded() throws Exception {
    StartingWeights start = starting("bf16", Dtype.F32);
    try (VideoLlama2 model = start.model()) {
      Parameters language = model.parameters().get(Part.LANGUAGE_MODEL);
      TensorSource source = start.unrounded(Part.LANGUAGE_MODEL, language);
      for (ParameterSpec spec : language.specs()) {
        assertThat(source.dtype(spec.name())).isEqualTo(Dtype.F32);
        assertThat(values(source, spec)).isEqualTo(values(fresh(Part.LANGUAGE_MODEL), spec));
      }
    }
  }
}
