package org.clapperboard.config;

import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigOrigin;
import com.typesafe.config.ConfigValue;
import com.typesafe.config.ConfigValueFactory;
import com.typesafe.config.ConfigValueType;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Compose;
import org.snakeyaml.engine.v2.api.lowlevel.Parse;
import org.snakeyaml.engine.v2.events.CollectionEndEvent;
import org.snakeyaml.engine.v2.events.CollectionStartEvent;
import org.snakeyaml.engine.v2.events.Event;
import org.snakeyaml.engine.v2.exceptions.Mark;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;
import org.snakeyaml.engine.v2.nodes.Tag;
import org.snakeyaml.engine.v2.schema.CoreSchema;

/**
 * YAML 1.2 text (core schema) into Typesafe values that know their file and line.
 *
 * <p>The value of a key has the line of the key, an item of a list the line on which it starts.
 */
final class Yaml {
  private static final int MAX_DEPTH = 64;

  /** The budget bounds what aliases expand to, so their number is free. */
  private static final LoadSettings SETTINGS =
      LoadSettings.builder()
          .setSchema(new CoreSchema())
          .setMaxAliasesForCollections(Integer.MAX_VALUE)
          .build();

  /** Numbers that Typesafe Config reads too, and then keeps as they were written. */
  private static final Pattern PLAIN_NUMBER = Pattern.compile("-?\\d+(\\.\\d+)?([eE][-+]?\\d+)?");

  private final ConfigOrigin source;
  private final Problems problems;
  private final Budget budget;

  Yaml(ConfigOrigin source, Problems problems, Budget budget) {
    this.source = source;
    this.problems = problems;
    this.budget = budget;
  }

  /**
   * The value of the only document, which belongs to the key named; empty when the text holds none.
   * Throws BadConfig when the text is no YAML; smaller mistakes become problems and reading goes
   * on.
   */
  Optional<ConfigValue> read(String name, String text) {
    try {
      checkDepth(text);
      return new Compose(SETTINGS)
          .composeString(text)
          .map(node -> value(name, node, line(node), 0));
    } catch (MarkedYamlEngineException e) {
      throw refused(YamlMistake.line(e), "is not valid YAML: " + YamlMistake.text(e) + ".");
    } catch (YamlEngineException e) {
      throw refused(0, "is not valid YAML: " + e.getMessage() + ".");
    }
  }

  /** The composer is recursive, so the depth is measured on the events before. */
  private static void checkDepth(String text) {
    int depth = 0;
    for (Event event : new Parse(SETTINGS).parseString(text)) {
      if (event instanceof CollectionStartEvent && ++depth > MAX_DEPTH) {
        throw new TooDeep(event.getStartMark());
      } else if (event instanceof CollectionEndEvent) {
        depth--;
      }
    }
  }

  private ConfigValue value(String name, Node node, int line, int depth) {
    if (depth > MAX_DEPTH) {
      throw new TooDeep(node.getStartMark());
    }
    ConfigOrigin origin = at(line);
    if (node instanceof MappingNode mapping) {
      return object(name, mapping, origin, depth);
    }
    if (node instanceof SequenceNode sequence) {
      return list(name, sequence, origin, depth);
    }
    ScalarNode scalar = (ScalarNode) node;
    budget.take(scalar.getValue().length(), origin);
    return scalar(name, scalar, origin).withOrigin(origin);
  }

  private ConfigValue object(String name, MappingNode node, ConfigOrigin origin, int depth) {
    budget.take(0, origin);
    Map<String, ConfigValue> values = new LinkedHashMap<>();
    Map<String, Integer> lines = new HashMap<>();
    for (NodeTuple entry : node.getValue()) {
      int line = line(entry.getKeyNode());
      if (!(entry.getKeyNode() instanceof ScalarNode key)) {
        problems.add(Problem.at(at(line), name, "a key must be text, not a list or a map."));
        continue;
      }
      String full = Wording.join(name, key.getValue());
      Integer first = lines.putIfAbsent(key.getValue(), line);
      if (first == null) {
        values.put(key.getValue(), value(full, entry.getValueNode(), line, depth + 1));
      } else {
        String text = full + " stands here again (first on line " + first + "). Keep one.";
        problems.add(Problem.at(at(line), full, text));
      }
    }
    return ConfigValueFactory.fromMap(values).withOrigin(origin);
  }

  private ConfigValue list(String name, SequenceNode node, ConfigOrigin origin, int depth) {
    budget.take(0, origin);
    List<ConfigValue> items = new ArrayList<>();
    for (Node item : node.getValue()) {
      items.add(value(name + "[" + items.size() + "]", item, line(item), depth + 1));
    }
    return ConfigValueFactory.fromIterable(items).withOrigin(origin);
  }

  private ConfigValue scalar(String name, ScalarNode node, ConfigOrigin origin) {
    String text = node.getValue();
    Tag tag = node.getTag();
    try {
      if (tag.equals(Tag.STR) || tag.equals(Tag.ENV_TAG)) { // the parser's own tag for ${...}
        return ConfigValueFactory.fromAnyRef(text);
      } else if (tag.equals(Tag.INT) || tag.equals(Tag.FLOAT)) {
        return number(text);
      } else if (tag.equals(Tag.BOOL)) {
        return ConfigValueFactory.fromAnyRef(Boolean.valueOf(text));
      } else if (!tag.equals(Tag.NULL)) {
        problem(origin, name, text, "a value without the tag " + tag.getValue());
      }
    } catch (NumberFormatException e) {
      problem(origin, name, text, "a finite number");
    }
    return ConfigValueFactory.fromAnyRef(null);
  }

  private static ConfigValue number(String text) {
    if (PLAIN_NUMBER.matcher(text).matches()) {
      ConfigValue parsed = ConfigFactory.parseString("value=" + text).root().get("value");
      if (parsed.valueType() == ConfigValueType.NUMBER) {
        return finite((Number) parsed.unwrapped(), parsed);
      }
    }
    Number number =
        text.startsWith("0x")
            ? Long.valueOf(text.substring(2), 16)
            : text.startsWith("0o") ? Long.valueOf(text.substring(2), 8) : decimal(text);
    return finite(number, ConfigValueFactory.fromAnyRef(number));
  }

  private static Number decimal(String text) {
    BigDecimal decimal = new BigDecimal(text);
    try {
      return decimal.longValueExact();
    } catch (ArithmeticException e) {
      return decimal.doubleValue();
    }
  }

  private static ConfigValue finite(Number number, ConfigValue value) {
    if (!Double.isFinite(number.doubleValue())) {
      throw new NumberFormatException("not finite");
    }
    return value;
  }

  private void problem(ConfigOrigin origin, String name, String text, String expected) {
    String shown = Wording.shown((Object) text);
    problems.add(Problem.at(origin, name, Wording.wrong(name, shown, expected, "")));
  }

  private BadConfig refused(int line, String text) {
    return new BadConfig(List.of(Problem.at(at(line), "", text)));
  }

  private ConfigOrigin at(int line) {
    return source.filename() == null || line == 0 ? source : source.withLineNumber(line);
  }

  private static int line(Node node) {
    return node.getStartMark().map(Mark::getLine).orElse(-1) + 1;
  }

  private static final class TooDeep extends MarkedYamlEngineException {
    TooDeep(Optional<Mark> mark) {
      super(null, Optional.empty(), "lists and maps lie more than " + MAX_DEPTH + " deep", mark);
    }
  }
}
