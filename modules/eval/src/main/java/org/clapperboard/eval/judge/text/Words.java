package org.clapperboard.eval.judge.text;

import java.text.Normalizer;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Texts as lists of words, by several rules. */
public final class Words {
  private static final Pattern SPACE = Pattern.compile("\\s+");
  private static final Pattern NEGATION = Pattern.compile("n['’]t\\b");
  private static final Pattern CLITIC = Pattern.compile("['’](s|m|d|ll|re|ve)\\b");
  private static final Pattern NO_WORD = Pattern.compile("[^\\p{L}\\p{N}'.,-]+|[.,](?!\\p{N})|--+");
  private static final Pattern THOUSANDS = Pattern.compile("(?<=\\d),(?=\\d)");
  private static final Pattern APOSTROPHES = Pattern.compile("['’`]");
  private static final Pattern NO_LETTER =
      Pattern.compile("(?<!\\d)\\.|\\.(?!\\d)|[^\\p{L}\\p{N}.]");
  private static final Set<String> ARTICLES = Set.of("a", "an", "the");
  private static final Map<String, String> NUMBERS = numbers();

  // mteval-v13a's, in its order: symbols; points and commas beside what is no digit; hyphens after
  // digits.
  private static final Pattern SYMBOL = Pattern.compile("([{-~\\[-` -&(-+:-@/])");
  private static final Pattern POINT_AFTER = Pattern.compile("([^0-9])([.,])");
  private static final Pattern POINT_BEFORE = Pattern.compile("([.,])([^0-9])");
  private static final Pattern HYPHEN = Pattern.compile("([0-9])(-)");

  private Words() {}

  private static Map<String, String> numbers() {
    List<String> words =
        List.of(
            "zero",
            "one",
            "two",
            "three",
            "four",
            "five",
            "six",
            "seven",
            "eight",
            "nine",
            "ten",
            "eleven",
            "twelve",
            "thirteen",
            "fourteen",
            "fifteen",
            "sixteen",
            "seventeen",
            "eighteen",
            "nineteen",
            "twenty");
    Map<String, String> numbers = new HashMap<>();
    words.forEach(word -> numbers.put(word, Integer.toString(numbers.size())));
    return Map.copyOf(numbers);
  }

  /** What white space separates. */
  public static List<String> bySpace(String text) {
    return SPACE.splitAsStream(text.strip()).filter(word -> !word.isEmpty()).toList();
  }

  /** As translations are scored, by the rules of NIST's mteval-v13a; case is kept. */
  public static List<String> ofTranslations(String text) {
    String line = " " + text.replace("<skipped>", "").replace("-\n", "").replace('\n', ' ') + " ";
    line = line.replace("&quot;", "\"").replace("&amp;", "&");
    line = line.replace("&lt;", "<").replace("&gt;", ">");
    line = SYMBOL.matcher(line).replaceAll(" $1 ");
    line = POINT_AFTER.matcher(line).replaceAll("$1 $2 ");
    line = POINT_BEFORE.matcher(line).replaceAll(" $1 $2");
    return bySpace(HYPHEN.matcher(line).replaceAll("$1 $2 "));
  }

  /**
   * As captions are scored: lower case, without punctuation, clitics ({@code n't}, {@code 's}) as
   * words of their own. COCO's scorers take the Penn Treebank's tokenizer; this one gives the same
   * for plain captions, and may differ for abbreviations, addresses and the like.
   */
  public static List<String> ofCaptions(String text) {
    String line = text.toLowerCase(Locale.ROOT);
    line = NEGATION.matcher(line).replaceAll(" n't");
    line = CLITIC.matcher(line).replaceAll(" '$1");
    return bySpace(NO_WORD.matcher(line).replaceAll(" ")).stream()
        .filter(word -> word.chars().anyMatch(Character::isLetterOrDigit))
        .toList();
  }

  /**
   * What is left of an answer when its form is taken away: case, articles, punctuation, numbers to
   * twenty as words ({@code two} and {@code 2} are the same), and the width of letters.
   */
  public static String normalised(String text) {
    String line = Normalizer.normalize(text, Normalizer.Form.NFKC).toLowerCase(Locale.ROOT);
    line = THOUSANDS.matcher(line).replaceAll("");
    line = APOSTROPHES.matcher(line).replaceAll("");
    line = NO_LETTER.matcher(line).replaceAll(" ");
    return bySpace(line).stream()
        .filter(word -> !ARTICLES.contains(word))
        .map(word -> NUMBERS.getOrDefault(word, word))
        .collect(Collectors.joining(" "));
  }

  /** How often each run of {@code n} words is there. */
  static Map<String, Integer> runs(List<String> words, int n) {
    Map<String, Integer> counts = new HashMap<>();
    for (int i = 0; i + n <= words.size(); i++) {
      counts.merge(String.join(" ", words.subList(i, i + n)), 1, Integer::sum);
    }
    return counts;
  }

  /** The runs of 1 to 4 words. */
  static List<Map<String, Integer>> runs(List<String> words) {
    return Stream.of(1, 2, 3, 4).map(n -> runs(words, n)).toList();
  }
}
