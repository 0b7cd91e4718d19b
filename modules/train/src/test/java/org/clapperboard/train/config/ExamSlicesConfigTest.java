package org.clapperboard.train.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.clapperboard.train.config.StageConfigTest.SHORTEST;
import static org.clapperboard.train.config.StageConfigTest.problems;
import static org.clapperboard.train.config.StageConfigTest.read;

import java.util.List;
import org.clapperboard.train.config.ExamSlicesConfig.Slice;
import org.junit.jupiter.api.Test;

class ExamSlicesConfigTest {

  @Test
  void exam_slices_are_asked_only_of_those_that_name_sets() {
    assertThat(read(SHORTEST).examSlices()).isEqualTo(ExamSlicesConfig.NOTHING);
    ExamSlicesConfig told =
        read(SHORTEST
                + "exam-slices: {sets: [{name: b}, {name: c, dataset: d, prepared: /p,"
                + " benchmark: ../c.yaml, root: /r}]}\n")
            .examSlices();
    assertThat(told.everySteps()).isEqualTo(100);
    assertThat(told.samples()).isEqualTo(64);
    assertThat(told.maxNewTokens()).isEqualTo(32);
    assertThat(told.sets().get(0)).isEqualTo(new Slice("b", "b", "", "", ""));
    assertThat(told.sets().get(0).isBenchmark()).isFalse();
    Slice benchmark = told.sets().get(1);
    assertThat(benchmark.isBenchmark()).isTrue();
    assertThat(benchmark.dataset()).isEqualTo("d");
    assertThat(benchmark.benchmark()).endsWith("c.yaml").doesNotContain("conf");
    assertThat(List.of(benchmark.prepared(), benchmark.root())).containsExactly("/p", "/r");
  }

  @Test
  void exam_slices_that_say_nothing_are_refused() {
    assertThat(
            problems(
                "steps: 10",
                """
                steps: 10
                exam-slices: {every-steps: 0, samples: 0, max-new-tokens: 0,
                  sets: [{name: b}, {name: b, dataset: c}]}"""))
        .containsExactly(
            "conf/stage.yaml:14  exam-slices.every-steps is 0 (expected: at least 1).",
            "conf/stage.yaml:14  exam-slices.samples is 0 (expected: at least 1).",
            "conf/stage.yaml:14  exam-slices.max-new-tokens is 0 (expected: at least 1).",
            "conf/stage.yaml:15  exam-slices.sets[1].name is \"b\" (expected: a name that no other"
                + " set has).");
    assertThat(
            problems(
                "steps: 10",
                """
                steps: 10
                exam-slices:
                  sets:
                  - {name: x}
                  - {name: y, root: r}
                  - {name: z, set: q}"""))
        .containsExactly(
            "conf/stage.yaml:17  exam-slices.sets[1].root is \"r\" (expected: nothing, without a"
                + " benchmark whose files are there).",
            "conf/stage.yaml:18  exam-slices.sets[2].set is not a known key (expected: name, dataset,"
                + " prepared, benchmark or root).");
    assertThat(problems("steps: 10", "steps: 10\nexam-slices: {sets: [{name: x, dataset: a}]}"))
        .containsExactly(
            "conf/stage.yaml:14  exam-slices.sets[0].dataset is \"a\" (expected: a dataset that no"
                + " stream reads). The stream sounds learns from it: its answers would say nothing"
                + " of what was never seen.");
  }

  @Test
  void exam_slices_need_a_model_that_can_answer() {
    assertThat(
            problems(
                "train: [audio-projector]",
                "train: [audio-encoder]\nobjective: {kind: closed-answers}\n"
                    + "exam-slices: {sets: [{name: b}]}"))
        .containsExactly(
            "conf/stage.yaml:10  exam-slices is a section (expected: nothing, with closed answers)."
                + " Its heads say nothing in words, and the language model learns nothing.");
    assertThat(
            problems(
                "checkpoint: {}",
                "memory: {sharding: parameters, activations: recompute}\n"
                    + "exam-slices: {sets: [{name: b}]}\ncheckpoint: {}"))
        .containsExactly(
            "conf/stage.yaml:16  exam-slices is a section (expected: nothing, with memory.sharding:"
                + " parameters). No rank has all weights to answer with then. Evaluate a checkpoint"
                + " instead, or choose memory.sharding: gradients.");
  }
}
