package org.clapperboard.eval.judge;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Locale;
import org.clapperboard.eval.judge.Verdict.Outcome;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Replies of judges as they come, one a line; {@code \n} is a line's end. */
class ParsingTest {
  private static final JudgeCase CASE = JudgeCase.of("what?", "a dog", "a cat");

  /** {@code strict yes 4.0}, {@code lenient ? 4.0}, {@code unparsable ? ?}. */
  private static String read(Parsing parsing, JudgePrompt prompt, String reply) {
    String text = reply.replace("\\n", "\n");
    Verdict verdict = parsing.verdict(prompt, CASE, text);
    assertThat(verdict.reply()).isEqualTo(text);
    String correct = verdict.correct() == null ? "?" : verdict.correct() ? "yes" : "no";
    String score = verdict.score() == null ? "?" : verdict.score().toString();
    return verdict.outcome().name().toLowerCase(Locale.ROOT) + " " + correct + " " + score;
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '^',
      value = {
        // Exactly what was asked for.
        "{\"pred\": \"yes\", \"score\": 4}|strict yes 4.0",
        "{\"score\":0,\"pred\":\"no\"}|strict no 0.0",
        "\\n {\"pred\": \"no\",\\n \"score\": 5}\\n|strict no 5.0",
        // Nearly.
        "{\"pred\": \"Yes\", \"score\": 4}|lenient yes 4.0",
        "{\"pred\": \"yes\", \"score\": 4.8}|lenient yes 4.8",
        "{\"pred\": \"yes\", \"score\": 4.0}|lenient yes 4.0",
        "{\"pred\": \"yes\", \"score\": \"4\"}|lenient yes 4.0",
        "{\"pred\": true, \"score\": 3}|lenient yes 3.0",
        "{\"pred\": \"no\"}|lenient no ?",
        "{\"score\": 2}|lenient ? 2.0",
        "{\"pred\": \"yes\", \"score\": 4, \"reason\": \"same\"}|lenient yes 4.0",
        "{'pred': 'yes', 'score': 4.8}|lenient yes 4.8",
        "{'binary_pred': 'no', 'score': 1,}|lenient no 1.0",
        "{“pred”: “no”, “score”: 1}|lenient no 1.0",
        "{pred: no, score: 2}|lenient no 2.0",
        "```json\\n{\"pred\": \"yes\", \"score\": 5}\\n```|lenient yes 5.0",
        "Sure! Here it is: {'pred': 'no', 'score': 2}. Anything else?|lenient no 2.0",
        "<think>pred: no? score: 1?</think>{\"pred\": \"yes\", \"score\": 4}|lenient yes 4.0",
        "{\"pred\": \"yes\", \"score\": 4} {\"pred\": \"yes\", \"score\": 4}|lenient yes 4.0",
        "{\"pred\": \"yes\", \"score\": 4|lenient yes 4.0",
        "**pred:** yes\\n**score:** 3|lenient yes 3.0",
        "pred = yes; score = 4/5|lenient yes 4.0",
        "Yes.|lenient yes ?",
        "no|lenient no ?",
        "\"Yes\"|lenient yes ?",
        "Yes, 4|lenient yes 4.0",
        "['no', 1]|lenient no 1.0",
        "No. They are different things. I would give 1 out of 5.|lenient no 1.0",
        "Yes, the same. Score: four|lenient yes 4.0",
        "The score is 3.|lenient ? 3.0",
        "4/5|lenient ? 4.0",
        "4.8|lenient ? 4.8",
        // What says nothing, two things, or something impossible.
        "|unparsable ? ?",
        "I cannot tell.|unparsable ? ?",
        "Yes and no.|unparsable ? ?",
        "yes/no|unparsable ? ?",
        "Yesterday it rained.|unparsable ? ?",
        "No one is there.|unparsable ? ?",
        "{\"pred\": \"yes\" or \"no\", \"score\": a whole number}|unparsable ? ?",
        "{\"pred\": \"yes/no\", \"score\": \"0-5\"}|unparsable ? ?",
        "{\"pred\": \"yes\", \"score\": 7}|unparsable ? ?",
        "{\"pred\": \"yes\", \"score\": -1}|unparsable ? ?",
        "{\"pred\": \"yes\", \"score\": 8/10}|unparsable ? ?",
        "{\"pred\": \"yes\", \"pred\": \"no\", \"score\": 3}|unparsable ? ?",
        "{\"pred\": \"yes\", \"score\": 4} No: {\"pred\": \"no\", \"score\": 1}|unparsable ? ?",
        "{\"pred\": \"yes\", \"score\": 4, \"score\": 5}|unparsable ? ?",
        "80%|unparsable ? ?",
        "score: 1e3|unparsable ? ?",
        "score: 4.8.2|unparsable ? ?",
        "score: 3-4|unparsable ? ?",
        "NaN|unparsable ? ?",
        "2026-01-04|unparsable ? ?",
        "<html><body>502 Bad Gateway</body></html>|unparsable ? ?",
        "{\"error\": \"overloaded\"}|unparsable ? ?"
      })
  void a_yes_or_no_and_a_score_are_read(String reply, String expected) {
    assertThat(read(Parsing.CAREFUL, JudgePrompt.QA, reply == null ? "" : reply))
        .isEqualTo(expected);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '^',
      value = {
        "{\"score\": 3}|strict ? 3.0",
        "{\"score\":5}\\n|strict ? 5.0",
        "{\"score\": 3.5}|lenient ? 3.5",
        "{'score': 4}|lenient ? 4.0",
        "{''score': 4.8}|lenient ? 4.8",
        "{\"score\": 4, \"pred\": \"no\"}|lenient ? 4.0",
        "{\"Score\": 4}|lenient ? 4.0",
        "3|lenient ? 3.0",
        "3.|lenient ? 3.0",
        "**2**|lenient ? 2.0",
        "3 out of 5|lenient ? 3.0",
        "Score: 3/5 because the dog is missing.|lenient ? 3.0",
        "I give it a score of 2, since it is vague.|lenient ? 2.0",
        "My rating: 4/5. It is good (4/5).|lenient ? 4.0",
        "three|lenient ? 3.0",
        "score: 0|lenient ? 0.0",
        "Yes|unparsable ? ?",
        "{\"score\": null}|unparsable ? ?",
        "{\"score\": [4]}|unparsable ? ?",
        "{\"score\": true}|unparsable ? ?",
        "{\"score\": 6}|unparsable ? ?",
        "10|unparsable ? ?",
        "8/10|unparsable ? ?",
        "score: 8/10-12|unparsable ? ?",
        "-3|unparsable ? ?",
        "between 3 and 4|unparsable ? ?",
        "4/5 or 3/5|unparsable ? ?",
        "score: 4,8|unparsable ? ?",
        "I watched 3 videos on 4 days.|unparsable ? ?",
        "1/2/2026|unparsable ? ?",
        "scoreboard: 4|unparsable ? ?"
      })
  void a_score_is_read(String reply, String expected) {
    assertThat(read(Parsing.CAREFUL, JudgePrompt.DETAIL, reply)).isEqualTo(expected);
  }

