package org.clapperboard.config;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.stream.Stream;

/**
 * The rules of a record, checked together in its compact constructor.
 *
 * <pre>{@code
 * record Batch(int global, int micro) {
 *   Batch {
 *     try (Rules rules = new Rules()) {
 *       rules.atLeast("micro", micro, 1);
 *       if (global % micro != 0) {
 *         rules.broken("global", global, "a multiple of micro = " + micro).dependsOn("micro");
 *       }
 *     }
 *   }
 * }
 * }</pre>
 *
 * <p>Leaving the block throws {@link BrokenRules} with every broken rule. Should a check itself
 * fail (above, micro may be 0), the rules broken until then travel with that exception and are
 * reported all the same. A component is named as in Java ({@code weightDecay}) or as in the file
 * ({@code weight-decay}); {@code batch.global} names a key of a nested record.
 */
public final class Rules implements AutoCloseable {
  private final List<Broken> broken = new ArrayList<>();

  /** The value must be above 0. */
  public void positive(String component, Number value) {
    if (!(value.doubleValue() > 0)) {
      broken(component, value, "a number above 0");
    }
  }

  /** The value must be {@code least} or more. */
  public void atLeast(String component, Number value, Number least) {
    if (!(value.doubleValue() >= least.doubleValue())) {
      broken(component, value, "at least " + least);
    }
  }

  /** The value must be {@code most} or less. */
  public void atMost(String component, Number value, Number most) {
    if (!(value.doubleValue() <= most.doubleValue())) {
      broken(component, value, "at most " + most);
    }
  }

  /** The value must lie between the two, both included. */
  public void between(String component, Number value, Number least, Number most) {
    double number = value.doubleValue();
    if (!(number >= least.doubleValue() && number <= most.doubleValue())) {
      broken(component, value, "between " + least + " and " + most);
    }
  }

  /** The text must hold more than white space. */
  public void notBlank(String component, String text) {
    if (text == null || text.isBlank()) {
      broken(component, text, "text that is not empty");
    }
  }

  /** The collection must hold something. */
  public void notEmpty(String component, Collection<?> values) {
    if (values == null || values.isEmpty()) {
      broken(component, values, "at least one value");
    }
  }

  /** The component must be there; a nested record that has problems of its own is null. */
  public void present(String component, Object value) {
    if (value == null) {
      broken(component, null, "a value");
    }
  }

  /** Notes that a rule is broken; advice may be hung on what is returned. */
  public Broken broken(String component, Object value, String expected) {
    Broken rule = new Broken(component, Wording.shown(value), expected);
    broken.add(rule);
    return rule;
  }

  /** Throws {@link BrokenRules} if any rule is broken. */
  @Override
  public void close() {
    if (!broken.isEmpty()) {
      throw new BrokenRules(broken);
    }
  }

  /** A rule that does not hold. */
  public static final class Broken {
    private final String component;
    private final String value;
    private final String expected;
    private String advice = "";
    private List<String> others = List.of();

    private Broken(String component, String value, String expected) {
      this.component = component;
      this.value = value;
      this.expected = expected;
    }

    /** What the user could do: a full sentence. */
    public Broken advice(String sentence) {
      advice = sentence;
      return this;
    }

    /** The rule only means something while these other components are right. */
    public Broken dependsOn(String... components) {
      others = List.of(components);
      return this;
    }

    String key() {
      return Wording.kebab(component);
    }

    /** The key and the others that the rule depends on. */
    List<String> keys() {
      return Stream.concat(Stream.of(component), others.stream()).map(Wording::kebab).toList();
    }

    /** The problem, with the value as the file shows it, or the record's own when null. */
    String problem(String key, String shown) {
      return Wording.wrong(key, shown == null ? value : shown, expected, advice);
    }

    @Override
    public String toString() {
      return problem(component, null);
    }
  }
}
