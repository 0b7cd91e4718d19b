package org.clapperboard.testing;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.clapperboard.testing.Comparison.Kind;
import org.clapperboard.testing.GoldenFixtures.Fixture;
import org.junit.jupiter.api.function.Executable;

/**
 * One test's way through one fixture: what it read, what it compared, and where we do something
 * else than the reference on purpose. A value of the fixture that it neither read nor left to
 * another test is a mistake.
 */
public final class GoldenRun {
  private static final Pattern NUMBER = Pattern.compile("\\s*([0-9.]+(?:e[-+]?[0-9]+)?)");
  private static final Pattern AS = Pattern.compile("as ([0-9A-Za-z_]+)");

  private final Fixture fixture;
  private final JsonNode json;
  private final SafetensorsFile file;
  private final List<Comparison> comparisons = new ArrayList<>();
  private final List<Defect> defects = new ArrayList<>();
  private final Set<Defect> passed = new HashSet<>();
  private String failure;
  private Pattern left = Pattern.compile("(?!)");

  /**
   * Something that the reference does not do well, and its test.
   *
   * @param reference what the reference does
   * @param ours what we do
   * @param check fails unless we do it
   */
  record Defect(String reference, String ours, Executable check) {
    String title() {
      return "the reference " + reference + "; here " + ours;
    }
  }

  private GoldenRun(Fixture fixture) {
    this.fixture = fixture;
    this.json = WatchedJson.read(fixture.folder().resolve(fixture.name() + ".json"));
    this.file = Files.exists(fixture.file()) ? fixture.tensors() : null;
  }

  /** Opens a fixture; some have no numbers beside their description. */
  public static GoldenRun of(Fixture fixture) {
    return new GoldenRun(fixture);
  }

  /** The fixture. */
  public Fixture fixture() {
    return fixture;
  }

  /** Its description. */
  public JsonNode json() {
    return json;
  }

  /** Its tensors. */
  public SafetensorsFile file() {
    if (file == null) {
      throw new IllegalStateException(fixture + " has no tensors");
    }
    return file;
  }

  /** Whether it has such a tensor. */
  public boolean has(String name) {
    return file != null && file.names().contains(name);
  }

  /** Notes tensors that the product's own reader has taken. */
  public void loaded(Collection<String> names) {
    file.unread().removeAll(names);
  }

  /** Notes fields of the description that only say how the fixture was made. */
  public void told(String... fields) {
    Arrays.stream(fields).forEach(json::path);
  }

  /** Names what another test compares; that it does is checked when all have run. */
  public void leave(String names) {
    left = Pattern.compile(names);
  }

  /**
   * A number out of the fixture's account of its tolerances: the one behind the last of these
   * phrases, each found behind the one before it.
   */
  public double tolerance(String... phrases) {
    String text = json.get("tolerance").asText();
    Matcher other = AS.matcher(text);
    if (other.matches()) {
      return GoldenRun.of(new Fixture(fixture.folder(), other.group(1))).tolerance(phrases);
    }
    int at = 0;
    for (String phrase : phrases) {
      int found = text.indexOf(phrase, at);
      if (found < 0) {
        throw new IllegalStateException(
            fixture + ": its tolerance has no \"" + phrase + "\": " + text);
      }
      at = found + phrase.length();
    }
    Matcher number = NUMBER.matcher(text).region(at, text.length());
    if (!number.lookingAt()) {
      throw new IllegalStateException(
          fixture + ": no number behind " + Arrays.toString(phrases) + ": " + text);
    }
    return Double.parseDouble(number.group(1));
  }

  /** Compares with a tensor of the fixture. */
  public void close(String name, float[] actual, double tolerance) {
    close(name, actual, file().floats(name), tolerance);
  }

  /** Compares with numbers that were made of the fixture's. */
  public void close(String name, float[] actual, float[] expected, double tolerance) {
    add(name, Difference.of(actual, expected, null), tolerance, "abs " + tolerance);
  }

  /** Compares the elements where the mask is 1; each mask entry covers a run of elements. */
  public void closeWhere(String name, float[] actual, long[] mask, double tolerance) {
    Difference difference = Difference.of(actual, file().floats(name), mask);
    add(name, difference, tolerance, "abs " + tolerance);
  }