  @Test
  @Timeout(20)
  void a_reply_without_end_is_read_all_the_same() {
    JudgeCase description = new JudgeCase(List.of(), List.of(), List.of("x"));
    for (String piece : List.of(" ", "\n", "1", "score ", "a b ", "- ", "{", "4/", "yes ", "[1,")) {
      for (int letters : List.of(19_000, 200_000)) {
        String reply = "a" + piece.repeat(letters / piece.length()) + "b";
        for (JudgePrompt prompt : List.of(JudgePrompt.QA, JudgePrompt.DETAIL)) {
          assertThat(Parsing.CAREFUL.verdict(prompt, CASE, reply).why()).hasSizeBetween(1, 100);
        }
        assertThat(Parsing.CAREFUL.verdict(JudgePrompt.EVENTS, description, reply).outcome())
            .isEqualTo(Outcome.UNPARSABLE);
      }
    }
    String thought = "<think>" + "hm ".repeat(100_000) + "</think>score: 3";
    assertThat(Parsing.CAREFUL.verdict(JudgePrompt.DETAIL, CASE, thought).score()).isEqualTo(3);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {"3|lenient ? 3.0", "3/3|lenient ? 3.0", "4|unparsable ? ?", "3/5|unparsable ? ?"})
  void a_score_belongs_to_the_scale_of_its_prompt(String reply, String expected) {
    assertThat(read(Parsing.CAREFUL, JudgePrompt.OPEN_ENDED, reply)).isEqualTo(expected);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '^',
      value = {
        "{'pred': 'yes', 'score': 4.8}|lenient yes 4.0",
        "{\"pred\": \"yes\", \"score\": 4}|strict yes 4.0",
        "{'binary_pred': 'No', 'score': '3'}|lenient no 3.0",
        "{'pred': 'yes, mostly', 'score': 9}|lenient yes 9.0",
        "{'pred': 'maybe', 'score': 2}|lenient ? 2.0",
        "{'pred': 'yes', 'score': '4.8'}|unparsable ? ?",
        "{'pred': 'yes'}|unparsable ? ?",
        "Yes, {'pred': 'yes', 'score': 4}|unparsable ? ?",
        "Yes.|unparsable ? ?",
        "4|unparsable ? ?"
      })
  void the_references_reading_can_be_had(String reply, String expected) {
    assertThat(read(Parsing.REFERENCE, JudgePrompt.QA, reply)).isEqualTo(expected);
  }

