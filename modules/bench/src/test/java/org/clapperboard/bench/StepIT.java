package org.clapperboard.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import java.util.Optional;
import org.clapperboard.config.BadData;
import org.clapperboard.model.engine.Tape.Activations;
import org.clapperboard.model.engine.TorchEngine;
import org.clapperboard.model.weights.Dtype;
import org.clapperboard.train.optimizer.OptimizerState;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Training steps lose what PyTorch's do, to the digits that it was seen to print. */
class StepIT {
  private static StepCase tiny(Dtype dtype, StepCase.Stage stage, Activations kept) {
    return new StepCase(StepSizes.TINY, dtype, stage, kept, 1);
  }

  private static List<Double> losses(StepCase step) throws Exception {
    return losses(step, StepRun.Place.PROCESSORS);
  }

  private static List<Double> losses(StepCase step, StepRun.Place place) throws Exception {
    TorchEngine.start(1);
    try (StepRun run = new StepRun(step, place)) {
      return StepCase.losses(run.steps(StepCase.COMPARED));
    }
  }

  @Test
  void steps_lose_what_those_of_pytorch_lose() throws Exception {
    for (Activations kept : Activations.values()) {
      StepCase step = tiny(Dtype.F32, StepCase.Stage.LANGUAGE, kept);
      List<Double> found = losses(step);
      assertThat(found.get(0)).as("first, %s", kept).isCloseTo(6.943167, within(1e-5));
      assertThat(found.get(1)).as("second, %s", kept).isCloseTo(6.703966, within(1e-4));
      assertThat(found.get(2)).as("third, %s", kept).isCloseTo(6.467793, within(1e-4));
      step.check(found);
    }
  }

  @Test
  @Tag("full")
  void steps_of_the_small_model_do_so_too() throws Exception {
    for (Dtype dtype : List.of(Dtype.F32, Dtype.BF16)) {
      for (StepCase.Stage stage : StepCase.Stage.values()) {
        StepCase step = new StepCase(StepSizes.SMALL, dtype, stage, Activations.KEEP, 1);
        step.check(losses(step));
      }
    }
  }

  @Test
  void steps_on_copies_of_the_weights_lose_the_same() throws Exception {
    StepCase step = tiny(Dtype.BF16, StepCase.Stage.LANGUAGE, Activations.KEEP);
    for (OptimizerState state : List.of(OptimizerState.MEMORY, OptimizerState.DEVICE)) {
      assertThat(losses(step, new StepRun.Place("cpu", state))).isEqualTo(losses(step));
    }
  }

  @Test
  @Tag("gpu")
  void steps_on_a_gpu_lose_what_those_of_pytorch_lose() throws Exception {
    TorchEngine.start(1);
    Optional<String> lacking = TorchEngine.lackingFor(0);
    Assumptions.assumeTrue(lacking.isEmpty(), () -> "No GPU: " + lacking.orElseThrow());
    for (Dtype dtype : List.of(Dtype.F32, Dtype.BF16)) {
      StepCase step = tiny(dtype, StepCase.Stage.LANGUAGE, Activations.KEEP);
      for (OptimizerState state : List.of(OptimizerState.MEMORY, OptimizerState.DEVICE)) {
        step.check(losses(step, new StepRun.Place("cuda:0", state)));
      }
    }
  }

  @Test
  void steps_that_lose_something_else_are_refused() {
    StepCase step = tiny(Dtype.F32, StepCase.Stage.LANGUAGE, Activations.KEEP);
    assertThatThrownBy(() -> step.check(List.of(6.943167, 6.704266)))
        .isInstanceOf(BadData.class)
        .hasMessage(
            "Cannot measure tiny fp32, language, 1 thread: the loss of step 2 is 6.704266"
                + " (expected: the known ones, 6.703966, within 1e-04).");
    assertThatThrownBy(() -> step.check(List.of(Double.NaN)))
        .isInstanceOf(BadData.class)
        .hasMessageContaining("the loss of step 1 is NaN");
    assertThatThrownBy(() -> step.check(List.of(5.0), "PyTorch", List.of(6.0)))
        .isInstanceOf(BadData.class)
        .hasMessageContaining("5.000000 (expected: those of PyTorch, 6.000000, within 1e-05)");
  }

  @Test
  void steps_are_timed_beside_pytorch() throws Exception {
    String missing = PythonPeer.missing(PeerOption.DEBIAN, "torch");
    Assumptions.assumeTrue(missing == null, missing);
    JsonNode one = bench(PeerOption.DEBIAN).json().get("cases").get(0);
    JsonNode peer = one.get("step").get("PyTorch, head on labels");
    assertThat(peer.get("ours-to-it-cpu").get("median").asDouble()).isPositive();
    assertThat(one.get("layers").get("ours").get("gflops-per-cpu").get("median").asDouble())
        .isPositive();
  }

  @Test
  void steps_are_timed_alone_where_there_is_no_python() throws Exception {
    Figures figures = bench("/no/python");
    JsonNode ours = figures.json().get("cases").get(0).get("step").get("ours");
    assertThat(ours.properties().stream().map(e -> e.getKey()))
        .containsExactly(
            "cpu-ms", "ms", "gflops-per-cpu", "forward-ms", "backward-ms", "clip-ms", "update-ms");
    assertThat(figures.json().get("no-peer").asText()).contains("/no/python");
  }

  private static Figures bench(String python) throws Exception {
    List<StepCase> cases = List.of(tiny(Dtype.F32, StepCase.Stage.LANGUAGE, Activations.KEEP));
    return new StepBench(
            cases,
            List.of(StepBench.Setting.BEST),
            "usual",
            1,
            0.05,
            true,
            StepRun.Place.PROCESSORS,
            python)
        .run();
  }
}
