package org.clapperboard.eval.judge;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.json.JsonReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.util.HashSet;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;
import org.clapperboard.eval.judge.JudgePrompt.ReplyForm;
import org.clapperboard.eval.judge.Verdict.Outcome;

/** How a judge's reply is read. */
public enum Parsing {
  /** The dictionary that was asked for, or else what {@link LenientReply} finds. */
  CAREFUL,
  /**
   * As the reference implementation does, to compare with its figures: nothing but a Python or JSON
   * dictionary, whose score is cut to a whole number (4.8 counts as 4) and may be off the scale,
   * and whose {@code pred} is a yes if it has those letters anywhere, else a no if it has those.
   * Not for replies that are lists.
   */
  REFERENCE;

  private static final JsonMapper STRICT =
      JsonMapper.builder()
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION)
          .build();

  /** For Python's literals, as far as judges write them. */
  static final JsonMapper PYTHON =
      JsonMapper.builder()
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .enable(JsonReadFeature.ALLOW_SINGLE_QUOTES)
          .enable(JsonReadFeature.ALLOW_TRAILING_COMMA)
          .build();

  private static final Pattern WHOLE = Pattern.compile("\\s*[+-]?\\d{1,9}\\s*");

  /** The verdict of a reply. */
  Verdict verdict(JudgePrompt prompt, JudgeCase one, String reply) {
    boolean list = prompt.form() == ReplyForm.EVENTS || prompt.form() == ReplyForm.LABELS;
    if (list) {
      return ReplyLists.verdict(prompt, one, reply);
    }
    if (this == REFERENCE) {
      return reference(prompt, reply);
    }
    JsonNode dictionary = read(STRICT, reply);
    Verdict strict = strict(prompt, dictionary, reply);
    return strict == null ? LenientReply.read(prompt, reply) : strict;
  }

  /** The value, or null if the text is not exactly one. */
  static JsonNode read(JsonMapper json, String text) {
    try {
      return json.readTree(text);
    } catch (JsonProcessingException e) {
      return null;
    }
  }

  static JsonNode strictly(String text) {
    return read(STRICT, text);
  }

  private static Verdict strict(JudgePrompt prompt, JsonNode dictionary, String reply) {
    boolean wantsYesOrNo = prompt.form() == ReplyForm.YES_NO_AND_SCORE;
    Set<String> keys = wantsYesOrNo ? Set.of("pred", "score") : Set.of("score");
    if (dictionary == null || !keys.equals(keys(dictionary))) {
      return null;
    }
    JsonNode score = dictionary.get("score");
    if (!score.isInt() || score.intValue() < 0 || score.intValue() > prompt.best()) {
      return null;
    }
    Boolean correct = null;
    if (wantsYesOrNo) {
      String pred = dictionary.get("pred").isTextual() ? dictionary.get("pred").textValue() : "";
      if (!pred.equals("yes") && !pred.equals("no")) {
        return null;
      }
      correct = pred.equals("yes");
    }
    return Verdict.of(Outcome.STRICT, correct, score.doubleValue(), reply);
  }

  private static Set<String> keys(JsonNode dictionary) {
    Set<String> keys = new HashSet<>();
    dictionary.fieldNames().forEachRemaining(keys::add);
    return keys;
  }

  private static Verdict reference(JudgePrompt prompt, String reply) {
    JsonNode dictionary = read(PYTHON, reply);
    if (dictionary == null || !dictionary.isObject()) {
      return Verdict.none(Outcome.UNPARSABLE, reply, "The reply is no dictionary.");
    }
    JsonNode score = dictionary.path("score");
    boolean whole = score.isTextual() && WHOLE.matcher(score.textValue()).matches();
    if (!score.isNumber() && !whole) {
      return Verdict.none(Outcome.UNPARSABLE, reply, "The dictionary has no score.");
    }
    double cut = whole ? Integer.parseInt(score.textValue().strip()) : (int) score.doubleValue();
    Outcome outcome =
        strict(prompt, read(STRICT, reply), reply) == null ? Outcome.LENIENT : Outcome.STRICT;
    if (prompt.form() == ReplyForm.SCORE) {
      return Verdict.of(outcome, null, cut, reply);
    }
    String pred = dictionary.path("pred").asText(dictionary.path("binary_pred").asText(""));
    String lower = pred.toLowerCase(Locale.ROOT);
    Boolean correct =
        lower.contains("yes") ? Boolean.TRUE : lower.contains("no") ? Boolean.FALSE : null;
    return Verdict.of(outcome, correct, cut, reply);
  }
}
