package org.clapperboard.eval.judge;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.clapperboard.config.Rules;
import org.clapperboard.config.Section;

/**
 * How a prompt is worded. Both texts may hold the names of texts of the case in braces, such as
 * {@code {question}}; no text of a case is searched for names in its turn.
 *
 * @param prompt what is asked
 * @param system what the judge is told to be
 * @param user the case itself
 */
record PromptText(JudgePrompt prompt, String system, String user) implements Serializable {
  private static final Pattern NAME = Pattern.compile("\\{([a-z]+(?:-2)?)}");

  PromptText {
    try (Rules rules = new Rules()) {
      List<String> needed = needed(prompt);
      String both = system + user;
      for (String name : needed) {
        if (!both.contains("{" + name + "}")) {
          rules.broken("user", user, "a text with {" + name + "}");
        }
      }
      unknown(system, needed).forEach(name -> unknown(rules, "system", name, needed));
      unknown(user, needed).forEach(name -> unknown(rules, "user", name, needed));
    }
  }

  static PromptText read(JudgePrompt prompt, Section section) {
    return section.build(
        () -> new PromptText(prompt, section.string("system", ""), section.string("user")));
  }

  private static void unknown(Rules rules, String key, String name, List<String> needed) {
    rules.broken(
        key, "{" + name + "}", "of texts of the case only {" + String.join("}, {", needed) + "}");
  }

  private static List<String> unknown(String text, List<String> known) {
    return NAME.matcher(text)
        .results()
        .map(found -> found.group(1))
        .filter(name -> !known.contains(name))
        .distinct()
        .toList();
  }

  private static List<String> needed(JudgePrompt prompt) {
    return switch (prompt) {
      case QA, CORRECTNESS, DETAIL, CONTEXT, TEMPORAL, OPEN_ENDED ->
          List.of("question", "reference", "prediction");
      case CONSISTENCY ->
          List.of("question", "question-2", "reference", "prediction", "prediction-2");
      case CORRECTNESS_OF_SEVERAL, DETAIL_OF_SEVERAL ->
          List.of("question", "references", "prediction");
      case EVENTS -> List.of("prediction");
      case ENTAILMENT -> List.of("reference", "events");
    };
  }

  /** The messages that ask about a case, as a chat completion takes them. */
  List<Map<String, String>> messages(JudgeCase one) {
    List<Map<String, String>> messages = new ArrayList<>();
    if (!system.isBlank()) {
      messages.add(Map.of("role", "system", "content", filled(system, one)));
    }
    messages.add(Map.of("role", "user", "content", filled(user, one)));
    return messages;
  }

  private static String filled(String text, JudgeCase one) {
    Map<String, String> texts = new HashMap<>();
    put(texts, "question", one.questions());
    put(texts, "reference", one.references());
    put(texts, "prediction", one.predictions());
    texts.put("references", "- " + String.join("\n- ", one.references()));
    List<String> events = new ArrayList<>();
    one.predictions().forEach(event -> events.add((events.size() + 1) + ". " + event));
    texts.put("events", String.join("\n", events));
    return NAME.matcher(text)
        .replaceAll(found -> Matcher.quoteReplacement(texts.getOrDefault(found.group(1), "")))
        .strip();
  }

  private static void put(Map<String, String> texts, String name, List<String> values) {
    if (!values.isEmpty()) {
      texts.put(name, values.get(0));
    }
    if (values.size() > 1) {
      texts.put(name + "-2", values.get(1));
    }
  }
}
