package org.clapperboard.app.inspect;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.sql.AnalysisException;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.clapperboard.app.Console;
import org.clapperboard.config.BadConfig;
import org.clapperboard.config.BadData;
import org.clapperboard.config.Problem;
import org.clapperboard.data.storage.Folder;

/**
 * What is known of a run, as tables for SQL: {@code ledger}, {@code metrics}, {@code quarantine},
 * {@code samples} (without media) and {@code media} (the frames and sounds of samples).
 */
final class RunTables implements AutoCloseable {
  private static final int MOST_ROWS = 1000;

  private final SparkSession spark;
  private final Folder run;

  private RunTables(SparkSession spark, Folder run) {
    this.spark = spark;
    this.run = run;
  }

  /**
   * Opens the tables of a run, or of one prepared dataset.
   *
   * @param prepared folder of prepared datasets
   * @throws BadData if there is no such run
   */
  static RunTables open(String location, String prepared) {
    SparkSession spark =
        SparkSession.builder()
            .appName("clapperboard inspect")
            .config("spark.master", System.getProperty("spark.master", "local[*]"))
            .config("spark.ui.enabled", "false")
            .config("spark.sql.shuffle.partitions", "4")
            .getOrCreate();
    spark.sparkContext().setLogLevel("ERROR");
    Configuration hadoop = spark.sparkContext().hadoopConfiguration();
    Folder run = Folder.of(location, hadoop);
    RunTables tables = new RunTables(spark, run);
    tables.requireFolder();
    Folder datasets = Folder.of(prepared, hadoop);
    tables.read(run, "*/ledger/*.parquet").createOrReplaceTempView("ledger");
    tables.read(run, "*/metrics/*.parquet").createOrReplaceTempView("metrics");
    tables.prepared(datasets, "quarantine").createOrReplaceTempView("quarantine");
    Dataset<Row> media = tables.prepared(datasets, "shards");
    media.createOrReplaceTempView("media");
    media.drop("frames", "sound").createOrReplaceTempView("samples");
    return tables;
  }

  private void requireFolder() {
    try {
      if (run.files().isEmpty() && run.folders().isEmpty()) {
        throw new BadData("Cannot inspect " + run + ": there is nothing.");
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The folder of the run. */
  Folder folder() {
    return run;
  }

  /** A table of all prepared datasets; of this folder where it is one itself. */
  private Dataset<Row> prepared(Folder datasets, String table) {
    Dataset<Row> all = read(datasets, "*/" + table + "/*.parquet");
    return all.columns().length > 0 ? all : read(run, table + "/*.parquet");
  }

  private Dataset<Row> read(Folder folder, String pattern) {
    try {
      List<String> files = folder.matching(pattern).stream().map(Object::toString).toList();
      return files.isEmpty()
          ? spark.emptyDataFrame()
          : spark.read().parquet(files.toArray(String[]::new));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Whether a table has rows at all. */
  boolean has(String table) {
    return spark.table(table).columns().length > 0;
  }

  /** Gives an answer a name that later questions can use. */
  static void keep(Dataset<Row> answer, String name) {
    answer.createOrReplaceTempView(name);
  }

  /**
   * Answers a question.
   *
   * @param values of the named parameters in it
   * @throws BadConfig if it cannot be understood
   */
  Dataset<Row> ask(String sql, Map<String, Object> values) {
    try {
      return spark.sql(sql, values);
    } catch (Exception e) {
      // Spark declares it nowhere, so it cannot be caught by its name.
      if (e instanceof AnalysisException wrong) {
        throw new BadConfig(
            List.of(Problem.of("SQL", "cannot be answered: " + wrong.getSimpleMessage())));
      }
      throw e;
    }
  }

  /** Prints an answer, a line with the names of its columns first. */
  static void print(Console console, Dataset<Row> answer) {
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

  @Override
  public void close() {
    spark.stop();
  }
}