  @Test
  void why_a_reply_is_no_verdict_is_said() {
    assertThat(Parsing.CAREFUL.verdict(JudgePrompt.QA, CASE, "score: 7").why())
        .isEqualTo("\"score: 7\" is not on the scale of 0 to 5.");
    assertThat(Parsing.CAREFUL.verdict(JudgePrompt.QA, CASE, "{'pred':'yes'} {'pred':'no'}").why())
        .isEqualTo("The reply says two different things.");
    assertThat(Parsing.CAREFUL.verdict(JudgePrompt.QA, CASE, "hm").why())
        .isEqualTo("The reply says neither yes or no nor a score that can be found.");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '^',
      value = {
        "{\"events\": [\"A dog barks.\", \"It runs.\"]}|STRICT|A dog barks./It runs.",
        "{\"events\": []}|STRICT|^^",
        "{'events': ['A dog barks.']}|LENIENT|A dog barks.",
        "[\"A dog barks.\"]|LENIENT|A dog barks.",
        "Here: {\"events\": [\"A dog barks.\"]} Done.|LENIENT|A dog barks.",
        "{\"events\": [\"A dog barks.\"], \"count\": 1}|LENIENT|A dog barks.",
        "1. A dog barks.\\n2) It runs.|LENIENT|A dog barks./It runs.",
        "- A dog barks.\\n- It runs. |LENIENT|A dog barks./It runs.",
        "[1, 2]|UNPARSABLE|^^",
        "A dog barks.|UNPARSABLE|^^",
        "{\"events\": [\"A dog|UNPARSABLE|^^"
      })
  void events_are_read(String reply, Outcome outcome, String events) {
    JudgeCase description = new JudgeCase(List.of(), List.of(), List.of("x"));
    Verdict verdict =
        Parsing.CAREFUL.verdict(JudgePrompt.EVENTS, description, reply.replace("\\n", "\n"));
    assertThat(verdict.outcome()).isEqualTo(outcome);
    assertThat(String.join("/", verdict.items())).isEqualTo(events);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '^',
      value = {
        "{\"labels\": [\"entailment\", \"neutral\"]}|STRICT|0.5",
        "{\"labels\": [\"contradiction\", \"neutral\"]}|STRICT|0",
        "{'labels': ['entailment', 'entailment']}|LENIENT|1",
        "1. Entailment\\n2. Contradiction|LENIENT|0.5",
        "{\"labels\": [\"entailment\"]}|UNPARSABLE|",
        "{\"labels\": [\"entailment\", \"neutral\", \"neutral\"]}|UNPARSABLE|",
        "{\"labels\": [\"yes\", \"no\"]}|UNPARSABLE|"
      })
  void labels_are_read_if_there_is_one_for_each_event(String reply, Outcome outcome, Double score) {
    JudgeCase events = new JudgeCase(List.of(), List.of("x"), List.of("one", "two"));
    Verdict verdict =
        Parsing.CAREFUL.verdict(JudgePrompt.ENTAILMENT, events, reply.replace("\\n", "\n"));
    assertThat(verdict.outcome()).isEqualTo(outcome);
    assertThat(verdict.score()).isEqualTo(score);
  }
}
