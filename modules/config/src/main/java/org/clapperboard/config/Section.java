package org.clapperboard.config;

import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigList;
import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigOrigin;
import com.typesafe.config.ConfigValue;
import com.typesafe.config.ConfigValueType;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * The keys of one section of a configuration, read one by one.
 *
 * <p>Reads never throw: what is wrong is noted, and {@link ConfigFile#read} throws all of it at the
 * end. The section remembers which keys it was asked for; every other key is a problem.
 */
public final class Section extends ScalarReads {
  private static final String SECTION = "a section";
  private static final Comparator<Map.Entry<String, ConfigValue>> BY_LINE =
      Comparator.comparing(
              (Map.Entry<String, ConfigValue> entry) -> at(entry.getValue()),
              Comparator.comparing(Problem::file).thenComparingInt(Problem::line))
          .thenComparing(Map.Entry::getKey);

  private final ConfigObject object;
  private final String name;
  private final Problems problems;
  private final Set<String> asked = new LinkedHashSet<>();
  private final Map<String, Section> opened = new LinkedHashMap<>();
  private boolean interrupted;

  Section(ConfigObject object, String name, Problems problems) {
    this.object = object;
    this.name = name;
    this.problems = problems;
  }

  /** The full name, such as {@code data.mixture[2]}; empty for the whole file. */
  public String name() {
    return name;
  }

  /** Where the section stands, such as {@code conf/stage.yaml:7}. */
  public String place() {
    return at(object).place();
  }

  /** Whether the key is there; asking counts as knowing the key. */
  public boolean has(String key) {
    return ask(key) != null;
  }

  /** The section under a key that must be there. */
  public Section section(String key) {
    ConfigValue value = ask(key);
    if (value == null) {
      missing(key, SECTION);
      return mute(key);
    }
    return open(full(key), value).orElseGet(() -> mute(key));
  }

  /** The section under a key that may be left out. */
  public Optional<Section> optionalSection(String key) {
    return Optional.ofNullable(ask(key)).flatMap(value -> open(full(key), value));
  }

  /** The sections in a list that must be there. */
  public List<Section> sections(String key) {
    String expected = "a list of sections";
    ConfigValue value = ask(key);
    List<Section> sections = new ArrayList<>();
    if (value == null) {
      missing(key, expected);
    } else if (value instanceof ConfigList list) {
      for (int i = 0; i < list.size(); i++) {
        open(item(key, i), list.get(i)).ifPresent(sections::add);
      }
    } else {
      wrong(full(key), value, expected, "");
    }
    return sections;
  }

  /** What a reader makes of each section in a list that must be there; broken ones are left out. */
  public <T> List<T> each(String key, Function<Section, T> reader) {
    return sections(key).stream().map(reader).filter(Objects::nonNull).toList();
  }

  /** The sections in a section that must be there, by name, in the order of their lines. */
  public Map<String, Section> entries(String key) {
    ConfigValue value = ask(key);
    Map<String, Section> sections = new LinkedHashMap<>();
    if (value == null) {
      missing(key, SECTION);
    } else if (value instanceof ConfigObject entries) {
      entries.entrySet().stream()
          .sorted(BY_LINE)
          .forEach(
              entry ->
                  open(Wording.join(full(key), entry.getKey()), entry.getValue())
                      .ifPresent(section -> sections.put(entry.getKey(), section)));
    } else {
      wrong(full(key), value, SECTION, "");
    }
    return sections;
  }

  /** What a reader makes of each of the {@link #entries}, by name; broken ones are left out. */
  public <T> Map<String, T> eachEntry(String key, Function<Section, T> reader) {
    Map<String, T> values = new LinkedHashMap<>();
    entries(key)
        .forEach((entry, section) -> values.computeIfAbsent(entry, e -> reader.apply(section)));
    return Collections.unmodifiableMap(values);
  }

  /**
   * Free settings that are handed on as they are: texts, numbers, flags, lists and maps by key;
   * empty when the key is not there. All keys in it count as known.
   */
  public Map<String, Object> asMap(String key) {
    ConfigValue value = ask(key);
    if (value instanceof ConfigObject settings) {
      return Collections.unmodifiableMap(settings.unwrapped());
    }
    if (value != null) {
      wrong(full(key), value, SECTION, "");
    }
    return Map.of();
  }

  /**
   * Builds a record from reads of this section.
   *
   * <p>Rules that the record finds broken become problems on the line of the key they name, unless
   * that key has a problem already. Any other exception is taken for a consequence when there are
   * problems, and thrown when there are none; after a consequence only those unknown keys of this
   * section are reported that look mistyped, since reading may have ended early.
   *
   * @return the record, or null when there are problems, which are thrown in the end
   */
  public <T> T build(Supplier<T> construction) {
    try {
      return construction.get();
    } catch (BrokenRules e) {
      blame(e);
    } catch (RuntimeException e) {
      interrupted = true;
      for (Throwable hidden : e.getSuppressed()) {
        if (hidden instanceof BrokenRules rules) {
          blame(rules);
          interrupted = false;
        }
      }
      if (problems.isEmpty()) {
        throw e;
      }
    }
    return null;
  }

  /**
   * Notes a problem with a key of this section.
   *
   * @param advice what to do, a full sentence, or ""
   */
  public void problem(String key, String expected, String advice) {
    Found at = Found.at(object, key);
    String full = name.isEmpty() ? key : name + "." + key;
    String shown = at.whole() ? at.shown() : "missing";
    String text = Wording.wrong(full, shown, expected, advice);
    problems.add(Problem.at(at.value().origin(), full, text));
  }

  void reportUnknownKeys() {
    object.entrySet().stream()
        .filter(entry -> !asked.contains(entry.getKey()))
        .sorted(BY_LINE)
        .forEach(entry -> unknown(entry.getKey(), entry.getValue().origin()));
    opened.values().forEach(Section::reportUnknownKeys);
  }

  @Override
  <T> T required(String key, Kind<T> kind) {
    Optional<T> value = optional(key, kind);
    if (ask(key) == null) {
      missing(key, kind.expected());
    }
    return value.orElse(kind.placeholder());
  }

  @Override
  <T> Optional<T> optional(String key, Kind<T> kind) {
    return Optional.ofNullable(ask(key)).flatMap(value -> convert(full(key), value, kind));
  }

  @Override
  <T> List<T> requiredList(String key, Kind<T> kind) {
    Optional<List<T>> values = optionalList(key, kind);
    if (ask(key) == null) {
      missing(key, kind.listOf());
    }
    return values.orElse(List.of());
  }

  @Override
  <T> Optional<List<T>> optionalList(String key, Kind<T> kind) {
    ConfigValue value = ask(key);
    if (value instanceof ConfigList list) {
      List<T> items = new ArrayList<>();
      for (int i = 0; i < list.size(); i++) {
        convert(item(key, i), list.get(i), kind).ifPresent(items::add);
      }
      return Optional.of(Collections.unmodifiableList(items));
    }
    if (value != null) {
      wrong(full(key), value, kind.listOf(), "");
    }
    return Optional.empty();
  }

  private ConfigValue ask(String key) {
    asked.add(key);
    ConfigValue value = object.get(key);
    return value == null || value.valueType() == ConfigValueType.NULL ? null : value;
  }

  private <T> Optional<T> convert(String full, ConfigValue value, Kind<T> kind) {
    Optional<T> converted = kind.of(value);
    if (converted.isEmpty()) {
      wrong(full, value, kind.expected(), kind.advice(value));
    }
    return converted;
  }

  private Optional<Section> open(String full, ConfigValue value) {
    if (value instanceof ConfigObject section) {
      return Optional.of(
          opened.computeIfAbsent(full, open -> new Section(section, open, problems)));
    }
    wrong(full, value, SECTION, "");
    return Optional.empty();
  }

  /** Stands in for a section that is not there, which is a problem already; its own are dropped. */
  private Section mute(String key) {
    Problems dropped = new Problems();
    dropped.add(Problem.of(full(key), "is not there"));
    return new Section(ConfigFactory.empty().root(), full(key), dropped);
  }

  private void missing(String key, String expected) {
    if (!problems.touch(full(key))) {
      ConfigOrigin origin = object.getOrDefault(key, object).origin();
      String text = Wording.wrong(full(key), "missing", expected, "");
      problems.add(Problem.at(origin, full(key), text));
    }
  }

  private void wrong(String full, ConfigValue value, String expected, String advice) {
    if (!problems.touch(full)) {
      String text = Wording.wrong(full, Wording.shown(value), expected, advice);
      problems.add(Problem.at(value.origin(), full, text));
    }
  }

  private void unknown(String key, ConfigOrigin origin) {
    List<String> absent = asked.stream().filter(known -> !object.containsKey(known)).toList();
    String advice = DidYouMean.advice(key, absent);
    if (advice.isEmpty() && interrupted) {
      return;
    }
    String known = asked.isEmpty() ? "no keys here" : Wording.choices(List.copyOf(asked));
    String rest = advice.isEmpty() ? " (expected: " + known + ")." : ". " + advice;
    problems.add(Problem.at(origin, full(key), full(key) + " is not a known key" + rest));
  }

  private void blame(BrokenRules broken) {
    String prefix = name.isEmpty() ? "" : name + ".";
    List<Problem> blamed = new ArrayList<>();
    for (Rules.Broken rule : broken.rules()) {
      if (rule.keys().stream().noneMatch(key -> problems.touch(prefix + key))) {
        String full = prefix + rule.key();
        Found at = Found.at(object, rule.key());
        blamed.add(Problem.at(at.value().origin(), full, rule.problem(full, at.shown())));
      }
    }
    problems.addAll(blamed);
  }

  private String full(String key) {
    return Wording.join(name, key);
  }

  private String item(String key, int index) {
    return full(key) + "[" + index + "]";
  }

  private static Problem at(ConfigValue value) {
    return Problem.at(value.origin(), "", "");
  }
}
