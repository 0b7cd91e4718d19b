package org.clapperboard.data.prepare;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.stream.Stream;
import org.apache.commons.codec.digest.DigestUtils;
import org.apache.spark.api.java.JavaSparkContext;
import org.clapperboard.config.BadData;
import org.clapperboard.data.prepare.ManifestScan.Listing;
import org.clapperboard.data.prepare.PrepareConfig.Settings;
import org.clapperboard.data.prepare.ShardTask.Written;
import org.clapperboard.data.recipe.Recipe;
import org.clapperboard.data.shard.ContentHash;
import org.clapperboard.data.shard.PreparedDataset;
import org.clapperboard.data.shard.PreparedDataset.Counts;
import org.clapperboard.data.shard.PreparedDataset.Quarantine;
import org.clapperboard.data.shard.PreparedDataset.Shard;
import org.clapperboard.data.storage.Folder;
import org.clapperboard.media.Reason;

/**
 * Brings one dataset from its publisher's manifest to shards, as a Spark job. Runs on the driver.
 *
 * <p>Rows become samples; the samples to use are those with the smallest hash of seed and name, and
 * the hash is also their order in the shards; each shard is written by one task. Media that an
 * earlier run decoded in the same way, even one that was interrupted, are copied from its shards;
 * the result is the same as that of a first run. Until it is complete, the dataset that was there
 * before stays as it was.
 */
public final class PrepareJob {
  private static final int RUN_LETTERS = 8;

  private final JavaSparkContext spark;
  private final Recipe recipe;
  private final Settings settings;
  private final QuarantineRule rule;
  private final Folder output;
  private final String run = UUID.randomUUID().toString().substring(0, RUN_LETTERS);

  /** A job for one recipe; its dataset becomes a folder of {@code output}. */
  public PrepareJob(
      JavaSparkContext spark,
      Recipe recipe,
      Settings settings,
      QuarantineRule rule,
      String output) {
    this.spark = spark;
    this.recipe = recipe;
    this.settings = settings;
    this.rule = rule;
    this.output = Folder.of(output, spark.hadoopConfiguration()).folder(recipe.name());
  }

  /**
   * What a run did.
   *
   * @param dataset the dataset
   * @param reused whether it was there already, made from the same inputs
   * @param copied samples and findings that were taken over from earlier runs
   * @param refusal why the dataset should not be used nonetheless, or null
   */
  public record Result(PreparedDataset dataset, boolean reused, long copied, String refusal) {}

  /**
   * Prepares the dataset, unless it is there already and nothing of it is to be tried again.
   *
   * @throws BadData if the manifest is missing or gives no sample
   */
  public Result run() {
    ManifestScan scan = ManifestScan.of(spark, recipe);
    String hash = DigestUtils.sha256Hex(scan.inputs() + settings + PreparedDataset.SCHEMA);
    try {
      PreparedDataset before =
          PreparedDataset.isOfOtherVersion(output) ? null : PreparedDataset.in(output);
      if (before != null && before.recipeHash().equals(hash) && nothingToRetry(before)) {
        PreparedDataset kept = before.tolerating(rule.atMost()).describedBy(recipe.about());
        if (!kept.equals(before)) {
          replace(kept);
        }
        return new Result(kept, true, 0, kept.refusal(output.toString()));
      }
      spark.setJobGroup("prepare " + recipe.name(), "prepare " + recipe.name());
      Listing listing = scan.listing(settings.shardSamples());
      if (listing.available() == 0) {
        throw new BadData(nothingListed(listing.bad()));
      }
      ShardTask.Job job =
          new ShardTask.Job(
              output.path().toString(), recipe.name(), hash, run, settings, rule.retry());
      List<Written> written =
          new ShardStage(spark, job).write(scan.chosen(listing), listing.starts(), recipe.seed());
      PreparedDataset dataset = commit(hash, listing, written);
      long copied = written.stream().mapToLong(Written::copied).sum();
      return new Result(dataset, false, copied, dataset.refusal(output.toString()));
    } catch (IOException e) {
      throw new BadData("Cannot prepare " + recipe.name() + ": " + e.getMessage(), e);
    }
  }

