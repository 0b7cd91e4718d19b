package org.clapperboard.data.prepare;

import java.io.IOException;
import java.io.InputStream;
import java.io.Serializable;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.apache.commons.codec.digest.DigestUtils;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.spark.Partitioner;
import org.apache.spark.TaskContext;
import org.apache.spark.api.java.JavaPairRDD;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.storage.StorageLevel;
import org.apache.spark.util.SerializableConfiguration;
import org.apache.spark.util.TaskCompletionListener;
import org.clapperboard.config.BadData;
import org.clapperboard.data.prepare.PrepareConfig.Settings;
import org.clapperboard.data.recipe.ManifestReader;
import org.clapperboard.data.recipe.ManifestRow;
import org.clapperboard.data.recipe.Recipe;
import org.clapperboard.data.recipe.SampleHash;
import org.clapperboard.data.recipe.SampleMaker;
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

  /** What became of a manifest row. */
  private record Listed(SampleSpec sample, QuarantineRow bad) implements Serializable {}

  /**
   * Prepares the dataset, unless it is there already.
   *
   * @throws BadData if the manifest is missing or gives no sample
   */
  public Result run() {
    try {
      List<FileStatus> manifests = manifests();
      String hash = inputHash(manifests);
      PreparedDataset before = PreparedDataset.in(output);
      if (before != null && before.recipeHash().equals(hash)) {
        return new Result(before, true);
      }
      output.delete(PreparedDataset.FILE);
      PreparedDataset dataset = prepare(manifests, hash);
      output.createOnce(PreparedDataset.FILE, dataset.toJson());
      return new Result(dataset, false);
    } catch (IOException e) {
      throw new BadData("Cannot prepare " + recipe.name() + ": " + e.getMessage(), e);
    }
  }

  private PreparedDataset prepare(List<FileStatus> manifests, String hash) throws IOException {
    spark.setJobGroup("prepare " + recipe.name(), "prepare " + recipe.name());
    JavaRDD<Listed> rows = list(manifests).persist(StorageLevel.MEMORY_AND_DISK());
    try {
      List<QuarantineRow> bad = rows.filter(row -> row.bad() != null).map(Listed::bad).collect();
      JavaPairRDD<String, Iterable<SampleSpec>> byId =
          rows.filter(row -> row.sample() != null)
              .mapToPair(row -> new scala.Tuple2<>(row.sample().id(), row.sample()))
              .groupByKey();
      List<QuarantineRow> repeated = byId.flatMap(entry -> repeats(entry._2())).collect();
      JavaRDD<SampleSpec> unique = byId.map(entry -> inOrder(entry._2()).get(0));
      long available = unique.count();
      if (available == 0) {
        throw new BadData(nothingListed(bad));
      }
      long taken = recipe.take() == 0 ? available : Math.min(recipe.take(), available);
      List<ShardTask.Written> written = write(unique, taken);
      List<QuarantineRow> unlisted = new ArrayList<>(bad);
      unlisted.addAll(repeated);
      return commit(hash, rows.count(), bad, repeated, available, taken, written, unlisted);
    } finally {
      rows.unpersist();
    }
  }

  private PreparedDataset commit(
      String hash,
      long listed,
      List<QuarantineRow> bad,
      List<QuarantineRow> repeated,
      long available,
      long taken,
      List<ShardTask.Written> written,
      List<QuarantineRow> unlisted)
      throws IOException {
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
    requireSome(shards, taken, reasons, written);
    removeAllBut(output.folder("shards"), new HashSet<>(shards.stream().map(Shard::file).toList()));
    ClosedAnswers answers = new ClosedAnswers();
    written.forEach(task -> answers.addAll(task.answers()));
    long decoded = shards.stream().flatMap(s -> s.rowGroups().stream()).mapToLong(n -> n).sum();
    Counts counts =
        new Counts(listed, bad.size(), repeated.size(), available, taken, decoded, reasons);
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

  /** One task per manifest file: a quoted field may span lines, so files cannot be split. */
  private JavaRDD<Listed> list(List<FileStatus> manifests) {
    List<String> files = manifests.stream().map(file -> file.getPath().toString()).toList();
    SerializableConfiguration hadoop = new SerializableConfiguration(spark.hadoopConfiguration());
    Recipe toApply = recipe;
    return spark
        .parallelize(files, files.size())
        .flatMap(
            file -> {
              SampleMaker maker = new SampleMaker(toApply);
              Iterator<ManifestRow> rows = open(toApply, file, hadoop.value());
              Iterable<ManifestRow> once = () -> rows;
              return StreamSupport.stream(once.spliterator(), false)
                  .flatMap(row -> listed(toApply, maker, file, row))
                  .iterator();
            });
  }

  private static Iterator<ManifestRow> open(Recipe recipe, String file, Configuration hadoop)
      throws IOException {
    Path path = new Path(file);
    InputStream in = path.getFileSystem(hadoop).open(path);
    TaskCompletionListener close = context -> closeQuietly(in);
    TaskContext.get().addTaskCompletionListener(close);
    return ManifestReader.rows(recipe.source(), in);
  }

  private static Stream<Listed> listed(
      Recipe recipe, SampleMaker maker, String file, ManifestRow row) {
    SampleMaker.Made made = maker.samples(file, row);
    return made.problem() == null
        ? made.samples().stream().map(sample -> new Listed(sample, null))
        : Stream.of(new Listed(null, badRow(recipe, file, row, made.problem())));
  }

  private static QuarantineRow badRow(Recipe recipe, String file, ManifestRow row, String why) {
    String detail = file + ":" + row.line() + "  the row " + why + ".";
    return new QuarantineRow(
        recipe.name(), "", "", file, row.line(), QuarantineRow.BAD_ROW, detail, "", 0);
  }

  private static List<SampleSpec> inOrder(Iterable<SampleSpec> samples) {
    List<SampleSpec> ordered = new ArrayList<>();
    samples.forEach(ordered::add);
    ordered.sort(Comparator.comparing(SampleSpec::manifest).thenComparing(SampleSpec::line));
    return ordered;
  }

  private static Iterator<QuarantineRow> repeats(Iterable<SampleSpec> samples) {
    List<SampleSpec> ordered = inOrder(samples);
    SampleSpec first = ordered.get(0);
    return ordered.stream()
        .skip(1)
        .map(
            sample ->
                new QuarantineRow(
                    sample.dataset(),
                    sample.id(),
                    sample.media(),
                    sample.manifest(),
                    sample.line(),
                    QuarantineRow.DUPLICATE,
                    sample.manifest()
                        + ":"
                        + sample.line()
                        + "  the sample \""
                        + sample.id()
                        + "\" was listed in line "
                        + first.line()
                        + " already.",
                    "",
                    0))
        .iterator();
  }

  private List<ShardTask.Written> write(JavaRDD<SampleSpec> unique, long taken) {
    long seed = recipe.seed();
    int perShard = settings.shardSamples();
    int shards = Math.toIntExact((taken + perShard - 1) / perShard);
    JavaPairRDD<Long, SampleSpec> placed =
        unique
            .sortBy(sample -> SampleHash.of(seed, "take", sample.id()), true, shards)
            .zipWithIndex()
            .filter(entry -> entry._2() < taken)
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

  private List<FileStatus> manifests() throws IOException {
    Folder root = Folder.of(recipe.root(), spark.hadoopConfiguration());
    List<FileStatus> found = new ArrayList<>();
    for (String pattern : recipe.source().files()) {
      List<Path> matching = root.matching(pattern);
      if (matching.isEmpty()) {
        throw new BadData(
            "Cannot prepare " + recipe.name() + ": there is no manifest " + root + "/" + pattern);
      }
      for (Path path : matching) {
        FileSystem files = path.getFileSystem(spark.hadoopConfiguration());
        found.add(files.getFileStatus(path));
      }
    }
    return found;
  }

  /** Names all that decides the content; another hash means another dataset. */
  private String inputHash(List<FileStatus> manifests) {
    StringBuilder inputs = new StringBuilder().append(recipe).append(settings);
    for (FileStatus file : manifests) {
      inputs.append(file.getPath()).append(' ').append(file.getLen());
      inputs.append(' ').append(file.getModificationTime());
    }
    return DigestUtils.sha256Hex(inputs.toString());
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

  private static void closeQuietly(InputStream in) {
    try {
      in.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
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
