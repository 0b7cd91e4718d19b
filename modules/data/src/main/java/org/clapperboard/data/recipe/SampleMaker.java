package org.clapperboard.data.recipe;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.clapperboard.data.Exchange;
import org.clapperboard.data.recipe.ConversationRule.Template;
import org.clapperboard.data.recipe.ConversationRule.Turns;
import org.clapperboard.data.recipe.FieldText.BadRow;

/** Applies a recipe to the rows of its manifest. */
public final class SampleMaker {
  private static final Pattern CLOCK =
      Pattern.compile("(?:(\\d+):)?(\\d{1,2}):(\\d{1,2}(?:\\.\\d+)?)");
  private static final Pattern PLACEHOLDER = Pattern.compile("<(?:image|video|audio)>\\n?");

  private final Recipe recipe;

  /** A maker for one recipe. */
  public SampleMaker(Recipe recipe) {
    this.recipe = recipe;
  }

  /**
   * What became of a row: samples, or the reason why there are none.
   *
   * @param samples the samples, possibly several
   * @param problem what is wrong with the row, or null
   */
  public record Made(List<SampleSpec> samples, String problem) {}

  /** The samples of one row. */
  public Made samples(String manifest, ManifestRow row) {
    if (row.problem() != null) {
      return new Made(List.of(), row.problem());
    }
    try {
      List<SampleSpec> samples = new ArrayList<>();
      for (JsonNode fields : exploded(row.fields())) {
        samples.add(sample(manifest, row.line(), fields));
      }
      return new Made(samples, null);
    } catch (BadRow e) {
      return new Made(List.of(), e.getMessage());
    }
  }

  /** One row for each element of the lists that the recipe explodes. */
  private List<JsonNode> exploded(JsonNode row) {
    if (recipe.explode().isEmpty()) {
      return List.of(row);
    }
    List<ArrayNode> lists = new ArrayList<>();
    for (String field : recipe.explode()) {
      JsonNode value = FieldText.at(row, field);
      if (value.isMissingNode()) {
        throw new BadRow("lacks the field \"" + field + "\"");
      }
      ArrayNode list = value instanceof ArrayNode ready ? ready : PythonList.parse(value.asText());
      if (!lists.isEmpty() && list.size() != lists.get(0).size()) {
        throw new BadRow(
            String.format(
                "has %d elements in \"%s\" and %d in \"%s\"",
                lists.get(0).size(), recipe.explode().get(0), list.size(), field));
      }
      lists.add(list);
    }
    List<JsonNode> rows = new ArrayList<>();
    for (int i = 0; i < lists.get(0).size(); i++) {
      ObjectNode copy = row.deepCopy();
      copy.put("_index", i);
      for (int field = 0; field < lists.size(); field++) {
        copy.set(recipe.explode().get(field), lists.get(field).get(i));
      }
      rows.add(copy);
    }
    return rows;
  }

  private SampleSpec sample(String manifest, long line, JsonNode row) {
    String id = FieldText.fill(recipe.id(), row);
    Recipe.MediaRule media = recipe.media();
    String file = FieldText.fill(media.file(), row);
    double start = media.start().isEmpty() ? 0 : seconds(FieldText.fill(media.start(), row));
    double end =
        media.end().isEmpty()
            ? Double.POSITIVE_INFINITY
            : seconds(FieldText.fill(media.end(), row));
    if (end <= start) {
      throw new BadRow("has a clip from " + start + " s to " + end + " s");
    }
    return new SampleSpec(
        id,
        recipe.name(),
        recipe.modality(),
        FieldText.fill(recipe.kind(), row),
        manifest,
        line,
        file.isEmpty() ? "" : inFolder(recipe.root(), file),
        start,
        end,
        exchanges(id, row));
  }

  private static String inFolder(String root, String file) {
    return root.isEmpty() || file.startsWith("/") || file.contains("://")
        ? file
        : root + "/" + file;
  }

  private List<Exchange> exchanges(String id, JsonNode row) {
    if (recipe.conversation() instanceof Template template) {
      List<String> questions = template.questions();
      long choice = SampleHash.of(recipe.seed(), "question", id);
      String question = questions.get((int) Math.floorMod(choice, (long) questions.size()));
      String answer = FieldText.fill(template.answer(), row);
      return List.of(exchange(FieldText.fill(question, row), answer));
    }
    String field = ((Turns) recipe.conversation()).field();
    JsonNode turns = FieldText.at(row, field);
    // A leading answer has no question; the reference drops it as well.
    int first = turns.path(0).path("from").asText().equals("gpt") ? 1 : 0;
    List<Exchange> exchanges = new ArrayList<>();
    for (int i = first; i + 1 < turns.size(); i += 2) {
      JsonNode question = turns.get(i);
      JsonNode answer = turns.get(i + 1);
      if (!question.path("from").asText().equals("human")
          || !answer.path("from").asText().equals("gpt")) {
        throw new BadRow("has turns in \"" + field + "\" that do not go human, gpt, human, gpt");
      }
      exchanges.add(exchange(question.path("value").asText(), answer.path("value").asText()));
    }
    if (exchanges.isEmpty() || (turns.size() - first) % 2 != 0) {
      throw new BadRow(
          "has "
              + turns.size()
              + " turns in \""
              + field
              + "\" (expected: questions and answers in turn)");
    }
    return exchanges;
  }

  /** Placeholders are put where the model wants them, not where a publisher had them. */
  private static Exchange exchange(String question, String answer) {
    String asked = PLACEHOLDER.matcher(question).replaceAll("").strip();
    if (answer.isBlank()) {
      throw new BadRow("has an empty answer");
    }
    return new Exchange(asked, answer.strip());
  }

  /** Seconds as a number, or H:MM:SS.mmm. */
  static double seconds(String text) {
    Matcher clock = CLOCK.matcher(text.strip());
    try {
      if (clock.matches()) {
        double hours = clock.group(1) == null ? 0 : Double.parseDouble(clock.group(1));
        return hours * 3600
            + Double.parseDouble(clock.group(2)) * 60
            + Double.parseDouble(clock.group(3));
      }
      double value = Double.parseDouble(text.strip());
      if (value >= 0) {
        return value;
      }
    } catch (NumberFormatException e) {
      throw new BadRow("has the time \"" + text + "\" (expected: seconds or H:MM:SS.mmm)");
    }
    throw new BadRow("has the time \"" + text + "\" (expected: 0 or more)");
  }
}
