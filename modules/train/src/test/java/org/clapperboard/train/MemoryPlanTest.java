package org.clapperboard.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.nio.file.Path;
import java.util.List;
import org.clapperboard.config.ConfigFile;
import org.clapperboard.model.Part;
import org.clapperboard.model.weights.ParameterSpec;
import org.clapperboard.train.MemoryPlan.Longest;
import org.clapperboard.train.config.StageConfig;
import org.junit.jupiter.api.Test;

/** What a plan counts of layers in shards, against sums over single parameters. */
class MemoryPlanTest {
  private static final int RANKS = 4;
  private static final String STAGE =
      """
      stage: stage2
      run: runs/x
      seed: 3
      model:
        language-model: {family: qwen2, vocabulary: 40, width: 16, layers: 5, heads: 2, kv-heads: 1, mlp-width: 8, rope-theta: 100}
        audio-encoder: {}
        audio-projector: {type: linear}
      memory: {activations: recompute, sharding: SHARDING, bucket-megabytes: 0}
      train: [audio-projector, language-model]
      weights: {}
      data:
        streams: [{name: sounds, datasets: [a]}]
      batch: {global: 16, micro: 4}
      steps: 10
      optimizer: {lr: 1e-3}
      checkpoint: {}
      cluster: {ranks: 4}
      """;

  private static StageConfig config(String sharding) {
    return ConfigFile.ofText(Path.of("stage.yaml"), STAGE.replace("SHARDING", sharding), List.of())
        .read(StageConfig::read);
  }

  private static MemoryPlan plan(String sharding) {
    return MemoryPlan.of(config(sharding), new Longest(10, false, 0), 0, RANKS);
  }

  private static double elements(String inName) {
    return config("optimizer").model().specs().get(Part.LANGUAGE_MODEL).stream()
        .filter(spec -> spec.name().contains(inName))
        .mapToLong(ParameterSpec::elements)
        .sum();
  }

  @Test
  void gradients_in_shards_are_a_slice_and_two_buffers() {
    double saved = plan("optimizer").gradients() - plan("gradients").gradients();
    double layers = elements(".layers.");
    double buffers = 2 * elements(".layers.0.");
    assertThat(saved).isCloseTo(4 * (layers - layers / RANKS - buffers), within(1.0));
    assertThat(plan("gradients").weights()).isEqualTo(plan("optimizer").weights());
    assertThat(plan("gradients").state()).isEqualTo(plan("optimizer").state());
  }

  @Test
  void weights_in_shards_are_a_slice_and_two_buffers() {
    double saved = plan("optimizer").weights() - plan("parameters").weights();
    double layers = elements(".layers.");
    double buffers = 2 * elements(".layers.0.");
    assertThat(saved).isCloseTo(4 * (layers - layers / RANKS - buffers), within(1.0));
    assertThat(plan("parameters").gradients()).isEqualTo(plan("gradients").gradients());
  }

  @Test
  void inputs_of_layers_wait_for_all_samples_of_a_rank() {
    // Of a rank's 4 samples all are in the one micro-batch.
    assertThat(plan("gradients").passes()).isEqualTo(plan("optimizer").passes());
    MemoryPlan two = MemoryPlan.of(config("gradients"), new Longest(10, false, 0), 0, 2);
    MemoryPlan whole = MemoryPlan.of(config("optimizer"), new Longest(10, false, 0), 0, 2);
    assertThat(two.passes() - whole.passes()).isCloseTo(4 * 10 * 16 * 6 * 4, within(1.0));
  }
}
