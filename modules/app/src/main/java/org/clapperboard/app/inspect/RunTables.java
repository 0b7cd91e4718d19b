package org.clapperboard.app.inspect;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.AnalysisException;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.StructField;
import org.clapperboard.app.Console;
import org.clapperboard.app.SparkTasks;
import org.clapperboard.app.Waiting;
import org.clapperboard.config.BadConfig;
import org.clapperboard.config.BadData;
import org.clapperboard.config.Problem;
import org.clapperboard.data.lookalike.Findings;
import org.clapperboard.data.shard.PreparedDataset;
import org.clapperboard.data.storage.Folder;
import org.clapperboard.train.checkpoint.StageResult;

/**
 * What is known of a run, as tables for SQL: the {@link BaseTable}s, and the {@link View}s over
 * them. A table of which nothing is there has no rows. Of a prepared dataset only the files count
 * that it names: others are of attempts that lost.
 */
final class RunTables implements AutoCloseable {
  private static final int MOST_ROWS = 1000;
  private static final String APPLICATION = "clapperboard inspect";
  private static final Pattern VALUE_AT_FAULT = Pattern.compile("SQLSTATE: 22\\w{3}");
  private static final Pattern CHECKPOINT = Pattern.compile("step-(\\d+)\\.json");

  private final SparkSession spark;
  private final Folder run;
  private final List<Folder> datasets;

  private RunTables(SparkSession spark, Folder run, List<Folder> datasets) {
    this.spark = spark;
    this.run = run;
    this.datasets = datasets;
  }

