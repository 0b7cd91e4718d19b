package org.clapperboard.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.clapperboard.config.ConfigFile;
import org.clapperboard.model.adapter.Lora;
import org.clapperboard.model.adapter.LoraConfig;
import org.clapperboard.model.adapter.RowSeeds;
import org.clapperboard.model.engine.Pack;
import org.clapperboard.model.engine.Tape;
import org.clapperboard.model.engine.Tape.Activations;
import org.clapperboard.model.engine.TorchEngine;
import org.clapperboard.model.language.LanguageModel;
import org.clapperboard.model.weights.Dtype;
import org.clapperboard.model.weights.ParameterSpec;
import org.clapperboard.model.weights.Parameters;
import org.clapperboard.model.weights.Parameters.Trainable;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Samples that share rows against the same samples in rows of their own, padded. */
class PackedRowsIT {
  private static final String MODEL =
      """
      vision-encoder: {family: clip, image-size: 16, patch-size: 8, width: 12, layers: 2, heads: 3,
        mlp-width: 8}
      vision-connector: {type: stc_connector, depth: 1}
      audio-encoder: {width: 12, patch-width: 6, layers: 2, heads: 3, mlp-width: 18,
        position-kernel: 4, position-groups: 2, buckets: 16, max-distance: 9}
      audio-projector: {type: mlp2x_gelu}
      language-model: {vocabulary: 40, width: 16, layers: 3, heads: 4, kv-heads: 2,
        mlp-width: 24, rope-theta: 100, embedding-start: 0.5, %s}
      """;
  private static final List<String> FAMILIES =
      List.of(
          "family: llama",
          "family: mistral",
          "family: mistral, look-back: 3",
          "family: qwen2",
          "family: mixtral, experts: {count: 3, preferred: 2, balance: 0.1}",
          "family: mixtral, look-back: 4, experts: {count: 3, preferred: 2}",
          "family: gemma2, look-back: 3, caps: {query-width: 4}",
          "family: phi3, look-back: 5");
  private static final int[] PLACES = {7, 3, 11, 0, 5, 40};

  @BeforeAll
  static void start() {
    TorchEngine.start(1);
  }

  static Stream<Arguments> models() {
    return FAMILIES.stream()
        .flatMap(
            family ->
                Stream.of(Dtype.F32, Dtype.BF16)
                    .flatMap(
                        dtype ->
                            Stream.of(true, false).map(lora -> Arguments.of(family, dtype, lora))));
  }

  static VideoLlama2 model(String family, Dtype dtype, boolean lora) {
    ModelConfig shape =
        ConfigFile.ofText(Path.of("x.yaml"), MODEL.formatted(family), List.of())
            .read(ModelConfig::read);
    Map<Part, Parameters> parts = new EnumMap<>(Part.class);
    Map<Part, Lora> adapters = new EnumMap<>(Part.class);
    shape.specs().forEach((part, specs) -> parts.put(part, fresh(specs, dtype, 4)));
    for (Part part : lora ? Part.ADAPTABLE : List.<Part>of()) {
      LoraConfig config = new LoraConfig(3, 7, 0.3, List.of());
      Parameters parameters = fresh(Lora.specs(config, shape.specs().get(part)), dtype, 6);
      for (ParameterSpec spec : parameters.specs()) {
        SplittableRandom random = new SplittableRandom(spec.name().hashCode());
        FloatBuffer values = FloatBuffer.allocate((int) spec.elements());
        while (values.hasRemaining()) {
          values.put((float) random.nextDouble(-0.3, 0.3));
        }
        parameters.elements(spec.name()).write(0, values.flip());
      }
      adapters.put(part, new Lora(config, parameters));
    }
    return VideoLlama2.of(shape, parts, adapters);
  }

  private static Parameters fresh(List<ParameterSpec> specs, Dtype dtype, long seed) {
    Parameters parameters = Parameters.allocate(specs, dtype);
    parameters.initialise(seed);
    return parameters;
  }

  /** The rows of unequal length, three, one and two of them together. */
  private static List<List<Example>> packed(List<Example> rows) {
    return List.of(rows.subList(0, 3), rows.subList(3, 4), rows.subList(4, 6));
  }

  /** What a pass leaves: the total, each sample's loss, and the gradients of all that trains. */
  record Pass(double total, float[] losses, double[] gradients) {}

