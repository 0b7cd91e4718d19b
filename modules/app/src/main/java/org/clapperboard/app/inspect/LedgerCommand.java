package org.clapperboard.app.inspect;

import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.apache.spark.sql.Row;
import org.clapperboard.app.Console;
import org.clapperboard.config.BadData;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code jobs/inspect.sh ledger}: whether the ledger adds up, stage by stage. */
@Command(
    name = "ledger",
    mixinStandardHelpOptions = true,
    description = {
      "Proves the account of every stage: no step is missing or comes after the weights, every step",
      "has every place of its batch once and every stream its share, a sample comes at most once in",
      "an epoch of its stream and in a finished one exactly once, and metrics and totals agree.",
      "Ends with exit code 3 and what is wrong, if something is."
    },
    footer = {
      "  jobs/inspect.sh ledger --run runs/demo",
      "  jobs/inspect.sh ledger --run runs/demo --examples 20"
    })
public final class LedgerCommand implements Callable<Integer> {
  private static final String STAGES =
      """
      SELECT stage, steps, batch, coalesce(n, 0) AS samples, coalesce(streams, '') AS streams
      FROM audited
      LEFT JOIN (SELECT stage, count(*) AS n FROM ledger GROUP BY stage) USING (stage)
      LEFT JOIN (SELECT stage, array_join(array_sort(collect_list(concat(stream, ' ', each))), ', ')
                   AS streams
                 FROM audited_streams GROUP BY stage) USING (stage)
      ORDER BY stage
      """;

  @Mixin private RunOption run;

  @Option(
      names = "--examples",
      paramLabel = "N",
      defaultValue = "3",
      description = "Examples of each kind of problem. Default: ${DEFAULT-VALUE}.")
  private int examples;

  private final Console console = new Console();

  @Override
  public Integer call() {
    try (RunTables tables = run.open()) {
      if (!tables.has("ledger")) {
        throw new BadData("Cannot prove the ledger of " + run.run() + ": it has none.");
      }
      for (LedgerFact fact : LedgerFact.values()) {
        RunTables.keep(tables.ask(fact.sql(), Map.of()), fact.sqlName());
      }
      List<Row> stages = tables.ask(STAGES, Map.of()).collectAsList();
      List<Row> broken =
          tables
              .ask(LedgerRule.examples(), Map.of("examples", Math.max(1, examples)))
              .collectAsList();
      console.line("stage\tsteps\tbatch\tsamples\tof a batch\tverdict");
      stages.forEach(stage -> console.line("%s\t%s", stage.mkString("\t"), verdict(stage, broken)));
      if (!broken.isEmpty()) {
        throw new BadData(told(broken));
      }
    }
    return 0;
  }

  private static String verdict(Row stage, List<Row> broken) {
    long problems =
        problems(broken.stream().filter(row -> row.get(0).equals(stage.get(0))).toList());
    return problems == 0 ? "adds up" : problems + " problems";
  }

  /** How many there are, examples standing for more of their kind. */
  private static long problems(List<Row> broken) {
    return broken.stream().filter(row -> row.getInt(4) == 1).mapToLong(row -> row.getLong(3)).sum();
  }

  private String told(List<Row> broken) {
    StringBuilder told =
        new StringBuilder("Cannot prove the ledger of " + run.run() + ": it does not add up.");
    for (int i = 0; i < broken.size(); i++) {
      Row row = broken.get(i);
      told.append("\n  ").append(row.getString(0)).append(": ");
      told.append(row.isNullAt(1) ? "" : "step " + row.getLong(1) + " ").append(row.getString(2));
      boolean last = i + 1 == broken.size() || broken.get(i + 1).getInt(4) == 1;
      if (last && row.getLong(3) > row.getInt(4)) {
        told.append(" (and ").append(row.getLong(3) - row.getInt(4)).append(" more like this)");
      }
    }
    return told.toString();
  }
}