  /**
   * Opens the tables of a run, of a folder of prepared datasets, or of one of these.
   *
   * @param prepared folder of prepared datasets, if the first location is that of a run
   * @throws BadData if there is nothing
   */
  static RunTables open(String location, String prepared) {
    SparkSession spark = spark();
    Configuration hadoop = spark.sparkContext().hadoopConfiguration();
    Folder run = Folder.of(location, hadoop);
    try {
      if (run.files().isEmpty() && run.folders().isEmpty()) {
        throw new BadData("Cannot inspect " + run + ": there is nothing.");
      }
      Folder beside = Folder.of(prepared, hadoop);
      Folder inside = datasets(beside).isEmpty() ? run : beside;
      RunTables tables = new RunTables(spark, run, datasets(inside));
      tables.define(inside.folder("findings"));
      return tables;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The tables of nothing, to be described. */
  private static RunTables empty() {
    RunTables tables = new RunTables(spark(), null, List.of());
    for (BaseTable table : BaseTable.values()) {
      tables.table(table, List.of());
    }
    tables.views();
    return tables;
  }

  /** The table of findings alone. */
  static RunTables of(SparkSession spark, Folder folder, Findings findings) {
    RunTables tables = new RunTables(spark, folder, List.of());
    tables.table(BaseTable.FINDINGS, List.of(folder.path(findings.file())));
    return tables;
  }

  /** The Spark that answers: that of this process if it has one, else a new one. */
  static SparkSession spark() {
    String master = System.getProperty("spark.master", "local[*]");
    SparkSession spark =
        Waiting.during(
            new Console(),
            "Starting Spark on " + master,
            () ->
                SparkSession.builder()
                    .appName(APPLICATION)
                    .config("spark.master", master)
                    .config("spark.ui.enabled", "false")
                    .config("spark.sql.shuffle.partitions", "4")
                    .getOrCreate());
    spark.sparkContext().setLogLevel("ERROR");
    return spark;
  }

  /** Stops what {@link #spark()} has started; who came with a Spark of their own keeps it. */
  static void stop(SparkSession spark) {
    if (spark.sparkContext().appName().equals(APPLICATION)) {
      spark.stop();
    }
  }

  /** The datasets in a folder, also those that are not complete; or the one that it is. */
  static List<Folder> datasets(Folder folder) throws IOException {
    if (isDataset(folder)) {
      return List.of(folder);
    }
    List<Folder> datasets = new ArrayList<>();
    for (String name : folder.folders()) {
      if (isDataset(folder.folder(name))) {
        datasets.add(folder.folder(name));
      }
    }
    return datasets;
  }

  private static boolean isDataset(Folder folder) throws IOException {
    return folder.has(PreparedDataset.FILE) || folder.has("quarantine");
  }

  private void define(Folder findings) throws IOException {
    table(BaseTable.LEDGER, run.matching("*/ledger/*.parquet"));
    table(BaseTable.METRICS, run.matching("*/metrics/*.parquet"));
    table(BaseTable.LOSSES, run.matching("*/losses/*.parquet"));
    table(BaseTable.VALIDATION, run.matching("*/validation/*.parquet"));
    table(BaseTable.CAPTIONS, run.matching("*/captions/*.parquet"));
    table(BaseTable.SLICES, run.matching("*/slices/*.parquet"));
    table(BaseTable.ATTEMPTS, run.matching("*/attempts/*.parquet"));
    // Of an exam after a stage, or of the results of an exported model.
    table(BaseTable.ANSWERS, run.matching("{*/answers/*,*/exam/*/answers/*}.parquet"));
    table(BaseTable.VERDICTS, run.matching("{*/verdicts,*/exam/*/verdicts}.parquet"));
    table(BaseTable.INPUTS, run.matching("*/inputs.parquet"));
    List<Path> shards = new ArrayList<>();
    List<Path> quarantine = new ArrayList<>();
    for (Folder folder : datasets) {
      PreparedDataset dataset = PreparedDataset.in(folder);
      if (dataset == null) {
        quarantine.addAll(folder.matching("quarantine/*.parquet"));
      } else {
        dataset.shards().forEach(shard -> shards.add(folder.folder("shards").path(shard.file())));
        dataset.quarantine().files().stream()
            .map(folder.folder("quarantine")::path)
            .forEach(quarantine::add);
      }
    }
    table(BaseTable.QUARANTINE, quarantine);
    table(BaseTable.MEDIA, shards);
    Findings found = Findings.in(findings);
    table(BaseTable.FINDINGS, found == null ? List.of() : List.of(findings.path(found.file())));
    spark
        .createDataFrame(checkpoints(), BaseTable.CHECKPOINTS.schema())
        .createOrReplaceTempView(BaseTable.CHECKPOINTS.sqlName());
    views();
  }

  private void table(BaseTable table, List<Path> files) {
    Dataset<Row> rows =
        files.isEmpty()
            ? spark.createDataFrame(List.of(), table.schema())
            : spark
                .read()
                .schema(table.schema())
                .parquet(files.stream().map(Path::toString).toArray(String[]::new));
    rows.createOrReplaceTempView(table.sqlName());
  }

  private void views() {
    for (View view : View.values()) {
      spark.sql(view.statement());
    }
  }

  private List<Row> checkpoints() throws IOException {
    List<Row> rows = new ArrayList<>();
    for (String stage : run.folders()) {
      Folder folder = run.folder(stage);
      for (String manifest : folder.folder("checkpoints").files()) {
        Matcher step = CHECKPOINT.matcher(manifest);
        if (step.matches()) {
          rows.add(RowFactory.create(stage, "checkpoint", Long.valueOf(step.group(1)), null));
        }
      }
      StageResult result = StageResult.in(folder);
      if (result != null) {
        String[] parts = result.parts().keySet().toArray(String[]::new);
        rows.add(RowFactory.create(stage, "weights", result.steps(), parts));
      }
    }
    return rows;
  }

  /** The prepared datasets, also those that are not complete. */
  List<Folder> datasets() {
    return datasets;
  }

  /** Whether a table has rows at all. */
  boolean has(String table) {
    return !spark.table(table).isEmpty();
  }

  /** Gives an answer a name that later questions can use. */
  static void keep(Dataset<Row> answer, String name) {
    answer.createOrReplaceTempView(name);
  }

  /** All tables and views in words, with their columns. */
  static void describe(Console console) {
    try (RunTables tables = empty()) {
      for (BaseTable table : BaseTable.values()) {
        tables.describe(console, table.sqlName(), "table", table.about());
      }
      for (View view : View.values()) {
        tables.describe(console, view.sqlName(), "view", view.about());
      }
    }
  }

  private void describe(Console console, String name, String what, String about) {
    console.line("%s (%s): %s", name, what, about);
    for (StructField column : spark.table(name).schema().fields()) {
      String meaning = column.getComment().getOrElse(() -> "");
      console.line("  %s\t%s\t%s", column.name(), column.dataType().sql(), meaning);
    }
    console.line("");
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

  /** An answer's rows by their column {@code stage}. */
  Map<String, List<Row>> byStage(String sql, Map<String, Object> values) {
    Map<String, List<Row>> rows = new TreeMap<>();
    for (Row row : ask(sql, values).collectAsList()) {
      rows.computeIfAbsent(row.getAs("stage"), stage -> new ArrayList<>()).add(row);
    }
    return rows;
  }

  /** Prints an answer, a line with the names of its columns first. */
  static void print(Console console, Dataset<Row> answer) {
    List<Row> rows = rows(console, answer);
    console.line("%s", String.join("\t", answer.columns()));
    rows.stream().limit(MOST_ROWS).forEach(row -> console.line("%s", text(row)));
    if (rows.size() > MOST_ROWS) {
      console.line("... only the first %d rows are shown", MOST_ROWS);
    }
  }

  private static List<Row> rows(Console console, Dataset<Row> answer) {
    JavaSparkContext spark =
        JavaSparkContext.fromSparkContext(answer.sparkSession().sparkContext());
    try {
      return Waiting.during(
          console,
          "Reading the tables",
          SparkTasks.of(spark),
          () -> answer.takeAsList(MOST_ROWS + 1));
    } catch (RuntimeException e) {
      // A value that a question cannot be asked of, such as a division by zero.
      if (VALUE_AT_FAULT.matcher(String.valueOf(e.getMessage())).find()) {
        String why = e.getMessage().lines().findFirst().orElse("");
        throw new BadConfig(List.of(Problem.of("SQL", "cannot be answered: " + why)));
      }
      throw e;
    }
  }

  private static String text(Row row) {
    return IntStream.range(0, row.length())
        .mapToObj(column -> String.valueOf(row.get(column)))
        .collect(Collectors.joining("\t"));
  }

  @Override
  public void close() {
    stop(spark);
  }
}
