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
  void without_any_event_found_f1_is_zero_and_without_any_verdict_it_is_none() {
    List<Judged> none = List.of(new Judged(null, 0.0));
    assertThat(Figures.events(none, none).named("f1").value()).isZero();
    List<Judged> silent = List.of(Judged.NOTHING);
    Figures figures = Figures.events(silent, silent);
    assertThat(figures.named("f1").value()).isNaN();
    assertThat(figures.named("unjudged").value()).isEqualTo(100);
    assertThat(figures.named("accuracy")).isNull();
  }
}
