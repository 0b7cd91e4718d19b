package org.clapperboard.bench;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.clapperboard.media.Reason;

/**
 * What became of damaged files.
 *
 * @param damaged the files
 * @param outcomes one for each
 * @param seconds that preparing them took
 * @param losses what the cluster lost meanwhile
 */
record FuzzFigures(
    DamagedFiles damaged, List<Outcome> outcomes, double seconds, ClusterLosses losses) {
  /** Reasons that damage should not lead to: the file is there, and reading it has to end. */
  private static final Set<String> UNEXPECTED =
      Stream.of(Reason.MISSING, Reason.UNREADABLE, Reason.TIMEOUT, Reason.CRASHED)
          .map(Reason::code)
          .collect(Collectors.toUnmodifiableSet());

  private static final double NEARLY_ALL = 0.999;

  /**
   * What became of a file.
   *
   * @param number its number
   * @param reason why it is no sample, or empty if it is one
   * @param millis that reading it took
   * @param detail the reason as a sentence, or empty
   */
  record Outcome(int number, String reason, long millis, String detail) {
    String told() {
      return reason.isEmpty() ? "sample" : reason;
    }

    double seconds() {
      return millis / 1e3;
    }
  }

  FuzzFigures {
    outcomes = outcomes.stream().sorted(Comparator.comparingLong(Outcome::millis)).toList();
  }

  /** The slowest file, then all whose reason damage should not lead to. */
  List<Outcome> remarkable() {
    Outcome slowest = outcomes.get(outcomes.size() - 1);
    return Stream.concat(
            Stream.of(slowest),
            outcomes.stream().filter(outcome -> UNEXPECTED.contains(outcome.reason())))
        .distinct()
        .toList();
  }

  /** The time that a share of the files did not exceed, by nearest rank. */
  private double percentile(double share) {
    int rank = (int) Math.ceil(share * outcomes.size());
    return outcomes.get(Math.max(1, rank) - 1).seconds();
  }

  /** How many there are of each reason. */
  private Map<String, Long> reasons() {
    return outcomes.stream()
        .filter(outcome -> !outcome.reason().isEmpty())
        .collect(Collectors.groupingBy(Outcome::reason, TreeMap::new, Collectors.counting()));
  }

  Figures figures() {
    Map<String, Long> reasons = reasons();
    long samples = outcomes.stream().filter(outcome -> outcome.reason().isEmpty()).count();
    ObjectNode json =
        new ObjectMapper()
            .createObjectNode()
            .put("bench", "fuzz")
            .put("files", outcomes.size())
            .put("seed", damaged.seed())
            .put("seconds", seconds)
            .put("samples", samples)
            .put("executors-lost", losses.executors())
            .put("tasks-failed", losses.tasks());
    ObjectNode why = json.putObject("quarantined");
    reasons.forEach(why::put);
    json.putObject("seconds-of-a-file")
        .put("median", percentile(0.5))
        .put("99.9 %", percentile(NEARLY_ALL))
        .put("slowest", percentile(1));
    ArrayNode remarkable = json.putArray("remarkable");
    remarkable().forEach(outcome -> remarkable.add(described(outcome)));
    String work = "prepare " + outcomes.size() + " damaged files";
    return new Figures(json, table(samples, reasons), losses.failure(work));
  }

  private ObjectNode described(Outcome outcome) {
    return new ObjectMapper()
        .createObjectNode()
        .put("number", outcome.number())
        .put("original", damaged.file(outcome.number()).name())
        .put("outcome", outcome.told())
        .put("seconds", outcome.seconds())
        .put("detail", outcome.detail());
  }

  private List<String> table(long samples, Map<String, Long> reasons) {
    List<String> table = new ArrayList<>();
    table.add("| outcome | files |");
    table.add("|---|---:|");
    table.add("| sample | " + samples + " |");
    reasons.forEach((reason, count) -> table.add("| " + reason + " | " + count + " |"));
    table.add(
        String.format(
            Locale.ROOT,
            "%d files in %.0f s: %d executors lost, %d tasks failed",
            outcomes.size(),
            seconds,
            losses.executors(),
            losses.tasks()));
    table.add(
        String.format(
            Locale.ROOT,
            "A file took %.3f s in the middle, 99.9 %% of them at most %.3f s, the slowest %.3f s.",
            percentile(0.5),
            percentile(NEARLY_ALL),
            percentile(1)));
    remarkable().forEach(outcome -> table.add(line(outcome)));
    return table;
  }

  private String line(Outcome outcome) {
    return String.format(
        Locale.ROOT,
        "Number %d of seed %d, made of \"%s\": %s after %.3f s. %s",
        outcome.number(),
        damaged.seed(),
        damaged.file(outcome.number()).name(),
        outcome.told(),
        outcome.seconds(),
        outcome.detail());
  }
}
