package org.clapperboard.config;

import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigList;
import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigOrigin;
import com.typesafe.config.ConfigUtil;
import com.typesafe.config.ConfigValue;
import com.typesafe.config.ConfigValueFactory;
import com.typesafe.config.ConfigValueType;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Merges layers and follows references with the rules of HOCON, keeping for every value the place
 * where its key is written.
 *
 * <p>Typesafe's own resolver stops at the first mistake and forgets the lines of what it merges; a
 * test holds this one to the same results. A value that is not merged yet is the stack of what the
 * layers hold for it, the topmost first.
 */
final class Resolution {
  private static final Pattern REFERENCE = Pattern.compile("\\$\\{(\\??)([^{}\\r\\n]*)}");
  private static final int MAX_STEPS = 128;

  private final List<ConfigValue> layers;
  private final Problems problems;
  private final Budget budget;

  /** Names whose value is being put together, with the names by which they were reached. */
  private final Set<String> building = new HashSet<>();

  /** Names that are being looked up. */
  private final Set<String> following = new HashSet<>();

  /** What was reported; a section that is referred to is visited again under another name. */
  private final Set<Problem> reported = new HashSet<>();

  private Resolution(List<ConfigValue> layers, Problems problems, Budget budget) {
    this.layers = layers;
    this.problems = problems;
    this.budget = budget;
  }

  /** A value as written in one layer, and what the layers under it hold for the same key. */
  private record Site(String name, ConfigValue value, List<ConfigValue> under) {}

  /** A value that cannot be had; the problem is noted already. */
  private static final class Broken extends RuntimeException {
    Broken() {
      super(null, null, false, false);
    }
  }

  /** The layers as one, the first on top. A key with a broken reference is left out and noted. */
  static ConfigObject of(List<ConfigObject> layers, Problems problems, Budget budget) {
    List<ConfigValue> stack = List.copyOf(layers);
    return new Resolution(stack, problems, budget).object("", stack);
  }

  /** The value of a stack, or null when nothing remains of it. */
  private ConfigValue value(String name, List<ConfigValue> stack) {
    Set<String> entered = new HashSet<>();
    List<ConfigValue> plain = follow(name, stack, entered);
    if (plain.isEmpty()) {
      return null;
    }
    if (!Collections.disjoint(entered, building)) {
      ConfigValue reference = stack.stream().filter(Resolution::isText).findFirst().orElseThrow();
      throw circle(new Site(name, reference, List.of()));
    }
    entered.add(name);
    ConfigValue top = plain.get(0);
    budget.take(0, top.origin());
    building.addAll(entered);
    try {
      if (top instanceof ConfigObject) {
        return object(name, plain);
      }
      return top instanceof ConfigList list ? list(name, list) : top;
    } finally {
      building.removeAll(entered);
    }
  }

  private ConfigObject object(String name, List<ConfigValue> stack) {
    Map<String, List<ConfigValue>> entries = new TreeMap<>();
    for (ConfigValue layer : stack) {
      ((ConfigObject) layer).keySet().forEach(key -> entries.put(key, children(stack, key)));
    }
    // References last, so that a problem in what they lead to is reported under its own name.
    List<String> keys = new ArrayList<>(entries.keySet());
    keys.sort(Comparator.comparing(key -> isText(entries.get(key).get(0))));
    Map<String, ConfigValue> values = new TreeMap<>();
    for (String key : keys) {
      String full = Wording.join(name, key);
      try {
        ConfigValue value = value(full, entries.get(key));
        if (value != null) {
          values.put(key, value);
        }
      } catch (Broken e) {
        problems.silence(full);
      }
    }
    return ConfigValueFactory.fromMap(values).withOrigin(place(stack));
  }

  /** The topmost file: an override of one key in a section does not move the section. */
  private static ConfigOrigin place(List<ConfigValue> stack) {
    return stack.stream()
        .map(ConfigValue::origin)
        .filter(origin -> origin.filename() != null)
        .findFirst()
        .orElse(stack.get(0).origin());
  }

  private ConfigList list(String name, ConfigList list) {
    List<ConfigValue> items = new ArrayList<>();
    Broken broken = null;
    for (int i = 0; i < list.size(); i++) {
      try {
        ConfigValue item = value(name + "[" + i + "]", List.of(list.get(i)));
        if (item != null) {
          items.add(item);
        }
      } catch (Broken e) {
        broken = e;
      }
    }
    if (broken != null) {
      throw broken;
    }
    return ConfigValueFactory.fromIterable(items).withOrigin(list.origin());
  }

  private List<ConfigValue> follow(String name, List<ConfigValue> stack) {
    return follow(name, stack, new HashSet<>());
  }