  private boolean nothingToRetry(PreparedDataset before) {
    return Collections.disjoint(before.counts().quarantined().keySet(), rule.retry());
  }

  private PreparedDataset commit(String hash, Listing listing, List<Written> written)
      throws IOException {
    List<Shard> shards = written.stream().map(Written::shard).filter(Objects::nonNull).toList();
    Map<String, Long> reasons = new TreeMap<>();
    written.forEach(
        task -> task.quarantined().forEach((reason, n) -> reasons.merge(reason, n, Long::sum)));
    requireSome(shards, listing.taken(), reasons, written);
    Quarantine quarantine = quarantine(listing, written);
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
    PreparedDataset dataset =
        new PreparedDataset(
            PreparedDataset.SCHEMA,
            recipe.name(),
            hash,
            ContentHash.ofShards(shards.stream().map(Shard::content).toList()),
            written.get(0).decoder(),
            recipe.modality().key(),
            counts,
            quarantine,
            settings.frameCounts(),
            settings.preprocess(),
            settings.sound(),
            settings.soundSeconds(),
            answers.byQuestion(),
            shards,
            recipe.about());
    replace(dataset);
    removeAllBut(output.folder("quarantine"), quarantine.files());
    removeAllBut(output.folder("shards"), shards.stream().map(Shard::file).toList());
    return dataset;
  }

  /** Writes down what of the manifest cannot be used, and sums up what of the media cannot. */
  private Quarantine quarantine(Listing listing, List<Written> written) throws IOException {
    List<QuarantineRow> unlisted = new ArrayList<>(listing.bad());
    unlisted.addAll(listing.repeated());
    List<String> files = new ArrayList<>();
    if (!unlisted.isEmpty()) {
      String name = "manifest-" + run + ".parquet";
      QuarantineTable.write(
          output.folder("quarantine").path(name), spark.hadoopConfiguration(), unlisted);
      files.add(name);
    }
    written.stream().map(Written::quarantineFile).filter(Objects::nonNull).forEach(files::add);
    String example =
        Stream.concat(
                written.stream().map(Written::example).filter(Objects::nonNull), unlisted.stream())
            .map(QuarantineRow::detail)
            .findFirst()
            .orElse("");
    return new Quarantine(rule.atMost(), example, files);
  }

  private void replace(PreparedDataset dataset) throws IOException {
    output.delete(PreparedDataset.FILE);
    output.createOnce(PreparedDataset.FILE, dataset.toJson());
  }

  /** A dataset of which nothing could be used is a mistake, most often a wrong folder. */
  private void requireSome(
      List<Shard> shards, long taken, Map<String, Long> reasons, List<Written> written) {
    if (!shards.isEmpty()) {
      return;
    }
    QuarantineRow example = written.get(0).example();
    throw new BadData(
        reasons.keySet().equals(Set.of(Reason.MISSING.code()))
            ? String.format(
                "Cannot prepare %s: none of its %d media files is there; one of them would be %s."
                    + " Is root, which is %s, the folder of the publisher's files? Set"
                    + " prepare.root, or root beside the recipe.",
                recipe.name(), taken, example.file(), recipe.root())
            : String.format(
                "Cannot prepare %s: none of its %d samples can be used, for these reasons: %s. One"
                    + " of them is %s: %s All of them are in %s. What was found stands until a file"
                    + " changes, or until it is asked for with --retry.",
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

  private static void removeAllBut(Folder folder, List<String> kept) throws IOException {
    Set<String> names = new HashSet<>(kept);
    for (String file : folder.files()) {
      if (!names.contains(file)) {
        folder.delete(file);
      }
    }
  }
}
