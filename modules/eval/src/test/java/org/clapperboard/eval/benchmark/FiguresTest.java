package org.clapperboard.eval.benchmark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.Map;
import org.clapperboard.eval.benchmark.AnswerRule.Kind;
import org.clapperboard.eval.benchmark.ExamRule.Decoding;
import org.clapperboard.eval.benchmark.ExamRule.Metric;
import org.junit.jupiter.api.Test;

class FiguresTest {
  private static final Judged YES = new Judged(true, 4.0);
  private static final Judged NO = new Judged(false, 1.0);
  private static final Judged UNSURE = new Judged(null, 2.0);

  private static ExamRule exam(Metric metric) {
    return new ExamRule(
        0,
        Decoding.GREEDY,
        "",
        new AnswerRule(Kind.OPEN, null),
        metric,
        List.of(),
        false,
        null,
        List.of("qa"),
        "",
        null,
        Map.of());
  }

  private static Figure figure(Metric metric, String name, Judged... verdicts) {
    return Figures.judged(exam(metric), Map.of("qa", List.of(verdicts))).named(name);
  }

  @Test
  void what_a_judge_did_not_say_counts_as_wrong_only_where_the_exam_says_so() {
    Judged[] verdicts = {YES, NO, UNSURE, Judged.NOTHING, YES};
    Figure judged = figure(Metric.JUDGED, "accuracy", verdicts);
    assertThat(judged.value()).isCloseTo(66.66667, within(1e-5));
    assertThat(judged.count()).isEqualTo(3);
    Figure all = figure(Metric.JUDGED_OF_ALL, "accuracy", verdicts);
    assertThat(all.value()).isEqualTo(40);
    assertThat(all.count()).isEqualTo(5);
    assertThat(figure(Metric.JUDGED, "score", verdicts).value()).isEqualTo(11 / 4.0);
    assertThat(figure(Metric.JUDGED, "unjudged", verdicts).value()).isEqualTo(20);
  }

  @Test
  void f1_is_the_harmonic_mean_of_recall_and_precision() {
    Figures figures = Figures.events(0.75, 4, 0.5, 3);
    assertThat(figures.named("f1").value()).isEqualTo(60);
    assertThat(figures.named("f1").count()).isEqualTo(3);
    assertThat(figures.named("recall").count()).isEqualTo(4);
    assertThat(Figures.events(0, 4, 0, 4).named("f1").value()).isZero();
    assertThat(figures.named("accuracy")).isNull();
  }
}