  static Pass pass(
      Supplier<VideoLlama2> maker, boolean lora, boolean packed, Activations activations) {
    Pack tensors = Pack.load("tensors");
    try (VideoLlama2 model = maker.get();
        NDManager scope = TorchEngine.newScope()) {
      List<Parameters> trained = new ArrayList<>();
      model
          .parameters()
          .forEach(
              (part, parameters) -> {
                boolean listens = part == Part.VISION_CONNECTOR || part == Part.AUDIO_PROJECTOR;
                if (part != Part.VISION_ENCODER && (!lora || listens)) {
                  trained.add(parameters);
                }
              });
      model.adapters().values().forEach(adapter -> trained.add(adapter.parameters()));
      trained.forEach(parameters -> parameters.trainable(Trainable.YES));
      RowSeeds seeds = new RowSeeds(17, PLACES);
      List<Example> rows = MixedRowsIT.rows();
      LanguageModel.Loss loss =
          TorchEngine.withGradients(
              () -> {
                List<List<Example>> cut =
                    packed ? packed(rows) : rows.stream().map(List::of).toList();
                Tape tape = new Tape(activations);
                LanguageModel.Loss made = model.packedLoss(scope, cut, seeds, tape);
                tape.backward(scope, made.total());
                return made;
              });
      List<Double> gradients = new ArrayList<>();
      for (Parameters parameters : trained) {
        for (ParameterSpec spec : parameters.specs()) {
          try (NDArray gradient = parameters.tensor(spec.name()).getGradient()) {
            for (float value : tensors.tensor(scope, "to", gradient, 6).toFloatArray()) {
              gradients.add((double) value);
            }
          }
        }
      }
      return new Pass(
          loss.total().getFloat(),
          loss.byRow().toFloatArray(),
          gradients.stream().mapToDouble(g -> g).toArray());
    }
  }

  @ParameterizedTest
  @MethodSource("models")
  void losses_and_gradients_are_those_of_rows_of_their_own(
      String family, Dtype dtype, boolean lora) {
    Supplier<VideoLlama2> maker = () -> model(family, dtype, lora);
    Pass apart = pass(maker, lora, false, Activations.KEEP);
    Pass together = pass(maker, lora, true, Activations.KEEP);
    double tolerance = MixedRowsIT.tolerance(dtype);
    assertThat(together.losses()).hasSize(6);
    assertThat(together.total()).isCloseTo(apart.total(), within(tolerance * apart.total()));
    for (int sample = 0; sample < 6; sample++) {
      assertThat((double) together.losses()[sample])
          .as("sample %d", sample)
          .isCloseTo(apart.losses()[sample], within(tolerance * apart.losses()[sample]));
    }
    double squares = 0;
    double distance = 0;
    for (int i = 0; i < apart.gradients().length; i++) {
      double difference = together.gradients()[i] - apart.gradients()[i];
      squares += apart.gradients()[i] * apart.gradients()[i];
      distance += difference * difference;
    }
    assertThat(squares).isPositive();
    assertThat(Math.sqrt(distance / squares)).isLessThan(tolerance);
  }

  @ParameterizedTest
  @MethodSource("models")
  void other_neighbours_do_not_change_a_bit_of_a_samples_loss(
      String family, Dtype dtype, boolean lora) {
    List<Example> rows = MixedRowsIT.rows();
    List<Example> others = new ArrayList<>(rows);
    int[] ids = {30, 31, 32, 33, 34, 35, 36};
    others.set(0, new Example(ids, ids, List.of()));
    assertThat(rows.get(0).ids()).hasSameSizeAs(ids);
    try (VideoLlama2 model = model(family, dtype, lora);
        NDManager scope = TorchEngine.newScope()) {
      RowSeeds seeds = new RowSeeds(17, PLACES);
      float[] before = model.packedLoss(scope, packed(rows), seeds).byRow().toFloatArray();
      float[] after = model.packedLoss(scope, packed(others), seeds).byRow().toFloatArray();
      assertThat(after[0]).isNotEqualTo(before[0]);
      for (int sample = 1; sample < 6; sample++) {
        assertThat(after[sample]).as("sample %d", sample).isEqualTo(before[sample]);
      }
      assertThat(rows.stream().mapToInt(model::length).toArray())
          .isEqualTo(model.splice(rows, Splice.Padding.RIGHT).lengths());
    }
  }
}
