package org.clapperboard.eval.judge;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.clapperboard.eval.judge.JudgePrompt.ReplyForm;
import org.clapperboard.eval.judge.Verdict.Outcome;

/** Replies that are lists: events, or a label for each event. */
final class ReplyLists {
  static final String ENTAILMENT = "entailment";
  static final String NEUTRAL = "neutral";
  private static final Set<String> LABELS = Set.of(ENTAILMENT, NEUTRAL, "contradiction");

  private static final Pattern LABEL =
      Pattern.compile("(?i)\\b(entailment|neutral|contradiction)\\b");
  private static final Pattern ITEM =
      Pattern.compile("(?m)^[ \\t]*+(?:\\d{1,3}[.)]|[-•])[ \\t]++(\\S[^\\n]*)$");

  private ReplyLists() {}

  /** The share of events that follow, 0 to 1. */
  static double entailed(List<String> labels) {
    return labels.isEmpty()
        ? 0
        : (double) labels.stream().filter(ENTAILMENT::equals).count() / labels.size();
  }

  static Verdict verdict(JudgePrompt prompt, JudgeCase one, String reply) {
    boolean labels = prompt.form() == ReplyForm.LABELS;
    JsonNode dictionary = Parsing.strictly(reply);
    if (dictionary != null && dictionary.size() == 1) {
      List<String> items = items(dictionary.path(labels ? "labels" : "events"));
      if (items != null && (!labels || fit(items, one))) {
        return verdict(Outcome.STRICT, labels, items, reply);
      }
    }
    String text = LenientReply.plain(reply);
    if (LenientReply.tooLong(text)) {
      return Verdict.none(Outcome.UNPARSABLE, reply, LenientReply.TOO_LONG);
    }
    List<String> found = labels ? labels(text) : events(text);
    if (found == null || (labels && !fit(found, one))) {
      String why =
          labels
              ? "The reply has not one label for each of " + one.predictions().size() + " events."
              : "The reply has no list of events.";
      return Verdict.none(Outcome.UNPARSABLE, reply, why);
    }
    return verdict(Outcome.LENIENT, labels, found, reply);
  }

  private static Verdict verdict(
      Outcome outcome, boolean labels, List<String> items, String reply) {
    Double score = labels ? (Double) entailed(items) : null;
    return new Verdict(outcome, null, score, items, reply, "");
  }

  private static boolean fit(List<String> labels, JudgeCase one) {
    return labels.size() == one.predictions().size() && LABELS.containsAll(labels);
  }

  private static List<String> labels(String text) {
    return LABEL
        .matcher(text)
        .results()
        .map(found -> found.group(1).toLowerCase(Locale.ROOT))
        .toList();
  }

  /** Of a list anywhere in the text, or of lines with bullets or numbers; null if there is none. */
  private static List<String> events(String text) {
    int from = text.indexOf('[');
    int to = text.lastIndexOf(']');
    if (from >= 0 && from < to) {
      JsonNode list = Parsing.read(Parsing.PYTHON, text.substring(from, to + 1));
      List<String> items = list == null ? null : items(list);
      if (items != null) {
        return items;
      }
    }
    List<String> lines =
        ITEM.matcher(text).results().map((MatchResult m) -> m.group(1).strip()).toList();
    return lines.isEmpty() ? null : lines;
  }

  /** The texts of a list, or null if it is none of texts that are not blank. */
  private static List<String> items(JsonNode list) {
    if (!list.isArray()) {
      return null;
    }
    List<String> items = new ArrayList<>();
    for (JsonNode item : list) {
      if (!item.isTextual() || item.textValue().isBlank()) {
        return null;
      }
      items.add(item.textValue().strip());
    }
    return items;
  }
}
