package org.clapperboard.bench;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.hadoop.conf.Configuration;
import org.clapperboard.config.InternalFailure;
import org.clapperboard.data.storage.Folder;
import org.clapperboard.train.checkpoint.StageResult;

/**
 * What a rehearsed stage has learned, from what, and in which attempts.
 *
 * @param facts what has to be the same however often it was killed, by what it is about
 * @param ledger whether its ledger adds up, as {@code jobs/inspect.sh ledger} says it
 * @param attempts in turn
 */
record RunAccount(Map<String, String> facts, String ledger, List<Attempt> attempts) {
  private static final String FACTS =
      """
      SELECT
        (SELECT concat(count(*), ' rows, SHA-256 ', sha2(array_join(array_sort(collect_list(
           concat_ws('|', step, place, stream, epoch, dataset, sample_id))), ';'), 256))
         FROM ledger WHERE stage = '%1$s') AS samples,
        (SELECT concat(count(*), ' rows of ', count(DISTINCT step), ' steps, SHA-256 ',
           sha2(array_join(array_sort(collect_list(
           concat_ws('|', step, loss, gradient_norm, lr, labels, taken))), ';'), 256))
         FROM metrics WHERE stage = '%1$s') AS losses,
        (SELECT concat(count(*), ' rows, SHA-256 ', sha2(array_join(array_sort(collect_list(
           concat_ws('|', step, kind, name, labels, loss))), ';'), 256))
         FROM validation WHERE stage = '%1$s') AS validation,
        (SELECT concat(count(*), ' rows, SHA-256 ', sha2(array_join(array_sort(collect_list(
           concat_ws('|', step, `set`, asked, right))), ';'), 256))
         FROM slices WHERE stage = '%1$s') AS slices,
        (SELECT coalesce(to_json(sort_array(collect_list(struct(unix_millis(started) AS started,
           attempt, seconds, first_step, steps_known, steps_saved, coalesce(cause, '') AS cause)))),
           '[]') FROM attempts WHERE stage = '%1$s') AS attempts
      """;

  private static final ObjectMapper JSON = new ObjectMapper();

  RunAccount {
    facts = new LinkedHashMap<>(facts);
    attempts = List.copyOf(attempts);
  }

  /**
   * An attempt whose end a driver has lived to write down.
   *
   * @param number among those of its driver
   * @param started when
   * @param seconds how long it took
   * @param firstStep the step it began with
   * @param known steps that were done when it ended
   * @param saved steps of them that were kept
   * @param cause why it ended early, or nothing
   */
  record Attempt(
      int number,
      Instant started,
      double seconds,
      long firstStep,
      long known,
      long saved,
      String cause) {

    Instant ended() {
      return started.plusMillis(Math.round(1000 * seconds));
    }
  }

  /** The account of a run whose stage is finished. */
  static RunAccount of(RehearsalWorld world, Path run) throws IOException {
    StageResult result =
        StageResult.in(Folder.of(run + "/" + RehearsalWorld.STAGE, new Configuration()));
    if (result == null) {
      throw new InternalFailure("Cannot tell what " + run + " has learned: it is not finished.");
    }
    Map<String, String> facts = new LinkedHashMap<>();
    facts.put("steps", String.valueOf(result.steps()));
    Map<String, String> weights = new TreeMap<>();
    result.parts().forEach((part, file) -> weights.put(part, file.content()));
    weights.forEach((part, sha) -> facts.put("weights of " + part, "SHA-256 " + sha));
    Map<String, String> answer =
        row(world.inspect(List.of("--run", run.toString(), FACTS.formatted(RehearsalWorld.STAGE))));
    List<Attempt> attempts = new ArrayList<>();
    JSON.readTree(answer.remove("attempts")).forEach(one -> attempts.add(attempt(one)));
    facts.putAll(answer);
    return new RunAccount(facts, ledger(world, run), attempts);
  }

  private static Attempt attempt(JsonNode row) {
    return new Attempt(
        row.get("attempt").asInt(),
        Instant.ofEpochMilli(row.get("started").asLong()),
        row.get("seconds").asDouble(),
        row.get("first_step").asLong(),
        row.get("steps_known").asLong(),
        row.get("steps_saved").asLong(),
        row.get("cause").asText());
  }

  /** Its line of the proof, which fails if the ledger does not add up. */
  private static String ledger(RehearsalWorld world, Path run) throws IOException {
    return world
        .inspect(List.of("ledger", "--run", run.toString()))
        .lines()
        .filter(line -> line.startsWith(RehearsalWorld.STAGE + "\t"))
        .findFirst()
        .orElse("")
        .replaceFirst(".*\t", "");
  }

  /** The one row of an answer as {@code jobs/inspect.sh} prints it, by the names of its columns. */
  static Map<String, String> row(String printed) {
    List<String> lines = printed.lines().toList();
    String[] columns = lines.get(0).split("\t", -1);
    String[] values = lines.size() == 2 ? lines.get(1).split("\t", -1) : new String[0];
    if (values.length != columns.length) {
      throw new InternalFailure("Cannot read an answer of " + lines.size() + " lines: " + printed);
    }
    Map<String, String> row = new LinkedHashMap<>();
    for (int i = 0; i < columns.length; i++) {
      row.put(columns[i], values[i]);
    }
    return row;
  }

  /** What is not as in another account, in words. */
  List<String> differences(RunAccount other) {
    List<String> differences = new ArrayList<>();
    facts.forEach(
        (about, fact) -> {
          String there = other.facts().get(about);
          if (!fact.equals(there)) {
            differences.add(about + ": " + there + " (never killed: " + fact + ")");
          }
        });
    if (!other.ledger().equals("adds up")) {
      differences.add("ledger: " + other.ledger() + " (expected: adds up)");
    }
    return differences;
  }
}
