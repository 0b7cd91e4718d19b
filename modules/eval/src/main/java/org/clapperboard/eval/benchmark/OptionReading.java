package org.clapperboard.eval.benchmark;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.clapperboard.eval.benchmark.Extracted.How;
import org.clapperboard.eval.benchmark.Words.Word;

/**
 * Which of some options an answer names, by our rule. What says it most plainly decides: the answer
 * is a letter; it is an option's text; it begins with a letter; it says "answer" and a letter; one
 * letter is in brackets; at last, one option's text or one letter stands in it. Whatever names two
 * is ambiguous.
 */
final class OptionReading {
  private static final String OPEN = "[(\\[{<\"']";
  private static final String CLOSE = "[)\\]}>\"']";

  /** What follows where a letter is said to be wrong. */
  private static final String DENIED =
      "(?!\\s+(?:is|are|was|were|does|do|can|could)(?:\\s+not\\b|n't)"
          + "|\\s+(?:is\\s+|was\\s+)?(?:wrong|incorrect))";

  /** What does not go before a letter that is meant. */
  private static final String AFFIRMED =
      "(?<!\\b(?i:not|nor|neither|than|except)\\s(?i:option\\s|choice\\s)?[(\\[]?)";

  /**
   * What shows that a letter is no word of a sentence, as in "A man walks", nor a name, as the
   * publisher of EgoSchema calls the wearer of the camera C.
   */
  private static final String NO_WORD =
      "(?=\\s*$|\\s*[.,;:!?)\\]-]|\\s+(?:because|since|as|which|due|based)\\b"
          + "|\\s+(?:or|and)\\s+[(\\[]?[A-Z]\\b"
          + "|\\s+is\\s+(?:the\\s+(?:answer|best|correct|right)|correct|right|best)\\b)";

  private static final Set<String> NOT =
      Set.of("not", "never", "without", "nor", "neither", "than", "except");

  private final List<String> options;
  private final List<List<String>> texts = new ArrayList<>();
  private final Pattern whole;
  private final Pattern several;
  private final Pattern start;
  private final Pattern answer;
  private final Pattern option;
  private final Pattern bracketed;
  private final Pattern standing;

  OptionReading(List<String> options) {
    this.options = options;
    options.forEach(text -> texts.add(Words.of(text)));
    char last = (char) ('A' + Math.max(options.size(), 1) - 1);
    String upper = "[A-" + last + "]";
    String lower = "[a-" + Character.toLowerCase(last) + "]";
    String any = "[A-" + last + "a-" + Character.toLowerCase(last) + "]";
    // Every letter but A and I.
    String sure = "(?:[B-HJ-Z&&" + upper + "])";
    String letter = "(?:" + sure + "|[AI&&" + upper + "]" + NO_WORD + ")";
    String opened =
        (OPEN + "+(?:(" + any + ")" + CLOSE + "|(" + letter + ")(?![\\w'])")
            + ("|(" + lower + ")(?=\\s*$))");
    String cued =
        "(?:\\s+(?:is|are|would\\s+be|must\\s+be|should\\s+be))?\\s*+[:=-]?\\s*+"
            + "(?:(?:option|choice|letter)\\s+)?(?:"
            + opened
            + ("|(" + letter + ")(?![\\w'-])")
            + ("|(" + lower + ")(?=\\s*[.)]{0,2}\\s*$))")
            + DENIED;
    whole =
        Pattern.compile(
            "[.:,;-]*+" + OPEN + "*+(" + any + ")" + CLOSE + "*+\\s*+[.:,;!]?" + CLOSE + "*+");
    several =
        Pattern.compile(
            "(?:^|(?i:answers?|options?|choices?)(?:\\s+(?:is|are))?\\s*:?\\s*)"
                + ("(?:either\\s+|both\\s+)?\\(?("
                    + upper
                    + ")\\)?\\s*(?:,|or\\b|and\\b|&|\\+)+\\s*")
                + ("(?:or\\s+|and\\s+)?\\(?(" + upper + ")(?![\\w'])"));
    start =
        Pattern.compile(
            ("^(?:" + opened)
                + ("|(" + any + ")[).:\\]](?!\\w)")
                + ("|(" + upper + ")(?:,\\s|\\s+[-\u2013\u2014]\\s|\\s*\\R))"));
    answer = Pattern.compile("\\b(?i:answer)" + cued);
    option = Pattern.compile("\\b(?i:option|choice|letter)" + cued);
    bracketed = Pattern.compile("(?<!\\w)" + AFFIRMED + "[(\\[{](" + any + ")[)\\]}]" + DENIED);
    standing =
        Pattern.compile(
            "(?<![\\w'.-])"
                + AFFIRMED
                + "("
                + upper
                + ")"
                + NO_WORD
                + "(?![\\w'-]|\\.\\w)"
                + DENIED);
  }

