package org.clapperboard.testing;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.clapperboard.testing.Comparison.Kind;
import org.clapperboard.testing.GoldenFixtures.Fixture;

/**
 * What the tests of all modules have compared with the fixtures of one folder in one build. Each
 * test leaves an entry per fixture, and the report is what the entries say together.
 *
 * @param fixtures the folder
 * @param build tells this build's entries from older ones
 * @param place folder of the report and its entries
 */
public record GoldenReport(GoldenFixtures fixtures, String build, Path place) {
  private static final ObjectMapper JSON = new ObjectMapper();

  /**
   * One test's account of one fixture.
   *
   * @param owner the test
   * @param failure why it could not be compared at all, or null
   * @param unread values it did not read; another test may have
   */
  record Entry(
      String build,
      String folder,
      String fixture,
      String owner,
      String failure,
      List<Comparison> comparisons,
      List<Otherwise> otherwise,
      Set<String> unread) {}

  /** What we do otherwise than the reference, and whether we do. */
  record Otherwise(String what, boolean passed) {}

  /** The report of this build, in the repository's own target folder. */
  public static GoldenReport chosen() {
    return new GoldenReport(
        GoldenFixtures.chosen(),
        System.getProperty("golden.build", ""),
        GoldenFixtures.repository().resolve("target"));
  }

  /** The report's file. */
  public Path file() {
    return place.resolve("golden-report.md");
  }

  /** Whether a build is known, and some of its tests have run. */
  public boolean begun() {
    return !build.isEmpty() && !entries().isEmpty();
  }

  /** Adds what a test found, and writes the report anew. */
  void add(GoldenRun run, String owner) {
    Entry entry =
        new Entry(
            build,
            fixtures.folder().toString(),
            run.fixture().name(),
            owner,
            run.failure(),
            run.comparisons(),
            run.defects().stream()
                .map(defect -> new Otherwise(defect.title(), run.passed(defect)))
                .toList(),
            run.unread());
    try {
      Path folder = Files.createDirectories(place.resolve("golden"));
      Path file = folder.resolve(run.fixture().name() + "-" + owner + ".json");
      JSON.writeValue(file.toFile(), entry);
      write();
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot write " + file() + ": " + e.getMessage(), e);
    }
  }

  /** Everything that is wrong with the folder or with what was made of it; empty if all is well. */
  public List<String> problems() {
    List<String> problems = new ArrayList<>();
    TreeMap<String, List<Entry>> byFixture = byFixture();
    if (fixtures.startingWith("").isEmpty()) {
      problems.add("there are no fixtures in " + fixtures.folder());
    }
    for (Fixture fixture : fixtures.startingWith("")) {
      List<Entry> entries = byFixture.getOrDefault(fixture.name(), List.of());
      if (entries.isEmpty()) {
        problems.add(fixture + " was run by no test");
        continue;
      }
      entries.stream()
          .filter(entry -> entry.failure() != null)
          .forEach(entry -> problems.add(fixture + " " + entry.owner() + ": " + entry.failure()));
      entries.stream()
          .flatMap(entry -> entry.comparisons().stream())
          .filter(comparison -> !comparison.passes())
          .forEach(bad -> problems.add(fixture + " " + bad.name() + " is off: " + figure(bad)));
      entries.stream()
          .flatMap(entry -> entry.otherwise().stream())
          .filter(otherwise -> !otherwise.passed())
          .forEach(otherwise -> problems.add(fixture + ", not so: " + otherwise.what()));
      Set<String> unread = unread(entries);
      if (!unread.isEmpty()) {
        problems.add(fixture + " has values that no test has read: " + String.join(", ", unread));
      }
    }
    fixtures.orphans().forEach(name -> problems.add(name + " has no description beside it"));
    return problems;
  }

  private static Set<String> unread(List<Entry> entries) {
    Set<String> unread = new TreeSet<>(entries.get(0).unread());
    entries.forEach(entry -> unread.retainAll(entry.unread()));
    return unread;
  }

