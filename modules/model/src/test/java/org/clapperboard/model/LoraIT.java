package org.clapperboard.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import org.clapperboard.config.ConfigFile;
import org.clapperboard.model.Example.Media;
import org.clapperboard.model.adapter.Lora;
import org.clapperboard.model.adapter.LoraConfig;
import org.clapperboard.model.adapter.MergedTensors;
import org.clapperboard.model.adapter.RowSeeds;
import org.clapperboard.model.engine.TorchEngine;
import org.clapperboard.model.weights.Dtype;
import org.clapperboard.model.weights.ParameterSpec;
import org.clapperboard.model.weights.Parameters;
import org.clapperboard.model.weights.Parameters.Trainable;
import org.clapperboard.model.weights.TensorSource;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Models with adapters against models whose weights are the dense sums. */
class LoraIT {
  private static final String MODEL =
      """
      audio-encoder: {width: 12, patch-width: 6, layers: 2, heads: 3, mlp-width: 18,
        position-kernel: 4, position-groups: 2, buckets: 16, max-distance: 9, layer-drop: 0.5}
      audio-projector: {type: linear}
      language-model: {vocabulary: 40, width: 16, layers: 2, heads: 4, kv-heads: 2,
        mlp-width: 24, rope-theta: 100, embedding-start: 0.5, %s}
      """;
  private static final String QWEN2 = "family: qwen2";
  private static final String MIXTRAL =
      "family: mixtral, experts: {count: 3, preferred: 2, balance: 0.1}";
  private static final LoraConfig LANGUAGE = new LoraConfig(3, 7, 0.3, List.of());
  private static final LoraConfig AUDIO = new LoraConfig(2, 5, 0.2, List.of());

  @BeforeAll
  static void start() {
    TorchEngine.start(1);
  }

  private static ModelConfig shape(String family) {
    String text = MODEL.formatted(family);
    return ConfigFile.ofText(Path.of("x.yaml"), text, List.of()).read(ModelConfig::read);
  }

  /** The fresh weights of a model, in memory. */
  private static Map<Part, Parameters> base(ModelConfig shape, Dtype dtype) {
    Map<Part, Parameters> parts = new EnumMap<>(Part.class);
    shape
        .specs()
        .forEach(
            (part, specs) -> {
              Parameters parameters = Parameters.allocate(specs, dtype);
              parameters.initialise(4);
              parts.put(part, parameters);
            });
    return parts;
  }

  private static LoraConfig config(Part part, List<String> targets) {
    LoraConfig config = part == Part.LANGUAGE_MODEL ? LANGUAGE : AUDIO;
    return new LoraConfig(config.rank(), config.alpha(), config.dropout(), targets);
  }

  /** Adapters of all parts that can have one; B is not zero unless they are fresh. */
  private static Map<Part, Lora> adapters(
      ModelConfig shape, Dtype dtype, boolean fresh, List<String> targets) {
    Map<Part, Lora> adapters = new EnumMap<>(Part.class);
    for (Part part : Part.ADAPTABLE) {
      LoraConfig config = config(part, targets);
      List<ParameterSpec> specs = Lora.specs(config, shape.specs().get(part));
      Parameters parameters = Parameters.allocate(specs, dtype);
      parameters.initialise(6);
      for (ParameterSpec spec : specs) {
        if (!fresh && spec.name().contains("lora_B")) {
          float[] values = numbers(spec.elements(), spec.name().hashCode(), 0.4);
          parameters.elements(spec.name()).write(0, FloatBuffer.wrap(values));
        }
      }
      adapters.put(part, new Lora(config, parameters));
    }
    return adapters;
  }

  private static VideoLlama2 adapted(String family, boolean fresh) {
    ModelConfig shape = shape(family);
    Map<Part, Lora> adapters = adapters(shape, Dtype.F32, fresh, List.of());
    return VideoLlama2.of(shape, base(shape, Dtype.F32), adapters);
  }

