package org.clapperboard.eval.benchmark;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.clapperboard.eval.benchmark.Extracted.How;

/**
 * The word, or the few, that an answer consists of, by our rule: its first sentence without what
 * only leads to the answer. Yes and no end where a mark follows them.
 */
final class WordReading {
  private static final Pattern SENTENCE = Pattern.compile("[.;!?](?=\\s)|\\R");
  private static final Pattern LEAD =
      Pattern.compile(
          "(?i)^(?:(?:the\\s+)?(?:(?:best|correct|right|final)\\s+)?answer(?:\\s+is\\b|\\s*:)+\\s*:?"
              + "|(?:it|this|that|he|she|they|there|these|those)(?:\\s+(?:is|are|was|were)|'s|'re)\\b)\\s*(?=\\S)");
  private static final Pattern YES_NO = Pattern.compile("(?i)^(yes|no)(?:\\s*[,.:;!-].*|\\s*)$");

  private WordReading() {}

  static Extracted read(String given) {
    String text = Words.folded(given).replaceFirst("^[\\s\\p{Punct}]+", "");
    // "The answer is: it is ...": two at most.
    text = LEAD.matcher(LEAD.matcher(text).replaceFirst("")).replaceFirst("");
    text = SENTENCE.split(text, 2)[0];
    Matcher yesNo = YES_NO.matcher(text);
    String words = Words.joined(yesNo.matches() ? yesNo.group(1) : text);
    return words.isEmpty() ? Extracted.UNREADABLE : new Extracted(words, How.WORDS);
  }
}
