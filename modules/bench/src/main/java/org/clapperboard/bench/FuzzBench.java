package org.clapperboard.bench;

import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.clapperboard.bench.Contender.Lap;
import org.clapperboard.bench.DamagedFiles.Kind;
import org.clapperboard.bench.FuzzFigures.Outcome;
import org.clapperboard.config.BadData;
import org.clapperboard.config.ConfigFile;
import org.clapperboard.data.prepare.PrepareConfig;
import org.clapperboard.data.prepare.PrepareJob;
import org.clapperboard.data.prepare.QuarantineRule;
import org.clapperboard.data.recipe.Recipe;
import org.clapperboard.data.shard.PreparedDataset;

/**
 * Damaged media through the whole of preparing, on the executors of a cluster: every file has to
 * become a sample or a row of quarantine, and no executor may die of one.
 *
 * @param folder where files and datasets are made
 * @param files how many there are
 * @param damaged where they come from
 * @param keep folder for a copy of the files that somebody should look at, or null
 */
record FuzzBench(Path folder, int files, DamagedFiles damaged, Path keep) {
  private static final int SHARD = 64;

  private static final String RECIPE =
      """
      name: %1$s
      modality: %1$s
      source: {format: csv, files: [%1$s.csv]}
      id: "{number}"
      media: {file: "media/{number}"}
      questions: ["what is it ?"]
      answer: "{number}"
      """;

  private static final String PREPARE =
      """
      run: .
      seed: 1
      prepare:
        datasets: [{recipe: audio-visual.yaml}, {recipe: image.yaml}, {recipe: audio.yaml}]
        frames: [4, 8]
        picture: {encoder: clip, size: 56}
        sound-seconds: 2
        shard-samples: %d
        limits: {timeout: 10s, max-pixels: 4000000}
        quarantine: {at-most: 1}
      """;

  Figures run(JavaSparkContext spark) throws IOException {
    write();
    PrepareConfig config =
        ConfigFile.read(folder.resolve("prepare.yaml"), List.of(), PrepareConfig::read);
    List<PreparedDataset> datasets = new ArrayList<>();
    Lap[] lap = new Lap[1];
    ClusterLosses losses =
        ClusterLosses.during(
            spark,
            () ->
                lap[0] =
                    Lap.of(
                        () ->
                            config.recipes().stream()
                                .map(recipe -> prepare(spark, config, recipe))
                                .forEach(datasets::add)));
    List<Outcome> outcomes = outcomes(spark, Path.of(config.output()), datasets);
    if (outcomes.stream().mapToInt(Outcome::number).distinct().count() != files
        || outcomes.size() != files) {
      throw new BadData(
          "Cannot account for " + files + " files: " + outcomes.size() + " outcomes were found.");
    }
    FuzzFigures figures = new FuzzFigures(damaged, outcomes, lap[0].seconds(), losses);
    if (keep != null) {
      keep(figures.remarkable());
    }
    return figures.figures();
  }

  private static PreparedDataset prepare(
      JavaSparkContext spark, PrepareConfig config, Recipe recipe) {
    QuarantineRule rule = new QuarantineRule(1, Set.of());
    return new PrepareJob(spark, recipe, config.settings(), rule, config.output()).run().dataset();
  }

  /** Every kind has a recipe of its own. */
  private void write() throws IOException {
    Files.createDirectories(folder.resolve("raw/media"));
    for (Kind kind : Kind.values()) {
      Files.writeString(folder.resolve(kind.modality + ".yaml"), RECIPE.formatted(kind.modality));
      Path table = folder.resolve("raw/" + kind.modality + ".csv");
      try (BufferedWriter out = Files.newBufferedWriter(table)) {
        out.write("number\n");
        for (int number = 0; number < files; number++) {
          if (Kind.of(number) == kind) {
            Files.write(media(number), damaged.file(number).bytes());
            out.write(number + "\n");
          }
        }
      }
    }
    Files.writeString(folder.resolve("prepare.yaml"), PREPARE.formatted(SHARD));
  }

  private Path media(int number) {
    return folder.resolve("raw/media/" + number);
  }

  /** What the tables say, which is what anybody would see. */
  private static List<Outcome> outcomes(
      JavaSparkContext spark, Path output, List<PreparedDataset> datasets) {
    SparkSession sql = SparkSession.builder().sparkContext(spark.sc()).getOrCreate();
    List<Outcome> outcomes = new ArrayList<>();
    for (PreparedDataset dataset : datasets) {
      Path place = output.resolve(dataset.name());
      Stream<String> shards = dataset.shards().stream().map(PreparedDataset.Shard::file);
      outcomes.addAll(
          rows(
              sql,
              place.resolve("shards"),
              shards,
              "sample_id",
              "'' AS reason",
              "CAST(decode_millis AS BIGINT) AS millis",
              "'' AS detail"));
      outcomes.addAll(
          rows(
              sql,
              place.resolve("quarantine"),
              dataset.quarantine().files().stream(),
              "sample_id",
              "reason",
              "millis",
              "detail"));
    }
    return outcomes;
  }

  private static List<Outcome> rows(
      SparkSession sql, Path folder, Stream<String> files, String... columns) {
    String[] paths = files.map(file -> folder.resolve(file).toString()).toArray(String[]::new);
    if (paths.length == 0) {
      return List.of();
    }
    return sql.read().parquet(paths).selectExpr(columns).collectAsList().stream()
        .map(FuzzBench::outcome)
        .toList();
  }

  private static Outcome outcome(Row row) {
    return new Outcome(
        Integer.parseInt(row.getString(0)), row.getString(1), row.getLong(2), row.getString(3));
  }

  private void keep(List<Outcome> remarkable) throws IOException {
    Files.createDirectories(keep);
    for (Outcome outcome : remarkable) {
      String name = outcome.told() + "-" + outcome.number();
      Files.write(keep.resolve(name), Files.readAllBytes(media(outcome.number())));
    }
  }
}
