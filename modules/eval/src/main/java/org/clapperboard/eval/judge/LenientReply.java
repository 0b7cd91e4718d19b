package org.clapperboard.eval.judge;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.clapperboard.eval.judge.Verdict.Outcome;

/**
 * Finds a yes or no and a score in a reply that is not the dictionary that was asked for: one with
 * text around it or Python's quotes, {@code Yes.}, {@code Score: 4}, {@code 4/5}. What is not said
 * stays unknown. A reply that says two different things, or a score that is not on the scale, is no
 * verdict: nothing is guessed, and 4.8 stays 4.8.
 */
final class LenientReply {
  private static final String NUMBER = "(-?\\d+(?:\\.\\d+)?|zero|one|two|three|four|five)\\b";
  private static final String ALONE = "(?![.,]?\\d|\\s*%)";
  private static final String OUT_OF = "(?:[\"']?\\s*(?:/|out of)\\s*(\\d+))?+";
  private static final String NO_RANGE = "(?!\\s*(?:-|–|to)\\s*\\d)";

  /** Letters of the longest reply that a verdict is looked for in. */
  private static final int LONGEST = 20_000;

  static final String TOO_LONG = "The reply is longer than " + LONGEST + " letters.";

  /** What some models think aloud before they reply. */
  private static final Pattern THOUGHT = Pattern.compile("(?s)^.*</think>");

  private static final Pattern MARKS = Pattern.compile("[*`#]");
  private static final Pattern DOUBLE = Pattern.compile("[“”„]");
  private static final Pattern SINGLE = Pattern.compile("[‘’]");

  private static final Pattern PRED =
      Pattern.compile(
          "(?i)(?<!\\w)(?:binary_)?pred[\"']?\\s*[:=]\\s*[\"']?"
              + "(yes|no|true|false|correct|incorrect)(?=[\"']?\\s*(?:[.,;})\\n]|$))");
  private static final Pattern SCORE =
      Pattern.compile(
          "(?i)(?<!\\w)score[\"']?\\s*(?:[:=]|is\\b|of\\b)\\s*[\"']?"
              + (NUMBER + ALONE + OUT_OF + NO_RANGE));
  private static final Pattern FIRST_WORD =
      Pattern.compile("(?i)^[^\\w-]*(yes|no)(?=[\"']?\\s*(?:[.,;:!)}\\n-]|$))");
  private static final Pattern ONLY_NUMBER =
      Pattern.compile(
          "(?i)^[^\\w-]*(?:(?:yes|no)[^\\w-]+)?" + (NUMBER + ALONE + OUT_OF) + "[^\\w%-]*$");
  private static final Pattern FRACTION =
      Pattern.compile("(?<![\\d./])(\\d+(?:\\.\\d+)?)\\s*(?:/|out of)\\s*(\\d+)(?!\\d|[./]\\d)");

  private static final Map<String, Double> NUMBERS =
      Map.of("zero", 0.0, "one", 1.0, "two", 2.0, "three", 3.0, "four", 4.0, "five", 5.0);

  private LenientReply() {}

  /** A reply without thoughts and marks of formatting, its quotes straight. */
  static String plain(String reply) {
    String text = THOUGHT.matcher(reply).replaceFirst("");
    text = MARKS.matcher(text).replaceAll("");
    text = DOUBLE.matcher(text).replaceAll("\"");
    return SINGLE.matcher(text).replaceAll("'").strip();
  }

  /** Whether a plain reply is longer than any verdict. */
  static boolean tooLong(String plain) {
    return plain.length() > LONGEST;
  }

  static Verdict read(JudgePrompt prompt, String reply) {
    String text = plain(reply);
    if (tooLong(text)) {
      return none(reply, TOO_LONG);
    }
    boolean wantsYesOrNo = prompt.form() == JudgePrompt.ReplyForm.YES_NO_AND_SCORE;
    TreeSet<Boolean> said = new TreeSet<>();
    if (wantsYesOrNo) {
      all(PRED, text).forEach(found -> said.add(yes(found.group(1))));
      if (said.isEmpty()) {
        all(FIRST_WORD, text).forEach(found -> said.add(yes(found.group(1))));
      }
    }
    TreeSet<Double> scores = new TreeSet<>();
    for (MatchResult found : scores(text)) {
      double score = number(found.group(1));
      boolean otherScale =
          found.group(2) != null && !found.group(2).equals(Integer.toString(prompt.best()));
      if (otherScale || score < 0 || score > prompt.best()) {
        return none(
            reply,
            "\"" + cut(found.group()) + "\" is not on the scale of 0 to " + prompt.best() + ".");
      }
      scores.add(score);
    }
    if (said.size() > 1 || scores.size() > 1) {
      return none(reply, "The reply says two different things.");
    }
    if (said.isEmpty() && scores.isEmpty()) {
      return none(reply, "The reply says neither yes or no nor a score that can be found.");
    }
    return Verdict.of(
        Outcome.LENIENT,
        said.isEmpty() ? null : said.first(),
        scores.isEmpty() ? null : scores.first(),
        reply);
  }

  private static String cut(String text) {
    return text.length() <= 40 ? text : text.substring(0, 40) + "…";
  }

  private static Verdict none(String reply, String why) {
    return Verdict.none(Outcome.UNPARSABLE, reply, why);
  }

  private static List<MatchResult> scores(String text) {
    for (Pattern form : List.of(SCORE, ONLY_NUMBER, FRACTION)) {
      List<MatchResult> found = all(form, text);
      if (!found.isEmpty()) {
        return found;
      }
    }
    return List.of();
  }

  private static List<MatchResult> all(Pattern form, String text) {
    Matcher matcher = form.matcher(text);
    return matcher.results().toList();
  }

  private static boolean yes(String word) {
    return switch (word.toLowerCase(Locale.ROOT)) {
      case "yes", "true", "correct" -> true;
      default -> false;
    };
  }

  private static double number(String text) {
    Double word = NUMBERS.get(text.toLowerCase(Locale.ROOT));
    return word == null ? Double.parseDouble(text) : word;
  }
}
