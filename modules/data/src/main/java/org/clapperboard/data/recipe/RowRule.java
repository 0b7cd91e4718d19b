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
 * of columns, names are taken apart, lists become rows of their own, and unwanted rows are left
 * out.
 *
 * @param lists fields with a list written as a text
 * @param gather lists to make of several fields, by name
 * @param match texts to take apart into fields
 * @param explode fields that hold lists: each element becomes a row of its own. Lists of equal
 *     length go together; a list inside another's elements comes after it
 * @param where values that a row must have, by field
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

    void apply(ObjectNode row, Map<String, Map<String, String>> lookups) {
      String text = of.fill(row, lookups);
      Matcher found = pattern.matcher(text);
      if (!found.find()) {
        throw new BadRow("has \"" + text + "\" (expected: a text like " + pattern + ")");
      }
      Matcher group = GROUP.matcher(pattern.pattern());
      while (group.find()) {
        String value = found.group(group.group(1));
        if (value != null) {
          row.put(group.group(1), value);
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
    ObjectNode whole = given;
    if (!lists.isEmpty() || !gather.isEmpty() || !match.isEmpty()) {
      whole = copy(given);
      for (String field : lists) {
        whole.set(field, Filter.list(FieldText.at(whole, field), field));
      }
      for (Map.Entry<String, List<String>> list : gather.entrySet()) {
        whole.set(list.getKey(), gathered(whole, list.getValue()));
      }
      for (Match text : match) {
        text.apply(whole, lookups);
      }
    }
    List<JsonNode> rows = List.of(whole);
    TreeSet<Integer> depths = new TreeSet<>();
    explode.forEach(field -> depths.add(depth(explode, field)));
    for (int depth : depths) {
      List<String> fields =
          explode.stream().filter(field -> depth(explode, field) == depth).toList();
      List<JsonNode> inner = new ArrayList<>();
      rows.forEach(outer -> inner.addAll(exploded(outer, fields, INDEX.get(depth))));
      rows = inner;
    }
    return rows.stream().filter(this::wanted).toList();
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
      JsonNode value = FieldText.at(row, field);
      if (value.isMissingNode()) {
        throw new BadRow("lacks the field \"" + field + "\"");
      }
      ArrayNode list = Filter.list(value, field);
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

  private boolean wanted(JsonNode row) {
    return having.stream().noneMatch(field -> isEmpty(row, field))
        && lacking.stream().allMatch(field -> isEmpty(row, field))
        && where.entrySet().stream()
            .allMatch(rule -> rule.getValue().contains(FieldText.at(row, rule.getKey()).asText()));
  }

  private static boolean isEmpty(JsonNode row, String field) {
    JsonNode value = FieldText.at(row, field);
    return value.isMissingNode()
        || value.isNull()
        || (value.isContainerNode() ? value.isEmpty() : value.asText().isBlank());
  }
}