  /** The same model with the sums of weights and adapters, made by hand in double precision. */
  private static VideoLlama2 dense(VideoLlama2 adapted) {
    VideoLlama2 dense = VideoLlama2.allocate(adapted.config());
    dense
        .parameters()
        .forEach(
            (part, parameters) -> {
              parameters.load(adapted.parameters().get(part));
              Lora lora = adapted.adapters().get(part);
              for (ParameterSpec spec : parameters.specs()) {
                if (lora != null && lora.parameters().has(a(spec.name()))) {
                  float[] sum = sum(parameters, lora, spec);
                  parameters.elements(spec.name()).write(0, FloatBuffer.wrap(sum));
                }
              }
            });
    return dense;
  }

  private static String a(String weight) {
    return "base_model.model." + weight.replaceFirst("weight$", "lora_A.weight");
  }

  private static String b(String weight) {
    return "base_model.model." + weight.replaceFirst("weight$", "lora_B.weight");
  }

  private static float[] sum(TensorSource base, Lora lora, ParameterSpec spec) {
    float[] sum = values(base, spec.name());
    float[] a = values(lora.parameters(), a(spec.name()));
    float[] b = values(lora.parameters(), b(spec.name()));
    int rank = lora.config().rank();
    int columns = (int) spec.shape().get(1);
    for (int i = 0; i < sum.length; i++) {
      double added = 0;
      for (int k = 0; k < rank; k++) {
        added += (double) b[i / columns * rank + k] * a[k * columns + i % columns];
      }
      sum[i] += (float) (added * lora.config().alpha() / rank);
    }
    return sum;
  }

  private static float[] values(TensorSource source, String name) {
    FloatBuffer values = FloatBuffer.allocate((int) source.shape(name).size());
    source.read(name, values);
    return values.array();
  }

  private static float[] numbers(long count, long seed, double bound) {
    SplittableRandom random = new SplittableRandom(seed);
    float[] numbers = new float[(int) count];
    for (int i = 0; i < numbers.length; i++) {
      numbers[i] = (float) random.nextDouble(-bound, bound);
    }
    return numbers;
  }

  /** Rows of different lengths: a sound, text alone, another sound. */
  private static List<Example> rows() {
    int no = Example.IGNORED;
    return List.of(
        new Example(
            new int[] {3, Example.AUDIO, 7, 9}, new int[] {no, no, 7, 9}, List.of(sound(1))),
        new Example(new int[] {3, 5, 8, 2, 7, 9}, new int[] {no, no, 8, 2, 7, 9}, List.of()),
        new Example(
            new int[] {Example.AUDIO, 12, 9, 30, 31},
            new int[] {no, 12, 9, 30, 31},
            List.of(sound(2))));
  }

  private static Media sound(long seed) {
    return new Media(null, FloatBuffer.wrap(numbers(32L * VideoLlama2.MEL_BINS, seed, 9)));
  }

  private static float loss(VideoLlama2 model) {
    try (NDManager scope = TorchEngine.newScope()) {
      return model.loss(scope, rows()).total().getFloat();
    }
  }