  /** Compares a gradient: a share of the largest element plus a floor. */
  public void gradient(String name, float[] actual, double share, double floor) {
    Difference difference = Difference.of(actual, file().floats(name), null);
    add(
        name,
        difference,
        share * difference.largest() + floor,
        share + " of max" + (floor == 0 ? "" : " + " + floor));
  }

  /** Compares one number. */
  public void number(String name, double actual, double expected, double tolerance) {
    double worst = Math.abs(actual - expected);
    Difference difference = new Difference(1, worst, Math.abs(expected));
    add(name, difference, tolerance, "abs " + tolerance);
  }

  /** Compares whole numbers of the fixture: ids, masks, labels. */
  public void equal(String name, long[] actual) {
    equal(name, actual, file().longs(name));
  }

  /** Compares what has to be the same: texts, ids, bytes, shapes. */
  public void equal(String name, Object actual, Object expected) {
    boolean same = Objects.deepEquals(actual, expected);
    long values = expected.getClass().isArray() ? java.lang.reflect.Array.getLength(expected) : 1;
    double worst = same ? 0 : Double.POSITIVE_INFINITY;
    comparisons.add(new Comparison(name, Kind.of(name), values, worst, Double.NaN, "equal", worst));
  }

  /** Notes a comparison that has a rule of its own. */
  public void add(Comparison comparison) {
    comparisons.add(comparison);
  }

  /**
   * Names a defect of the reference, or something that it does and we do not.
   *
   * @param reference what the reference does, as in "fails with ..."
   * @param ours what happens here, as in "the mask marks what is there"
   * @param check fails unless it happens; it runs as a test of its own
   */
  public void otherwise(String reference, String ours, Executable check) {
    defects.add(new Defect(reference, ours, check));
  }

  /** Lets a test compare; that it failed is remembered for the report. */
  void compare(Consumer<GoldenRun> check) {
    failure = "it did not come to an end";
    try {
      check.accept(this);
      failure = null;
    } catch (RuntimeException | AssertionError e) {
      failure = e.toString();
      throw e;
    }
  }

  void check(Defect defect) throws Throwable {
    defect.check().execute();
    passed.add(defect);
  }

  boolean passed(Defect defect) {
    return passed.contains(defect);
  }

  /** Why it could not be compared, or null. */
  String failure() {
    return failure;
  }

  /** Fails if a value is further off than its tolerance. */
  public void requirePassed() {
    assertThat(comparisons.stream().filter(comparison -> !comparison.passes()))
        .as("values further off than the tolerance of " + fixture)
        .isEmpty();
  }

  List<Comparison> comparisons() {
    return comparisons;
  }

  List<Defect> defects() {
    return defects;
  }

  /** Everything that was not read. */
  Set<String> unread() {
    Set<String> unread = new TreeSet<>(WatchedJson.unread(json));
    if (file != null) {
      unread.addAll(file.unread());
    }
    return unread;
  }

  /** What was neither read nor left to another test. */
  Set<String> forgotten() {
    Set<String> forgotten = unread();
    forgotten.removeIf(name -> left.matcher(name).matches());
    return forgotten;
  }

  private void add(String name, Difference difference, double allowed, String tolerance) {
    double worst = difference.worst();
    comparisons.add(
        new Comparison(
            name,
            Kind.of(name),
            difference.values(),
            worst,
            difference.largest(),
            tolerance,
            // Nothing is allowed only where nothing is off.
            worst == 0 ? 0 : worst / allowed));
  }

  /**
   * How far numbers are apart.
   *
   * @param worst the largest difference; infinite where the sizes differ or a number is none
   * @param largest the largest number that was expected
   */
  private record Difference(long values, double worst, double largest) {

    static Difference of(float[] actual, float[] expected, long[] mask) {
      if (actual.length != expected.length) {
        return new Difference(expected.length, Double.POSITIVE_INFINITY, Double.NaN);
      }
      int run = mask == null ? 1 : expected.length / mask.length;
      double worst = 0;
      double largest = 0;
      long values = 0;
      for (int i = 0; i < expected.length; i++) {
        if (mask == null || mask[i / run] == 1) {
          double off = Math.abs((double) actual[i] - expected[i]);
          worst = Math.max(worst, Double.isNaN(off) ? Double.POSITIVE_INFINITY : off);
          largest = Math.max(largest, Math.abs(expected[i]));
          values++;
        }
      }
      return new Difference(values, worst, largest);
    }
  }
}