  /**
   * The stack without references: sections that lie on each other, or one other value.
   *
   * @param entered takes the names of what references added to the result
   */
  private List<ConfigValue> follow(String name, List<ConfigValue> stack, Set<String> entered) {
    List<ConfigValue> plain = new ArrayList<>();
    for (int i = 0; i < stack.size(); i++) {
      Site site = new Site(name, stack.get(i), stack.subList(i + 1, stack.size()));
      Matcher reference = REFERENCE.matcher(isText(site.value) ? Wording.text(site.value) : "");
      for (ConfigValue value : follow(site, reference)) {
        boolean isSection = value instanceof ConfigObject;
        if (!isSection && !plain.isEmpty()) {
          return plain;
        }
        plain.add(value);
        if (reference.matches()) {
          entered.add(ConfigUtil.joinPath(keys(site, reference)));
        }
        if (!isSection) {
          return plain;
        }
      }
    }
    return plain;
  }

  private List<ConfigValue> follow(Site site, Matcher reference) {
    if (reference.matches()) {
      return target(site, reference).stream()
          .map(layer -> layer.withOrigin(site.value.origin()))
          .toList();
    }
    return List.of(reference.reset().find() ? text(site, reference) : site.value);
  }

  private ConfigValue text(Site site, Matcher reference) {
    StringBuilder text = new StringBuilder();
    reference.reset();
    while (reference.find()) {
      String part = "";
      for (ConfigValue target : target(site, reference)) {
        if (target instanceof ConfigObject || target instanceof ConfigList) {
          throw broken(site, "no list or section within a text", "");
        }
        part = Wording.text(target);
      }
      budget.take(part.length(), site.value.origin());
      reference.appendReplacement(text, Matcher.quoteReplacement(part));
    }
    reference.appendTail(text);
    return ConfigValueFactory.fromAnyRef(text.toString()).withOrigin(site.value.origin());
  }

  /** What a reference leads to; nothing if it is optional and leads nowhere. */
  private List<ConfigValue> target(Site site, Matcher reference) {
    budget.take(0, site.value.origin());
    List<ConfigValue> found = lookUp(site, keys(site, reference));
    if (!found.isEmpty()) {
      return found;
    }
    String path = reference.group(2).strip();
    String variable = System.getenv(path);
    if (variable != null) {
      return List.of(ConfigValueFactory.fromAnyRef(variable));
    }
    if (reference.group(1).isEmpty()) {
      String expected = "a key or an environment variable named " + path;
      throw broken(site, expected, DidYouMean.advice(path, names()));
    }
    return List.of();
  }

  private List<ConfigValue> lookUp(Site site, List<String> keys) {
    String full = ConfigUtil.joinPath(keys);
    if ((full + ".").startsWith(site.name + ".")) {
      // As in HOCON, a key that refers to itself means what lies beneath it.
      int depth = ConfigUtil.splitPath(site.name).size();
      List<ConfigValue> beneath = follow(site.name, site.under);
      return descend(site.name, beneath, keys.subList(depth, keys.size()));
    }
    if (building.size() + following.size() > MAX_STEPS || !following.add(full)) {
      throw circle(site);
    }
    try {
      return descend("", layers, keys);
    } finally {
      following.remove(full);
    }
  }

  private List<ConfigValue> descend(String name, List<ConfigValue> stack, List<String> keys) {
    String at = name;
    List<ConfigValue> here = stack;
    for (String key : keys) {
      at = Wording.join(at, key);
      here = follow(at, children(here, key));
    }
    return here;
  }

  private List<String> keys(Site site, Matcher reference) {
    try {
      return ConfigUtil.splitPath(reference.group(2).strip());
    } catch (ConfigException.BadPath e) {
      throw broken(site, "references such as ${data.root}", "");
    }
  }

  private Broken circle(Site site) {
    String expected = "a reference that reaches a value within " + MAX_STEPS + " steps";
    return broken(site, expected, "Look for a circle.");
  }

  private Broken broken(Site site, String expected, String advice) {
    ConfigOrigin origin = site.value.origin();
    String shown = Wording.shown(site.value);
    if (reported.add(Problem.at(origin, "", shown))) {
      String text = Wording.wrong(site.name, shown, expected, advice);
      problems.add(Problem.at(origin, site.name, text));
    }
    return new Broken();
  }

  private Set<String> names() {
    Set<String> names = new TreeSet<>();
    for (ConfigValue layer : layers) {
      ((ConfigObject) layer).toConfig().entrySet().forEach(leaf -> names.add(leaf.getKey()));
    }
    return names;
  }

  private static boolean isText(ConfigValue value) {
    return value.valueType() == ConfigValueType.STRING;
  }

  private static List<ConfigValue> children(List<ConfigValue> stack, String key) {
    return stack.stream()
        .filter(layer -> layer instanceof ConfigObject object && object.containsKey(key))
        .map(layer -> ((ConfigObject) layer).get(key))
        .toList();
  }
}
