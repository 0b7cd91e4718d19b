package org.clapperboard.data.prepare;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import org.apache.commons.codec.digest.DigestUtils;
import org.apache.spark.Partitioner;
import org.apache.spark.TaskContext;
import org.apache.spark.api.java.JavaPairRDD;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.util.SerializableConfiguration;
import org.clapperboard.config.BadData;
import org.clapperboard.data.prepare.ManifestScan.Listing;
import org.clapperboard.data.prepare.PrepareConfig.Settings;
import org.clapperboard.data.recipe.Recipe;
import org.clapperboard.data.recipe.SampleSpec;
import org.clapperboard.data.shard.PreparedDataset;
import org.clapperboard.data.shard.PreparedDataset.Counts;
import org.clapperboard.data.shard.PreparedDataset.Shard;
import org.clapperboard.data.storage.Folder;
import org.clapperboard.media.Reason;

/**
 * Brings one dataset from its publisher's manifest to shards, as a Spark job. Runs on the driver.
 *
 * <p>Rows become samples; the samples to use are those with the smallest hash of seed and name, and
 * the hash is also their order in the shards; each shard is decoded and written by one task.
 */
public final class PrepareJob {
  private final JavaSparkContext spark;
  private final Recipe recipe;
  private final Settings settings;
  private final Folder output;

  /** A job for one recipe; its dataset becomes a folder of {@code output}. */
  public PrepareJob(JavaSparkContext spark, Recipe recipe, Settings settings, String output) {
    this.spark = spark;
    this.recipe = recipe;
    this.settings = settings;
    this.output = Folder.of(output, spark.hadoopConfiguration()).folder(recipe.name());
  }

  /**
   * What a run did.
   *
   * @param dataset the dataset
   * @param reused whether it was there already, made from the same inputs
   */
  public record Result(PreparedDataset dataset, boolean reused) {}

  /**
   * Prepares the dataset, unless it is there already.
   *
   * @throws BadData if the manifest is missing or gives no sample
   */
  public Result run() {
    ManifestScan scan = ManifestScan.of(spark, recipe);
    String hash = DigestUtils.sha256Hex(scan.inputs() + settings);
    try {
      PreparedDataset before = PreparedDataset.in(output);
      if (before != null && before.recipeHash().equals(hash)) {
        return new Result(before, true);
      }
      output.delete(PreparedDataset.FILE);
      spark.setJobGroup("prepare " + recipe.name(), "prepare " + recipe.name());
      Listing listing = scan.listing();
      if (listing.available() == 0) {
        throw new BadData(nothingListed(listing.bad()));
      }
      List<ShardTask.Written> written = write(scan.chosen(listing), listing.taken());
      PreparedDataset dataset = commit(hash, listing, written);
      output.createOnce(PreparedDataset.FILE, dataset.toJson());
      return new Result(dataset, false);
    } catch (IOException e) {
      throw new BadData("Cannot prepare " + recipe.name() + ": " + e.getMessage(), e);
    }
  }

  private PreparedDataset commit(String hash, Listing listing, List<ShardTask.Written> written)
      throws IOException {
    List<QuarantineRow> unlisted = new ArrayList<>(listing.bad());
    unlisted.addAll(listing.repeated());
    Folder quarantine = output.folder("quarantine");
    Set<String> kept = new HashSet<>();
    if (!unlisted.isEmpty()) {
      kept.add("manifest.parquet");
      QuarantineWriter.write(
          quarantine.path("manifest.parquet"), spark.hadoopConfiguration(), unlisted);
    }
    Map<String, Long> reasons = new TreeMap<>();
    written.forEach(
        task -> task.quarantined().forEach((reason, n) -> reasons.merge(reason, n, Long::sum)));
    List<Shard> shards =
        written.stream()
            .filter(task -> task.shardFile() != null)
            .map(ShardTask.Written::shard)
            .sorted(Comparator.comparing(Shard::file))
            .toList();
    written.stream()
        .map(ShardTask.Written::quarantineFile)
        .filter(Objects::nonNull)
        .forEach(kept::add);
    removeAllBut(quarantine, kept);
    requireSome(shards, listing.taken(), reasons, written);
    removeAllBut(output.folder("shards"), new HashSet<>(shards.stream().map(Shard::file).toList()));
    ClosedAnswers answers = new ClosedAnswers();
    written.forEach(task -> answers.addAll(task.answers()));
    long decoded = shards.stream().flatMap(s -> s.rowGroups().stream()).mapToLong(n -> n).sum();
    Counts counts =
        new Counts(
            listing.listed(),
            listing.bad().size(),
            listing.repeated().size(),
            listing.available(),
            listing.taken(),
            decoded,
            reasons);
    return new PreparedDataset(
        recipe.name(),
        hash,
        recipe.modality().key(),
        counts,
        settings.frameCounts(),
        settings.preprocess(),
        settings.soundSeconds(),
        answers.byQuestion(),
        shards);
  }

