package org.clapperboard.data.recipe;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;
import org.clapperboard.data.Exchange;
import org.clapperboard.data.recipe.ConversationRule.Pairs;
import org.clapperboard.data.recipe.ConversationRule.Template;
import org.clapperboard.data.recipe.ConversationRule.Times;
import org.clapperboard.data.recipe.ConversationRule.Turns;
import org.clapperboard.data.recipe.FieldText.BadRow;

/** The questions and answers of a row, as a recipe's rule finds them. */
final class Conversations {
  private static final Pattern PLACEHOLDER = Pattern.compile("<(?:image|video|audio)>\\n?");

  private final ConversationRule rule;
  private final long seed;
  private final RecipeLookups lookups;

  Conversations(ConversationRule rule, long seed, RecipeLookups lookups) {
    this.rule = rule;
    this.seed = seed;
    this.lookups = lookups;
  }

  /**
   * The exchanges of a sample.
   *
   * @throws BadRow if there is none, or one is not as expected
   */
  List<Exchange> of(String id, JsonNode row) {
    if (rule instanceof Template template) {
      return List.of(chosen(template, id, row));
    }
    return rule instanceof Pairs pairs ? pairs(pairs, row) : turns((Turns) rule, row);
  }

  private Exchange chosen(Template template, String id, JsonNode row) {
    List<FieldText> questions = template.questions();
    long choice = SampleHash.of(seed, "question", id);
    FieldText question = questions.get((int) Math.floorMod(choice, (long) questions.size()));
    String answer = template.answer().fill(row, lookups.values());
    Exchange exchange = exchange(question.fill(row, lookups.values()), answer);
    return new Exchange(exchange.question() + blanksAtEnd(question.toString()), exchange.answer());
  }

  /** Blanks that a recipe ends a question with are meant: prompts of exams have them. */
  private static String blanksAtEnd(String text) {
    return text.substring(text.replaceFirst(" +\\z", "").length());
  }

  private static List<Exchange> pairs(Pairs pairs, JsonNode row) {
    List<Exchange> exchanges = new ArrayList<>();
    for (JsonNode pair : FieldText.at(row, pairs.field())) {
      String question = FieldText.present(pair.path(pairs.question()), pairs.question());
      String before = pairs.before().isEmpty() ? "" : pair.path(pairs.before()).asText("");
      String answer = FieldText.present(pair.path(pairs.answer()), pairs.answer());
      exchanges.add(exchange((before.strip() + " " + question).strip(), answer));
    }
    if (exchanges.isEmpty()) {
      throw new BadRow("has no questions in \"" + pairs.field() + "\"");
    }
    return exchanges;
  }

  private List<Exchange> turns(Turns rule, JsonNode row) {
    JsonNode turns = FieldText.at(row, rule.field());
    UnaryOperator<String> timed = rule.times() == null ? text -> text : timed(rule.times(), row);
    // A leading answer has no question; the reference drops it as well.
    int first = turns.path(0).path("from").asText().equals("gpt") ? 1 : 0;
    List<Exchange> exchanges = new ArrayList<>();
    for (int i = first; i + 1 < turns.size(); i += 2) {
      JsonNode question = turns.get(i);
      JsonNode answer = turns.get(i + 1);
      if (!question.path("from").asText().equals("human")
          || !answer.path("from").asText().equals("gpt")) {
        throw new BadRow(
            "has turns in \"" + rule.field() + "\" that do not go human, gpt, human, gpt");
      }
      exchanges.add(
          exchange(
              timed.apply(question.path("value").asText()),
              timed.apply(answer.path("value").asText())));
    }
    if (exchanges.isEmpty() || (turns.size() - first) % 2 != 0) {
      throw new BadRow(
          "has "
              + turns.size()
              + " turns in \""
              + rule.field()
              + "\" (expected: questions and answers in turn)");
    }
    return exchanges;
  }

  /** A row without moments is left as it is. */
  private UnaryOperator<String> timed(Times times, JsonNode row) {
    Map<String, String> parts = new TreeMap<>();
    for (Map.Entry<String, JsonNode> token : FieldText.at(row, times.tokens()).properties()) {
      parts.put(token.getKey(), hundredth(token, times, row));
    }
    return text -> {
      String filled = text;
      for (Map.Entry<String, String> part : parts.entrySet()) {
        filled = filled.replace(part.getKey(), part.getValue());
      }
      return filled;
    };
  }

  private String hundredth(Map.Entry<String, JsonNode> token, Times times, JsonNode row) {
    double duration = SampleMaker.seconds(times.duration().fill(row, lookups.values()));
    double moment =
        SampleMaker.seconds(
            FieldText.present(token.getValue(), times.tokens() + "." + token.getKey()));
    if (duration == 0) {
      throw new BadRow("has moments in a clip of 0 s");
    }
    return String.format(Locale.ROOT, "%02.0f", Math.min(99, Math.rint(moment / duration * 100)));
  }

  /** Placeholders are put where the model wants them, not where a publisher had them. */
  private static Exchange exchange(String question, String answer) {
    String asked = PLACEHOLDER.matcher(question).replaceAll("").strip();
    if (answer.isBlank()) {
      throw new BadRow("has an empty answer");
    }
    return new Exchange(asked, answer.strip());
  }
}
