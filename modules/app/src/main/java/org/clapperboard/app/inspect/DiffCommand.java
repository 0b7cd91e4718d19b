package org.clapperboard.app.inspect;

import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.clapperboard.app.Console;
import org.clapperboard.config.BadData;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code jobs/inspect.sh diff}: what two prepared datasets, or two runs, differ in. */
@Command(
    name = "diff",
    mixinStandardHelpOptions = true,
    description = {
      "Tells what two prepared datasets or two runs differ in: samples that were added, removed,",
      "re-captioned, moved (another file or clip) or re-decoded (other frames or sound); of runs",
      "also how often each stage used each dataset: added, removed or re-weighted (another share)."
    },
    footer = {
      "  jobs/inspect.sh diff runs/demo runs/demo-2",
      "  jobs/inspect.sh diff runs/a/prepared/webvid runs/b/prepared/webvid --examples 20"
    })
public final class DiffCommand implements Callable<Integer> {
  private static final List<String> CHANGES =
      List.of("added", "removed", "re-captioned", "moved", "re-decoded");
  private static final String PREPARED =
      """
      SELECT dataset, sample_id, to_json(exchanges) AS exchanges, media, start_seconds, end_seconds,
             xxhash64(frames) AS frames, xxhash64(sound) AS sound
      FROM media
      """;
  private static final String CHANGED =
      """
      SELECT coalesce(a.dataset, b.dataset) AS dataset, coalesce(a.sample_id, b.sample_id) AS sample_id,
             explode(filter(array(
               if(a.sample_id IS NULL, 'added', NULL),
               if(b.sample_id IS NULL, 'removed', NULL),
               if(a.exchanges <> b.exchanges, 're-captioned', NULL),
               if(a.media <> b.media OR a.start_seconds <> b.start_seconds
                  OR a.end_seconds <> b.end_seconds, 'moved', NULL),
               if(NOT (a.frames <=> b.frames AND a.sound <=> b.sound)
                  AND a.sample_id IS NOT NULL AND b.sample_id IS NOT NULL, 're-decoded', NULL)),
               change -> change IS NOT NULL)) AS change
      FROM a_samples a FULL OUTER JOIN b_samples b
        ON a.dataset = b.dataset AND a.sample_id = b.sample_id
      """;
  private static final String COUNTS =
      "SELECT dataset, change, count(*) AS samples FROM changed GROUP BY dataset, change"
          + " ORDER BY dataset, array_position(array(%s), change)";
  private static final String EXAMPLES =
      """
      SELECT change, dataset, sample_id FROM (
        SELECT *, row_number() OVER (PARTITION BY dataset, change ORDER BY sample_id) AS nth
        FROM changed)
      WHERE nth <= :examples ORDER BY dataset, change, nth
      """;
  private static final String WEIGHTS =
      """
      SELECT coalesce(a.stage, b.stage) AS stage, coalesce(a.dataset, b.dataset) AS dataset,
             CASE WHEN a.used IS NULL THEN 'added' WHEN b.used IS NULL THEN 'removed'
                  WHEN abs(a.share - b.share) > 1e-9 THEN 're-weighted' ELSE '' END AS change,
             coalesce(a.used, 0) AS used_a, coalesce(b.used, 0) AS used_b,
             round(coalesce(a.share, 0), 4) AS share_a, round(coalesce(b.share, 0), 4) AS share_b,
             coalesce(a.samples, 0) AS samples_a, coalesce(b.samples, 0) AS samples_b
      FROM a_used a FULL OUTER JOIN b_used b ON a.stage = b.stage AND a.dataset = b.dataset
      ORDER BY stage, dataset
      """;
  private static final String USED =
      """
      SELECT stage, dataset, count(*) AS used, count(DISTINCT sample_id) AS samples,
             count(*) / sum(count(*)) OVER (PARTITION BY stage) AS share
      FROM ledger WHERE coalesce(learned, true) GROUP BY stage, dataset
      """;

  @Parameters(
      index = "0",
      paramLabel = "A",
      description = "A run, a prepared dataset (RUN/prepared/NAME) or a folder of them.")
  private String first;

  @Parameters(index = "1", paramLabel = "B", description = "Another.")
  private String second;

  @Option(
      names = "--examples",
      paramLabel = "N",
      defaultValue = "5",
      description = "Examples of each change. Default: ${DEFAULT-VALUE}.")
  private int examples;

  private final Console console = new Console();

  @Override
  public Integer call() {
    boolean usedFirst = load(first, "a");
    boolean used = load(second, "b") && usedFirst;
    try (RunTables tables = RunTables.open(second, second + "/prepared")) {
      RunTables.keep(tables.ask(CHANGED, Map.of()), "changed");
      String order = "'" + String.join("', '", CHANGES) + "'";
      RunTables.print(console, tables.ask(COUNTS.formatted(order), Map.of()));
      console.line("");
      RunTables.print(console, tables.ask(EXAMPLES, Map.of("examples", examples)));
      if (used) {
        console.line("");
        RunTables.print(console, tables.ask(WEIGHTS, Map.of()));
      }
    }
    return 0;
  }

  /** Makes views of one side; says whether it has been trained with. */
  private static boolean load(String location, String side) {
    RunTables tables = RunTables.open(location, location + "/prepared");
    if (!tables.has("media")) {
      tables.close();
      throw new BadData("Cannot compare " + location + ": nothing is prepared there.");
    }
    RunTables.keep(tables.ask(PREPARED, Map.of()), side + "_samples");
    boolean used = tables.has("ledger");
    if (used) {
      RunTables.keep(tables.ask(USED, Map.of()), side + "_used");
    }
    return used;
  }
}
