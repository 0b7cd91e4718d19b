package org.clapperboard.data.recipe;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * A text with fields of a row in braces: {@code audio/fold{fold}/{slice_file_name}}. A dot goes
 * inside a field, {@code {timestamp.0}}; a bar hands its value to a {@link Filter} or to a lookup
 * of the recipe, {@code {start|pad:6}}.
 */
public final class FieldText implements Serializable {
  private static final long serialVersionUID = 1;
  private static final Pattern FIELD = Pattern.compile("\\{([^{}]+)}");
  private static final Pattern PLACE = Pattern.compile("\\d{1,9}");

  private final String text;
  private final List<Field> fields;

  private FieldText(String text, List<Field> fields) {
    this.text = text;
    this.fields = List.copyOf(fields);
  }

  /**
   * A field of the text.
   *
   * @param from where its brace opens
   * @param to after its closing brace
   * @param path where its value stands in a row
   * @param steps what is done with the value
   */
  private record Field(int from, int to, String path, List<Step> steps) implements Serializable {
    private static final long serialVersionUID = 1;
  }

  /** A filter or, where that is null, a lookup of this name; with what follows its colon. */
  private record Step(Filter filter, String name, String argument) implements Serializable {
    private static final long serialVersionUID = 1;
  }

  /** Reads a text. Names that are no filters are taken for lookups; see {@link #lookups}. */
  public static FieldText of(String text) {
    Matcher field = FIELD.matcher(text);
    List<Field> fields = new ArrayList<>();
    while (field.find()) {
      String[] parts = field.group(1).split("\\|", -1);
      List<Step> steps = Arrays.stream(parts).skip(1).map(FieldText::step).toList();
      fields.add(new Field(field.start(), field.end(), parts[0], steps));
    }
    return new FieldText(text, fields);
  }

  private static Step step(String text) {
    int colon = text.indexOf(':');
    String name = colon < 0 ? text : text.substring(0, colon);
    String argument = colon < 0 ? "" : text.substring(colon + 1);
    return new Step(Filter.named(name), name, argument);
  }

  /** Names of the lookups it needs. */
  public List<String> lookups() {
    return steps().filter(step -> step.filter == null).map(Step::name).toList();
  }

  /** What is wrong with the arguments of its filters, a sentence each. */
  List<String> problems() {
    return steps()
        .filter(step -> step.filter != null)
        .map(step -> step.filter.problem(step.argument))
        .filter(problem -> !problem.isEmpty())
        .toList();
  }

  private Stream<Step> steps() {
    return fields.stream().flatMap(field -> field.steps.stream());
  }

  /** Whether there is no text at all. */
  public boolean isEmpty() {
    return text.isEmpty();
  }

  /**
   * Fills the fields in.
   *
   * @param lookups values by the lookup's name and key
   * @throws BadRow if a row lacks a field, or a filter cannot take its value
   */
  String fill(JsonNode row, Map<String, Map<String, String>> lookups) {
    StringBuilder filled = new StringBuilder();
    int done = 0;
    for (Field field : fields) {
      filled.append(text, done, field.from).append(value(field, row, lookups));
      done = field.to;
    }
    return filled.append(text, done, text.length()).toString();
  }

  private static String value(Field field, JsonNode row, Map<String, Map<String, String>> lookups) {
    JsonNode value = at(row, field.path);
    for (Step step : field.steps) {
      value =
          step.filter == null
              ? Filter.text(found(step.name, present(value, field.path), lookups))
              : step.filter.apply(value, field.path, step.argument, row);
    }
    return present(value, field.path);
  }

  private static String found(String lookup, String key, Map<String, Map<String, String>> lookups) {
    String value = lookups.getOrDefault(lookup, Map.of()).get(key);
    if (value == null) {
      throw new BadRow("has \"" + key + "\", which is not in the lookup \"" + lookup + "\"");
    }
    return value;
  }

  /** A value as text. */
  static String present(JsonNode value, String path) {
    if (value.isMissingNode() || value.isNull() || value.isContainerNode()) {
      throw new BadRow("lacks the field \"" + path + "\"");
    }
    return value.asText();
  }

  /** The value at a dotted path; numbers go into lists. A name may hold dots itself. */
  static JsonNode at(JsonNode row, String path) {
    JsonNode whole = row.path(path);
    if (!whole.isMissingNode() || path.indexOf('.') < 0) {
      return whole;
    }
    JsonNode value = row;
    for (String step : path.split("\\.", -1)) {
      boolean place = value.isArray() && PLACE.matcher(step).matches();
      value = place ? value.path(Integer.parseInt(step)) : value.path(step);
    }
    return value == null ? MissingNode.getInstance() : value;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof FieldText that && text.equals(that.text);
  }

  @Override
  public int hashCode() {
    return text.hashCode();
  }

  @Override
  public String toString() {
    return text;
  }

  /** Says what is wrong with a row: "lacks the field ...". */
  static final class BadRow extends RuntimeException {
    private static final long serialVersionUID = 1;

    BadRow(String what) {
      super(what);
    }
  }
}
