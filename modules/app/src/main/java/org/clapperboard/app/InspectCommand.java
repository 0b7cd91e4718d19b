package org.clapperboard.app;

import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.sql.AnalysisException;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.clapperboard.config.BadConfig;
import org.clapperboard.config.Problem;
import org.clapperboard.data.storage.Folder;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code jobs/inspect.sh}: questions to a run, in SQL. */
@Command(
    name = "inspect",
    mixinStandardHelpOptions = true,
    subcommands = LintCommand.class,
    description = {
      "Answers SQL about a run. Tables: ledger (every sample of every step), metrics (every step),",
      "quarantine (media that could not be used), samples (what was prepared, without media)."
    })
public final class InspectCommand implements Callable<Integer> {
  private static final int MOST_ROWS = 1000;

  @Spec private CommandSpec spec;

  @Option(names = "--run", paramLabel = "FOLDER", description = "The run that SQL is about.")
  private Path run;

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
  public Integer call() throws Exception {
    if (run == null || sql == null) {
      throw new ParameterException(
          spec.commandLine(), "Missing --run FOLDER and SQL, or one of the commands below.");
    }
    try (SparkSession spark =
        SparkSession.builder()
            .appName("clapperboard inspect")
            .config("spark.master", System.getProperty("spark.master", "local[*]"))
            .config("spark.ui.enabled", "false")
            .config("spark.sql.shuffle.partitions", "4")
            .getOrCreate()) {
      spark.sparkContext().setLogLevel("ERROR");
      Folder folder = Folder.of(run.toString(), new Configuration());
      view(spark, folder, "ledger", "*/ledger/*.parquet");
      view(spark, folder, "metrics", "*/metrics/*.parquet");
      view(spark, folder, "quarantine", "prepared/*/quarantine/*.parquet");
      samples(spark, folder);
      print(spark.sql(sql));
    } catch (Exception e) {
      // Spark declares it nowhere, so it cannot be caught by its name.
      if (e instanceof AnalysisException wrong) {
        throw new BadConfig(
            List.of(Problem.of("SQL", "cannot be answered: " + wrong.getSimpleMessage())));
      }
      throw e;
    }
    return 0;
  }

  private static void view(SparkSession spark, Folder run, String name, String pattern) {
    read(spark, run, pattern).createOrReplaceTempView(name);
  }

  private static Dataset<Row> read(SparkSession spark, Folder run, String pattern) {
    try {
      List<String> files = run.matching(pattern).stream().map(Object::toString).toList();
      return files.isEmpty()
          ? spark.emptyDataFrame()
          : spark.read().parquet(files.toArray(String[]::new));
    } catch (java.io.IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  private static void samples(SparkSession spark, Folder run) {
    Dataset<Row> rows = read(spark, run, "prepared/*/shards/*.parquet");
    if (rows.columns().length > 0) {
      rows = rows.drop("frames", "sound");
    }
    rows.createOrReplaceTempView("samples");
  }

  private void print(Dataset<Row> answer) {
    console.line("%s", String.join("\t", answer.columns()));
    List<Row> rows = answer.takeAsList(MOST_ROWS + 1);
    rows.stream().limit(MOST_ROWS).forEach(row -> console.line("%s", text(row)));
    if (rows.size() > MOST_ROWS) {
      console.line("... only the first %d rows are shown", MOST_ROWS);
    }
  }

  private static String text(Row row) {
    return IntStream.range(0, row.length())
        .mapToObj(column -> String.valueOf(row.get(column)))
        .collect(Collectors.joining("\t"));
  }
}