  Extracted read(String given) {
    String text = Words.folded(given);
    Matcher alone = whole.matcher(text);
    if (alone.matches()) {
      return letter(alone.group(1));
    }
    int same = wholeText(given, text);
    if (same >= 0) {
      return new Extracted(Question.letter(same), How.TEXT);
    }
    Matcher two = several.matcher(text);
    if (two.find() && !two.group(1).equals(two.group(2))) {
      return Extracted.AMBIGUOUS;
    }
    for (Pattern pattern : List.of(start, answer, option, bracketed)) {
      Set<String> named = letters(pattern, text);
      if (!named.isEmpty()) {
        return named.size() == 1 ? letter(named.iterator().next()) : Extracted.AMBIGUOUS;
      }
    }
    return mentioned(text);
  }

  private static Extracted letter(String letter) {
    return new Extracted(letter.toUpperCase(Locale.ROOT), How.LETTER);
  }

  /** The letters that a pattern finds: whatever its groups hold. */
  private static Set<String> letters(Pattern pattern, String text) {
    Set<String> letters = new TreeSet<>();
    Matcher found = pattern.matcher(text);
    while (found.find()) {
      for (int group = 1; group <= found.groupCount(); group++) {
        if (found.group(group) != null) {
          letters.add(found.group(group).toUpperCase(Locale.ROOT));
        }
      }
    }
    return letters;
  }

  /**
   * The option that the answer is the text of, or -1; to the letter, else if but one has its words.
   */
  private int wholeText(String given, String folded) {
    int exact = options.stream().map(String::strip).toList().indexOf(given.strip());
    List<String> words = Words.of(folded);
    int first = texts.indexOf(words);
    return exact >= 0 || words.isEmpty() || first != texts.lastIndexOf(words) ? exact : first;
  }

  /** Where the text of an option stands among the words of an answer. */
  private record Place(int option, int from, int to) {}

  private Extracted mentioned(String text) {
    List<Word> words = Words.in(text);
    char[] rest = text.toCharArray();
    Set<String> named = new TreeSet<>();
    for (Place place : places(words)) {
      Arrays.fill(rest, words.get(place.from).from(), words.get(place.to - 1).to(), ' ');
      if (!denied(words, place.from)) {
        named.add(Question.letter(place.option));
      }
    }
    boolean byText = !named.isEmpty();
    named.addAll(letters(standing, new String(rest)));
    return switch (named.size()) {
      case 0 -> Extracted.UNREADABLE;
      case 1 -> new Extracted(named.iterator().next(), byText ? How.TEXT : How.LETTER);
      default -> Extracted.AMBIGUOUS;
    };
  }

  /** Where options stand, but for those that are part of longer ones there. */
  private List<Place> places(List<Word> words) {
    List<String> given = words.stream().map(Word::text).toList();
    TreeMap<Integer, List<Integer>> bySize = new TreeMap<>(Comparator.reverseOrder());
    for (int option = 0; option < texts.size(); option++) {
      if (!texts.get(option).isEmpty() && texts.indexOf(texts.get(option)) == option) {
        bySize.computeIfAbsent(texts.get(option).size(), size -> new ArrayList<>()).add(option);
      }
    }
    List<Place> places = new ArrayList<>();
    BitSet taken = new BitSet();
    bySize.forEach(
        (size, all) -> {
          List<Place> found = new ArrayList<>();
          for (int from = 0; from + size <= given.size(); from++) {
            for (int option : all) {
              if (taken.nextClearBit(from) < from + size
                  && given.subList(from, from + size).equals(texts.get(option))) {
                found.add(new Place(option, from, from + size));
              }
            }
          }
          found.forEach(place -> taken.set(place.from, place.to));
          places.addAll(found);
        });
    return places;
  }

  /** Whether what stands there is said not to be so: "not a dog", "rather than the dog". */
  private static boolean denied(List<Word> words, int from) {
    int before = from - 1;
    if (before >= 0 && Words.isArticle(words.get(before).text())) {
      before--;
    }
    if (before < 0) {
      return false;
    }
    String word = words.get(before).text();
    return NOT.contains(word)
        || word.endsWith("n't")
        || (word.equals("of") && before > 0 && words.get(before - 1).text().equals("instead"));
  }
}
