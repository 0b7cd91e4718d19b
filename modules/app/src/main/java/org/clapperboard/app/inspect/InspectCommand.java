package org.clapperboard.app.inspect;

import java.util.Map;
import java.util.concurrent.Callable;
import org.clapperboard.app.App;
import org.clapperboard.app.Console;
import org.clapperboard.config.DidYouMean;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code jobs/inspect.sh}: questions to a run, in SQL, and some that are asked often. */
@Command(
    name = "jobs/inspect.sh",
    mixinStandardHelpOptions = true,
    subcommands = {
      BatchCommand.class,
      SampleCommand.class,
      DiffCommand.class,
      CompareCommand.class,
      QuarantineCommand.class,
      DuplicatesCommand.class,
      CardCommand.class,
      LintCommand.class,
      LedgerCommand.class,
      ReportCommand.class
    },
    description = {
      "Answers SQL about a run. Its tables are, among others, ledger (every sample of every step),",
      "steps, mixture, seen (what has seen a sample), samples (what was prepared) and quarantine.",
      "--tables tells all of them, with their columns."
    },
    footer = {
      "  jobs/inspect.sh --run runs/demo \"SELECT stage, count(*) FROM ledger GROUP BY stage\"",
      "  jobs/inspect.sh report --run runs/demo --to report.html"
    })
public final class InspectCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Option(names = "--run", paramLabel = "FOLDER", description = "The run that SQL is about.")
  private String run;

  @Option(
      names = "--prepared",
      paramLabel = "FOLDER",
      description = "Its prepared datasets, if they are not in RUN/prepared.")
  private String prepared;

  @Option(names = "--tables", description = "Tells the tables and views, and what columns mean.")
  private boolean tables;

  @Parameters(
      index = "0",
      arity = "0..1",
      paramLabel = "SQL",
      description = "For example: SELECT stage, count(*) FROM ledger GROUP BY stage")
  private String sql;

  private final Console console = new Console();

  /** Runs the command. */
  public static void main(String... arguments) {
    App.run(new InspectCommand(), arguments);
  }

  @Override
  public Integer call() {
    if (tables) {
      RunTables.describe(console);
      return 0;
    }
    if (run == null || sql == null) {
      String near = sql == null ? "" : DidYouMean.advice(sql, spec.subcommands().keySet());
      throw new ParameterException(
          spec.commandLine(),
          near.isEmpty()
              ? "Missing --run FOLDER and SQL, or a command."
              : "Unknown command " + sql + ". " + near);
    }
    try (RunTables opened = RunTables.open(run, prepared == null ? run + "/prepared" : prepared)) {
      RunTables.print(console, opened.ask(sql, Map.of()));
    }
    return 0;
  }
}
