package org.clapperboard.eval.judge;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.OptionalDouble;
import org.clapperboard.eval.judge.OfflineJudge.Likeness;
import org.clapperboard.eval.judge.Verdict.Outcome;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class OfflineJudgeTest {
  private static final JudgeCase DOG = JudgeCase.of("what is it?", "a dog", "The Dog.");
  private static final JudgeCase CAT = JudgeCase.of("what is it?", "a dog", "a cat");

  private static OfflineJudge judge(Likeness likeness) {
    return new OfflineJudge(likeness, 0.5);
  }

  @Test
  void an_exact_judge_goes_to_the_letter_and_a_normalised_one_does_not() {
    assertThat(judge(Likeness.EXACT).judge(JudgePrompt.QA, DOG).correct()).isFalse();
    assertThat(judge(Likeness.NORMALISED).judge(JudgePrompt.QA, DOG).correct()).isTrue();
    assertThat(judge(Likeness.NORMALISED).judge(JudgePrompt.QA, CAT).correct()).isFalse();
  }

  @Test
  void scores_are_on_the_scale_of_the_prompt() {
    Verdict qa = judge(Likeness.NORMALISED).judge(JudgePrompt.QA, DOG);
    assertThat(qa.score()).isEqualTo(5);
    assertThat(qa.reply()).isEqualTo("normalised 1.0000");
    Verdict open = judge(Likeness.NORMALISED).judge(JudgePrompt.OPEN_ENDED, DOG);
    assertThat(open.score()).isEqualTo(3);
    assertThat(open.correct()).isNull();
  }

  @ParameterizedTest
  @EnumSource(Likeness.class)
  void every_likeness_prefers_the_right_answer(Likeness likeness) {
    String right = "a brown dog runs over the grass";
    List<String> references = List.of(right, "one dog is running outside");
    List<Verdict> verdicts =
        judge(likeness)
            .judge(
                JudgePrompt.CORRECTNESS_OF_SEVERAL,
                List.of(
                    JudgeCase.of("what?", references, right),
                    JudgeCase.of("what?", references, "people are talking"),
                    JudgeCase.of("what?", List.of("people are talking"), "")));
    assertThat(verdicts).allMatch(verdict -> verdict.outcome() == Outcome.STRICT);
    assertThat(verdicts.get(0).score()).isGreaterThan(1).isLessThanOrEqualTo(5);
    assertThat(verdicts.get(1).score()).isZero();
    assertThat(verdicts.get(2).score()).isZero();
  }

  @Test
  void answers_are_consistent_if_both_are_right_and_the_same() {
    OfflineJudge judge = judge(Likeness.ROUGE_L);
    List<String> questions = List.of("what is red?", "which thing is red?");
    List<String> reference = List.of("the ball");
    assertThat(
            judge
                .judge(
                    JudgePrompt.CONSISTENCY,
                    new JudgeCase(questions, reference, List.of("the ball", "the ball")))
                .score())
        .isEqualTo(5);
    assertThat(
            judge
                .judge(
                    JudgePrompt.CONSISTENCY,
                    new JudgeCase(questions, reference, List.of("the ball", "cars")))
                .score())
        .isZero();
  }

  @Test
  void sentences_are_events_and_follow_from_what_has_their_words() {
    OfflineJudge judge = judge(Likeness.NORMALISED);
    Verdict events =
        judge.judge(
            JudgePrompt.EVENTS,
            new JudgeCase(
                List.of(), List.of(), List.of("A dog barks. It runs away!\nNight falls")));
    assertThat(events.items()).containsExactly("A dog barks.", "It runs away!", "Night falls");
    Verdict labels =
        judge.judge(
            JudgePrompt.ENTAILMENT,
            new JudgeCase(List.of(), List.of("the dog barks loudly"), events.items()));
    assertThat(labels.items()).containsExactly("entailment", "neutral", "neutral");
    assertThat(labels.score()).isCloseTo(1 / 3.0, within(1e-12));
  }

  @Test
  void a_case_of_another_kind_is_refused() {
    OfflineJudge judge = judge(Likeness.EXACT);
    assertThatThrownBy(() -> judge.judge(JudgePrompt.CONSISTENCY, DOG))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("consistency takes 2 predictions, not 1");
    JudgeCase several = JudgeCase.of("what?", List.of("a", "b"), "a");
    assertThatThrownBy(() -> judge.judge(JudgePrompt.QA, several))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("qa takes 1 references, not 2");
    assertThatThrownBy(() -> new JudgeCase(List.of("what?"), List.of("a"), List.of()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("A case has at least one prediction");
  }

  @Test
  void a_tally_keeps_strict_lenient_and_missing_verdicts_apart() {
    JudgeTally tally =
        JudgeTally.of(
            List.of(
                Verdict.of(Outcome.STRICT, true, 5.0, "x"),
                Verdict.of(Outcome.STRICT, false, 1.0, "x"),
                Verdict.of(Outcome.LENIENT, true, null, "x"),
                Verdict.none(Outcome.REFUSED, "", "The filter refused it."),
                Verdict.none(Outcome.FAILED, "", "The endpoint is down.")));
    assertThat(tally.cases()).isEqualTo(5);
    assertThat(tally.unjudged()).isEqualTo(2);
    assertThat(tally.outcomes())
        .containsEntry(Outcome.REFUSED, 1L)
        .containsEntry(Outcome.UNPARSABLE, 0L);
    assertThat(tally.strict().accuracy()).hasValue(0.5);
    assertThat(tally.all().accuracy()).hasValue(2 / 3.0);
    assertThat(tally.strict().meanScore()).hasValue(3);
    assertThat(tally.all().meanScore()).hasValue(3);
    assertThat(tally.accuracyAtLeast()).isEqualTo(0.4);
    assertThat(tally.accuracyAtMost()).isEqualTo(0.8);
  }

  @Test
  void nothing_judged_has_no_accuracy() {
    JudgeTally tally = JudgeTally.of(List.of(Verdict.none(Outcome.FAILED, "", "It is down.")));
    assertThat(tally.all().accuracy()).isEqualTo(OptionalDouble.empty());
    assertThat(tally.all().meanScore()).isEqualTo(OptionalDouble.empty());
    assertThat(tally.accuracyAtLeast()).isZero();
    assertThat(tally.accuracyAtMost()).isEqualTo(1);
  }

  @Test
  void a_verdict_is_given_or_has_a_reason_why_not() {
    assertThatThrownBy(() -> Verdict.none(Outcome.FAILED, "", ""))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("A verdict is given, or there is a reason why not");
    assertThatThrownBy(
            () -> new Verdict(Outcome.REFUSED, true, null, List.of(), "", "It was refused."))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("A verdict is given, or there is a reason why not");
  }
}
