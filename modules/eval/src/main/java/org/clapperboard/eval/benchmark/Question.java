package org.clapperboard.eval.benchmark;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.Serializable;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.clapperboard.config.BadData;
import org.clapperboard.config.Rules;

/**
 * A question of a benchmark.
 *
 * @param set the benchmark
 * @param id the question, unique in it
 * @param prompt what is asked, options and instructions included, media left out
 * @param options texts to choose from, without letters; empty for open questions
 * @param references right answers: a letter where options are lettered, else texts; empty where a
 *     server scores
 * @param facts what else is to be known of it, by name
 */
public record Question(
    String set,
    String id,
    String prompt,
    List<String> options,
    List<String> references,
    Map<String, String> facts)
    implements Serializable {

  private static final ObjectMapper JSON = new ObjectMapper();

  /** Letters name options, and there are not more of them. */
  static final int MOST_OPTIONS = 26;

  public Question {
    options = List.copyOf(options);
    references = List.copyOf(references);
    facts = Collections.unmodifiableMap(new TreeMap<>(facts));
    try (Rules rules = new Rules()) {
      rules.notBlank("set", set);
      rules.notBlank("id", id);
      if (options.size() > MOST_OPTIONS) {
        rules.broken("options", options, "at most " + MOST_OPTIONS);
      }
    }
  }

  /** The letter of an option. */
  static String letter(int option) {
    return String.valueOf((char) ('A' + option));
  }

  /** The option of a letter, or -1. */
  int option(String letter) {
    int option = letter == null || letter.length() != 1 ? -1 : letter.charAt(0) - 'A';
    return option < options.size() ? Math.max(option, -1) : -1;
  }

  /**
   * A fact that is a list, written as JSON; empty if there is none.
   *
   * @throws BadData if it is no list of texts
   */
  public List<String> list(String name) {
    try {
      return facts.containsKey(name)
          ? JSON.readValue(facts.get(name), new TypeReference<List<String>>() {})
          : List.of();
    } catch (JsonProcessingException e) {
      throw new BadData(
          "Cannot score "
              + id
              + " of "
              + set
              + ": its "
              + name
              + " are \""
              + facts.get(name)
              + "\" (expected: a list of texts as JSON).",
          e);
    }
  }

  /** A fact, or an empty text. */
  public String fact(String name) {
    return facts.getOrDefault(name, "");
  }
}