  private List<ShardTask.Written> write(JavaRDD<SampleSpec> chosen, long taken) {
    long seed = recipe.seed();
    int perShard = settings.shardSamples();
    int shards = Math.toIntExact((taken + perShard - 1) / perShard);
    JavaPairRDD<Long, SampleSpec> placed =
        chosen
            .sortBy(sample -> ManifestScan.hash(seed, sample.id()), true, shards)
            .zipWithIndex()
            .mapToPair(entry -> new scala.Tuple2<>(entry._2(), entry._1()))
            .repartitionAndSortWithinPartitions(new ShardOf(shards, perShard));
    SerializableConfiguration hadoop = new SerializableConfiguration(spark.hadoopConfiguration());
    String folder = output.path().toString();
    Settings how = settings;
    return placed
        .values()
        .mapPartitionsWithIndex(
            (number, samples) -> {
              ShardTask task = new ShardTask(folder, how, hadoop.value());
              long attempt = TaskContext.get().taskAttemptId();
              return List.of(task.write(number, attempt, samples)).iterator();
            },
            false)
        .collect();
  }

  /** A dataset of which nothing could be used is a mistake, most often a wrong folder. */
  private void requireSome(
      List<Shard> shards, long taken, Map<String, Long> reasons, List<ShardTask.Written> written) {
    if (!shards.isEmpty()) {
      return;
    }
    QuarantineRow example = written.get(0).example();
    String missing = Reason.MISSING.name().toLowerCase(Locale.ROOT);
    throw new BadData(
        reasons.keySet().equals(Set.of(missing))
            ? String.format(
                "Cannot prepare %s: none of its %d media files is there; one of them would be %s."
                    + " Is root, which is %s, the folder of the publisher's files? Set"
                    + " prepare.root, or root beside the recipe.",
                recipe.name(), taken, example.file(), recipe.root())
            : String.format(
                "Cannot prepare %s: none of its %d samples can be used, for these reasons: %s. One"
                    + " of them is %s: %s All of them are in %s.",
                recipe.name(),
                taken,
                reasons,
                example.file(),
                example.detail(),
                output.folder("quarantine")));
  }

  private String nothingListed(List<QuarantineRow> bad) {
    String first =
        bad.isEmpty() ? "its manifest is empty." : "no row is usable. " + bad.get(0).detail();
    return "Cannot prepare " + recipe.name() + ": " + first;
  }

  private static void removeAllBut(Folder folder, Set<String> kept) throws IOException {
    for (String file : folder.files()) {
      if (!kept.contains(file)) {
        folder.delete(file);
      }
    }
  }

  /** Sends a sample to its shard by its place in the order. */
  private static final class ShardOf extends Partitioner {
    private static final long serialVersionUID = 1;
    private final int shards;
    private final int perShard;

    ShardOf(int shards, int perShard) {
      this.shards = shards;
      this.perShard = perShard;
    }

    @Override
    public int numPartitions() {
      return shards;
    }

    @Override
    public int getPartition(Object place) {
      return (int) ((long) place / perShard);
    }
  }
}
