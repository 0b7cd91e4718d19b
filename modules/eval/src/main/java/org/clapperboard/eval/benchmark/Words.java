package org.clapperboard.eval.benchmark;

import java.text.Normalizer;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** Texts as words that can be compared: without case, accents and marks, numbers as digits. */
final class Words {
  private static final Pattern WORD =
      Pattern.compile("\\d+(?:[.,:]\\d+)+|[\\p{L}\\p{N}]+(?:'\\p{L}+)*");
  private static final Pattern ACCENT = Pattern.compile("\\p{M}+");
  private static final Pattern MARKUP = Pattern.compile("\\\\boxed|[*`#$\\\\]+");

  /** An article before a word; "(A)" and "A." are none. */
  private static final Pattern LEADING = Pattern.compile("(?i)(?:an?|the)\\s+(?=[\\p{L}\\p{N}])");

  private static final Set<String> ARTICLES = Set.of("a", "an", "the");
  private static final Map<String, String> DIGITS =
      Map.ofEntries(
          Map.entry("zero", "0"),
          Map.entry("one", "1"),
          Map.entry("two", "2"),
          Map.entry("three", "3"),
          Map.entry("four", "4"),
          Map.entry("five", "5"),
          Map.entry("six", "6"),
          Map.entry("seven", "7"),
          Map.entry("eight", "8"),
          Map.entry("nine", "9"),
          Map.entry("ten", "10"),
          Map.entry("eleven", "11"),
          Map.entry("twelve", "12"));

  private Words() {}

  /**
   * A word and where it stands.
   *
   * @param text the word as it is compared
   * @param from its first character in the folded text
   * @param to the character after its last one
   */
  record Word(String text, int from, int to) {}

  /**
   * A text without accents and markup, wide letters as narrow ones, all quotes straight, {@code _}
   * a blank and {@code /} an "or"; case stays.
   */
  static String folded(String text) {
    String plain = ACCENT.matcher(Normalizer.normalize(text, Normalizer.Form.NFKD)).replaceAll("");
    return MARKUP
        .matcher(plain)
        .replaceAll("")
        .replaceAll("[\u2018\u2019\u02BC]", "'")
        .replaceAll("[\u201C\u201D]", "\"")
        .replace('_', ' ')
        .replace("/", " or ")
        .strip();
  }

  /** The words of a folded text. */
  static List<Word> in(String folded) {
    List<Word> words = new ArrayList<>();
    Matcher word = WORD.matcher(folded);
    while (word.find()) {
      String text = word.group().toLowerCase(Locale.ROOT);
      words.add(new Word(DIGITS.getOrDefault(text, text), word.start(), word.end()));
    }
    return words;
  }

  /** The words of any text, as texts; an article that goes before others is left out. */
  static List<String> of(String text) {
    String folded = folded(text);
    List<String> words = in(folded).stream().map(Word::text).toList();
    return LEADING.matcher(folded).lookingAt() ? words.subList(1, words.size()) : words;
  }

  /** The same as one text. */
  static String joined(String text) {
    return of(text).stream().collect(Collectors.joining(" "));
  }

  static boolean isArticle(String word) {
    return ARTICLES.contains(word);
  }
}
