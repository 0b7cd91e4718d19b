package org.clapperboard.data.recipe;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import org.clapperboard.config.Rules;
import org.clapperboard.config.Section;
import org.clapperboard.data.recipe.FieldText.BadRow;

/**
 * What becomes of a manifest row before it is a sample: in this order lists are made of texts and
 * of columns, names are taken apart, and lists become rows of their own. Unwanted rows are left out
 * as soon as what decides on them is there, so that what follows need not fit them.
 *
 * @param lists fields with a list written as a text
 * @param gather lists to make of several fields, by name
 * @param match texts to take apart into fields
 * @param explode fields that hold lists: each element becomes a row of its own. Lists of equal
 *     length go together; a list inside another's elements comes after it
 * @param where values of which a row must have one, by field
 * @param having fields that a row must have, not empty
 * @param lacking fields that a row must not have, or only empty
 */
public record RowRule(
    List<String> lists,
    Map<String, List<String>> gather,
    List<Match> match,
    List<String> explode,
    Map<String, List<String>> where,
    List<String> having,
    List<String> lacking)
    implements Serializable {
  /** The place of an element in the list it comes from; in an inner list, the second name. */
  private static final List<String> INDEX = List.of("_index", "_index_2", "_index_3");

  /** When a row's fields are as the publisher wrote them; before the first list is made rows of. */
  private static final int WRITTEN = -1;

  private static final int MADE = 0;

  /**
   * A text to take apart.
   *
   * @param of the text
   * @param pattern regular expression whose named groups become fields
   */
  public record Match(FieldText of, Pattern pattern) implements Serializable {
    private static final Pattern GROUP = Pattern.compile("\\(\\?<([a-zA-Z][a-zA-Z0-9]*)>");

    static Match read(Section section) {
      return section.build(
          () -> {
            String pattern = section.string("pattern");
            try {
              return new Match(FieldText.of(section.string("of")), Pattern.compile(pattern));
            } catch (PatternSyntaxException e) {
              section.problem("pattern", "a regular expression", e.getDescription() + ".");
              return null;
            }
          });
    }

    List<String> fields() {
      return GROUP.matcher(pattern.pattern()).results().map(group -> group.group(1)).toList();
    }

    void apply(ObjectNode row, Map<String, Map<String, String>> lookups) {
      String text = of.fill(row, lookups);
      Matcher found = pattern.matcher(text);
      if (!found.find()) {
        throw new BadRow("has \"" + text + "\" (expected: a text like " + pattern + ")");
      }
      for (String field : fields()) {
        if (found.group(field) != null) {
          row.put(field, found.group(field));
        }
      }
    }
  }

  public RowRule {
    lists = List.copyOf(lists);
    gather = new TreeMap<>(gather);
    match = List.copyOf(match);
    explode = List.copyOf(explode);
    where = new TreeMap<>(where);
    having = List.copyOf(having);
    lacking = List.copyOf(lacking);
    try (Rules rules = new Rules()) {
      for (String field : explode) {
        if (depth(explode, field) >= INDEX.size()) {
          rules.broken("explode", field, "at most " + INDEX.size() + " lists inside each other");
        }
      }
    }
  }

  static RowRule read(Section recipe) {
    return recipe.build(
        () ->
            new RowRule(
                recipe.strings("lists", List.of()),
                texts(recipe, "gather"),
                recipe.has("match") ? recipe.each("match", Match::read) : List.of(),
                recipe.strings("explode", List.of()),
                texts(recipe, "where"),
                recipe.strings("having", List.of()),
                recipe.strings("lacking", List.of())));
  }

  /** One or several texts by field. */
  private static Map<String, List<String>> texts(Section recipe, String key) {
    Map<String, List<String>> texts = new LinkedHashMap<>();
    recipe
        .asMap(key)
        .forEach(
            (field, value) ->
                texts.put(
                    field,
                    value instanceof List<?> several
                        ? several.stream().map(String::valueOf).toList()
                        : List.of(String.valueOf(value))));
    return texts;
  }

  /**
   * The rows that a row becomes; none if it is not wanted.
   *
   * @throws BadRow if a list or a text is not what the recipe takes it for
   */
  List<JsonNode> apply(JsonNode row, Map<String, Map<String, String>> lookups) {
    if (!(row instanceof ObjectNode given)) {
      throw new BadRow("is no object");
    }
    if (!wanted(given, WRITTEN)) {
      return List.of();
    }
    ObjectNode whole = made(given, lookups);
    List<JsonNode> rows = wanted(whole, MADE) ? List.of(whole) : List.of();
    TreeSet<Integer> depths = new TreeSet<>();
    explode.forEach(field -> depths.add(depth(explode, field)));
    for (int depth : depths) {
      List<String> fields =
          explode.stream().filter(field -> depth(explode, field) == depth).toList();
      List<JsonNode> inner = new ArrayList<>();
      rows.forEach(outer -> inner.addAll(exploded(outer, fields, INDEX.get(depth))));
      rows = inner.stream().filter(one -> wanted(one, depth + 1)).toList();
    }
    return rows;
  }

  private ObjectNode made(ObjectNode given, Map<String, Map<String, String>> lookups) {
    if (lists.isEmpty() && gather.isEmpty() && match.isEmpty()) {
      return given;
    }
    ObjectNode whole = copy(given);
    for (String field : lists) {
      whole.set(field, Filter.list(present(whole, field), field));
    }
    gather.forEach((name, fields) -> whole.set(name, gathered(whole, fields)));
    match.forEach(text -> text.apply(whole, lookups));
    return whole;
  }

  private static int depth(List<String> fields, String field) {
    return (int) fields.stream().filter(outer -> field.startsWith(outer + ".")).count();
  }

  private static ArrayNode gathered(ObjectNode row, List<String> fields) {
    ArrayNode list = row.arrayNode();
    fields.forEach(field -> list.add(FieldText.present(FieldText.at(row, field), field)));
    return list;
  }

  private static List<JsonNode> exploded(JsonNode row, List<String> fields, String index) {
    List<ArrayNode> lists = new ArrayList<>();
    for (String field : fields) {
      ArrayNode list = Filter.list(present(row, field), field);
      if (!lists.isEmpty() && list.size() != lists.get(0).size()) {
        throw new BadRow(
            String.format(
                "has %d elements in \"%s\" and %d in \"%s\"",
                lists.get(0).size(), fields.get(0), list.size(), field));
      }
      lists.add(list);
    }
    List<JsonNode> rows = new ArrayList<>();
    for (int i = 0; i < lists.get(0).size(); i++) {
      ObjectNode one = copy((ObjectNode) row);
      one.put(index, i);
      for (int field = 0; field < lists.size(); field++) {
        replace(one, fields.get(field), lists.get(field).get(i));
      }
      rows.add(one);
    }
    return rows;
  }

  /** Sets a value at a dotted path; of what lies around it only the way there is copied. */
  private static void replace(ObjectNode row, String path, JsonNode value) {
    int dot = path.indexOf('.');
    if (dot < 0 || row.has(path)) {
      row.set(path, value);
      return;
    }
    ObjectNode inner = copy((ObjectNode) row.get(path.substring(0, dot)));
    row.set(path.substring(0, dot), inner);
    replace(inner, path.substring(dot + 1), value);
  }

  private static ObjectNode copy(ObjectNode row) {
    return row.objectNode().setAll(row);
  }

  /** What can be decided at this time: rows were made of so many lists inside each other. */
  private boolean wanted(JsonNode row, int time) {
    return having.stream().noneMatch(field -> time(field) == time && isEmpty(row, field))
        && lacking.stream().allMatch(field -> time(field) != time || isEmpty(row, field))
        && where.keySet().stream()
            .allMatch(field -> timeOfValue(field) != time || hasValue(row, field));
  }

  /** When a field is there. */
  private int time(String field) {
    if (INDEX.contains(field)) {
      return INDEX.indexOf(field) + 1;
    }
    int depth = depth(explode, field);
    String name = field.contains(".") ? field.substring(0, field.indexOf('.')) : field;
    boolean isMade =
        gather.containsKey(name) || match.stream().anyMatch(text -> text.fields().contains(name));
    return depth > 0 || isMade ? depth : WRITTEN;
  }

  /** When a field holds an element rather than the list of them. */
  private int timeOfValue(String field) {
    return explode.contains(field) ? depth(explode, field) + 1 : time(field);
  }

  private boolean hasValue(JsonNode row, String field) {
    return where.get(field).contains(FieldText.present(FieldText.at(row, field), field));
  }

  private static JsonNode present(JsonNode row, String field) {
    JsonNode value = FieldText.at(row, field);
    if (value.isMissingNode()) {
      throw new BadRow("lacks the field \"" + field + "\"");
    }
    return value;
  }

  private static boolean isEmpty(JsonNode row, String field) {
    JsonNode value = FieldText.at(row, field);
    return value.isMissingNode()
        || value.isNull()
        || (value.isContainerNode() ? value.isEmpty() : value.asText().isBlank());
  }
}