  private TreeMap<String, List<Entry>> byFixture() {
    return entries().stream()
        .collect(Collectors.groupingBy(Entry::fixture, TreeMap::new, Collectors.toList()));
  }

  private List<Entry> entries() {
    Path folder = place.resolve("golden");
    if (!Files.isDirectory(folder)) {
      return List.of();
    }
    try (Stream<Path> files = Files.list(folder)) {
      return files
          .filter(file -> file.toString().endsWith(".json"))
          .sorted()
          .map(GoldenReport::entry)
          .filter(entry -> entry.build().equals(build))
          .filter(entry -> entry.folder().equals(fixtures.folder().toString()))
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot list " + folder + ": " + e.getMessage(), e);
    }
  }

  private static Entry entry(Path file) {
    try {
      return JSON.readValue(file.toFile(), Entry.class);
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot read " + file + ": " + e.getMessage(), e);
    }
  }

  /** Writes the report: a table of numbers, what is otherwise on purpose, and what is wrong. */
  public void write() throws IOException {
    List<String> lines = new ArrayList<>();
    lines.add("# Numbers of the reference in " + fixtures.folder());
    lines.add("");
    lines.add("Build of " + build + ".");
    lines.add("");
    lines.add("| fixture | compared | values | worst error | share of max | allowed | of it | |");
    lines.add("|---|---|---:|---:|---:|---|---:|---|");
    TreeMap<String, List<Entry>> byFixture = byFixture();
    byFixture.forEach((fixture, entries) -> lines.addAll(rows(fixture, entries)));
    section(
        lines,
        "Otherwise than the reference, on purpose",
        byFixture.values().stream()
            .flatMap(List::stream)
            .flatMap(e -> e.otherwise().stream().map(o -> e.fixture() + ": " + o.what()))
            .toList());
    section(lines, "Not as it should be", problems());
    // Modules may be built side by side: each writes its own file, and the last one stays.
    Path written = place.resolve("golden-report-" + ProcessHandle.current().pid() + ".md");
    Files.write(written, lines);
    Files.move(written, file(), StandardCopyOption.REPLACE_EXISTING);
  }

  private static void section(List<String> lines, String title, List<String> points) {
    lines.add("");
    lines.add("## " + title);
    lines.add("");
    points.forEach(point -> lines.add("- " + point));
    if (points.isEmpty()) {
      lines.add("Nothing.");
    }
  }

  private static List<String> rows(String fixture, List<Entry> entries) {
    TreeMap<Kind, List<Comparison>> kinds =
        entries.stream()
            .flatMap(entry -> entry.comparisons().stream())
            .collect(Collectors.groupingBy(Comparison::kind, TreeMap::new, Collectors.toList()));
    return kinds.entrySet().stream()
        .map(kind -> row(fixture, kind.getKey(), kind.getValue()))
        .toList();
  }

  private static String row(String fixture, Kind kind, List<Comparison> all) {
    Comparison worst = all.stream().max(Comparator.comparingDouble(Comparison::error)).get();
    long values = all.stream().mapToLong(Comparison::values).sum();
    return String.format(
        Locale.ROOT,
        "| %s | %s (%d) | %d | %s at %s | %s | %s | %s | %s |",
        fixture,
        kind,
        all.size(),
        values,
        number(worst.worst()),
        worst.name(),
        share(worst),
        worst.tolerance(),
        number(worst.error()),
        worst.passes() ? "ok" : "**off**");
  }

  private static String share(Comparison comparison) {
    return Double.isFinite(comparison.largest()) && comparison.largest() > 0
        ? number(comparison.worst() / comparison.largest())
        : "";
  }

  private static String figure(Comparison comparison) {
    return number(comparison.worst()) + " (allowed: " + comparison.tolerance() + ")";
  }

  private static String number(double value) {
    return value == 0 ? "0" : String.format(Locale.ROOT, "%.2g", value);
  }
}