  private static float[] byRow(VideoLlama2 model, List<Example> rows, RowSeeds seeds) {
    try (NDManager scope = TorchEngine.newScope()) {
      return model.loss(scope, rows, seeds).byRow().toFloatArray();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {QWEN2, MIXTRAL, "family: phi3"})
  void a_fresh_adapter_changes_nothing_bit_for_bit(String family) {
    ModelConfig shape = shape(family);
    try (VideoLlama2 plain = VideoLlama2.of(shape, base(shape, Dtype.F32));
        VideoLlama2 fresh = adapted(family, true);
        VideoLlama2 other = adapted(family, false)) {
      assertThat(loss(fresh)).isEqualTo(loss(plain));
      assertThat(loss(other)).isNotEqualTo(loss(plain));
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        QWEN2,
        MIXTRAL,
        "family: llama",
        "family: mistral, look-back: 2",
        "family: gemma2, caps: {query-width: 4}",
        "family: phi3"
      })
  void loss_and_gradients_are_those_of_the_dense_sum(String family) {
    try (VideoLlama2 model = adapted(family, false);
        VideoLlama2 dense = dense(model)) {
      model.adapters().values().forEach(lora -> lora.parameters().trainable(Trainable.YES));
      dense.parameters().values().forEach(parameters -> parameters.trainable(Trainable.YES));
      assertThat(backward(model)).isCloseTo(backward(dense), within(1e-4f));
      assertThat(loss(model)).isCloseTo(loss(dense), within(1e-4f));
      model.adapters().forEach((part, lora) -> assertSlopes(lora, dense.parameters().get(part)));
    }
  }

  /** Sums the batch's loss and leaves its gradients. */
  private static float backward(VideoLlama2 model) {
    return TorchEngine.withGradients(
        () -> {
          try (NDManager scope = TorchEngine.newScope()) {
            NDArray total = model.loss(scope, rows()).total();
            GoldenParts.backward(scope, total);
            return total.getFloat();
          }
        });
  }

  /** The slope of B is factor G At, that of A is factor Bt G, where G is the slope of the sum. */
  private static void assertSlopes(Lora lora, Parameters dense) {
    int rank = lora.config().rank();
    double factor = lora.config().alpha() / rank;
    int compared = 0;
    for (ParameterSpec spec : dense.specs()) {
      if (lora.parameters().has(a(spec.name()))) {
        int rows = (int) spec.shape().get(0);
        int columns = (int) spec.shape().get(1);
        float[] slope = gradient(dense, spec.name());
        float[] a = values(lora.parameters(), a(spec.name()));
        float[] b = values(lora.parameters(), b(spec.name()));
        double[] ofA = new double[rank * columns];
        double[] ofB = new double[rows * rank];
        for (int i = 0; i < rows; i++) {
          for (int j = 0; j < columns; j++) {
            for (int k = 0; k < rank; k++) {
              ofA[k * columns + j] += factor * b[i * rank + k] * slope[i * columns + j];
              ofB[i * rank + k] += factor * a[k * columns + j] * slope[i * columns + j];
            }
          }
        }
        assertClose(spec.name(), gradient(lora.parameters(), a(spec.name())), ofA);
        assertClose(spec.name(), gradient(lora.parameters(), b(spec.name())), ofB);
        compared++;
      }
    }
    assertThat(2 * compared).isEqualTo(lora.parameters().specs().size());
  }

  private static void assertClose(String name, float[] actual, double[] expected) {
    double largest = 0;
    for (double value : expected) {
      largest = Math.max(largest, Math.abs(value));
    }
    assertThat(largest).as("gradient of the adapter of %s", name).isPositive();
    for (int i = 0; i < actual.length; i++) {
      assertThat((double) actual[i]).as(name).isCloseTo(expected[i], within(1e-4 * largest + 1e-6));
    }
  }

  private static float[] gradient(Parameters parameters, String name) {
    try (NDArray gradient = parameters.tensor(name).getGradient()) {
      return gradient.toFloatArray();
    }
  }

  @Test
  void a_router_has_an_adapter_when_it_is_asked_for() {
    ModelConfig shape = shape(MIXTRAL);
    LoraConfig config = new LoraConfig(2, 4, 0, List.of("gate"));
    List<ParameterSpec> specs = Lora.specs(config, shape.specs().get(Part.LANGUAGE_MODEL));
    Parameters parameters = Parameters.allocate(specs);
    parameters.initialise(1);
    for (ParameterSpec spec : specs) {
      float[] values = numbers(spec.elements(), 3, 0.5);
      parameters.elements(spec.name()).write(0, FloatBuffer.wrap(values));
    }
    Map<Part, Lora> adapters = Map.of(Part.LANGUAGE_MODEL, new Lora(config, parameters));
    try (VideoLlama2 model = VideoLlama2.of(shape, base(shape, Dtype.F32), adapters);
        VideoLlama2 dense = dense(model);
        VideoLlama2 plain = VideoLlama2.of(shape, base(shape, Dtype.F32))) {
      assertThat(loss(model)).isCloseTo(loss(dense), within(1e-4f)).isNotEqualTo(loss(plain));
    }
  }

  @Test
  void merged_tensors_are_the_sums_wherever_a_read_begins() {
    try (VideoLlama2 model = adapted(QWEN2, false);
        VideoLlama2 dense = dense(model)) {
      model
          .adapters()
          .forEach(
              (part, lora) -> {
                TensorSource merged =
                    MergedTensors.of(
                        model.parameters().get(part),
                        lora.parameters(),
                        lora.config().rank(),
                        lora.config().factor());
                for (String name : merged.names()) {
                  float[] whole = values(merged, name);
                  float[] expected = values(dense.parameters().get(part), name);
                  for (int i = 0; i < whole.length; i++) {
                    assertThat(whole[i]).as(name).isCloseTo(expected[i], within(2e-6f));
                  }
                  FloatBuffer some = FloatBuffer.allocate(whole.length / 3 + 1);
                  some.position(1);
                  merged.read(name, whole.length / 2, some);
                  for (int i = 1; i < some.limit(); i++) {
                    assertThat(some.get(i)).isEqualTo(whole[whole.length / 2 + i - 1]);
                  }
                }
              });
    }
  }

  @Test
  void a_generator_answers_as_with_the_sum() {
    try (VideoLlama2 model = adapted(QWEN2, false);
        VideoLlama2 dense = dense(model)) {
      List<Example> prompts =
          rows().stream().map(row -> new Example(row.ids(), row.labels(), row.media())).toList();
      List<int[]> expected = new Generator(dense, Set.of(), 6).answer(prompts);
      List<int[]> answers = new Generator(model, Set.of(), 6).answer(prompts);
      for (int row = 0; row < expected.size(); row++) {
        assertThat(answers.get(row)).isEqualTo(expected.get(row));
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {QWEN2, MIXTRAL})
  void what_dropout_leaves_out_belongs_to_the_samples_place_and_not_to_its_micro_batch(
      String family) {
    try (VideoLlama2 model = adapted(family, false)) {
      int[] places = {5, 2, 9};
      RowSeeds seeds = new RowSeeds(17, places);
      float[] together = byRow(model, rows(), seeds);
      assertThat(byRow(model, rows(), seeds)).isEqualTo(together);
      float[] whole = byRow(model, rows(), new RowSeeds(18, places));
      for (int row = 0; row < 3; row++) {
        List<Example> one = rows().subList(row, row + 1);
        assertThat(byRow(model, one, seeds.of(row))[0])
            .as("row %s", row)
            .isCloseTo(together[row], within(2e-5f));
        assertThat(byRow(model, one, new RowSeeds(17, new int[] {row}))[0])
            .as("row %s elsewhere", row)
            .isNotCloseTo(together[row], within(1e-3f));
        assertThat(whole[row]).as("another step").isNotCloseTo(together[row], within(1e-3f));
      }
    }
  }

  @Test
  void dropout_of_nothing_is_none_and_a_frozen_encoder_drops_no_layers() {
    ModelConfig shape = shape(QWEN2);
    Map<Part, Lora> adapters = new LinkedHashMap<>();
    adapters(shape, Dtype.F32, false, List.of())
        .forEach(
            (part, lora) -> {
              LoraConfig dry =
                  new LoraConfig(lora.config().rank(), lora.config().alpha(), 0, List.of());
              adapters.put(part, new Lora(dry, lora.parameters()));
            });
    try (VideoLlama2 model = VideoLlama2.of(shape, base(shape, Dtype.F32), adapters);
        NDManager scope = TorchEngine.newScope()) {
      float[] expected = model.loss(scope, rows()).byRow().toFloatArray();
      for (long step = 0; step < 4; step++) {
        assertThat(byRow(model, rows(), RowSeeds.ofFirst(step, 3))).isEqualTo(expected);
      }
    }
  }

  @Test
  void in_bfloat16_the_loss_is_that_of_float32_within_its_rounding() {
    ModelConfig shape = shape(QWEN2);
    Map<Part, Lora> halves = adapters(shape, Dtype.BF16, false, List.of());
    try (VideoLlama2 whole = adapted(QWEN2, false);
        VideoLlama2 half = VideoLlama2.of(shape, base(shape, Dtype.BF16), halves)) {
      assertThat(loss(half)).isNotEqualTo(loss(whole)).isCloseTo(loss(whole), within(0.5f));
      float[] expected = byRow(whole, rows(), RowSeeds.ofFirst(3, 3));
      float[] actual = byRow(half, rows(), RowSeeds.ofFirst(3, 3));
      for (int row = 0; row < 3; row++) {
        assertThat(actual[row]).isCloseTo(expected[row], within(0.3f));
      }
    }
  }
}
