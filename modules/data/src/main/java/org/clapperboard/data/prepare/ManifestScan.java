package org.clapperboard.data.prepare;

import java.io.IOException;
import java.io.Serializable;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.Path;
import org.apache.spark.TaskContext;
import org.apache.spark.api.java.JavaPairRDD;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.storage.StorageLevel;
import org.apache.spark.util.SerializableConfiguration;
import org.apache.spark.util.TaskCompletionListener;
import org.clapperboard.config.BadData;
import org.clapperboard.data.recipe.ManifestReader;
import org.clapperboard.data.recipe.ManifestRow;
import org.clapperboard.data.recipe.Recipe;
import org.clapperboard.data.recipe.RecipeLookups;
import org.clapperboard.data.recipe.Repeats;
import org.clapperboard.data.recipe.SampleHash;
import org.clapperboard.data.recipe.SampleMaker;
import org.clapperboard.data.recipe.SampleSpec;

/**
 * The rows of a dataset's manifest, as a Spark job. Runs on the driver.
 *
 * <p>Manifests of ten million rows are read twice rather than kept: once for the hashes of seed and
 * name of their samples, of which the smallest are chosen, and once for the chosen ones. Hashes of
 * 64 bits stand for names: of ten million, two are alike with a chance of 1 : 400,000.
 */
public final class ManifestScan {
  static final int MOST_TASKS = 512;
  private static final int MOST_PARTS = 64;
  private static final long TASK_BYTES = 32L << 20;

  private final JavaSparkContext spark;
  private final Recipe recipe;
  private final List<FileStatus> manifests;
  private final Broadcast<RecipeLookups> lookups;

  private ManifestScan(
      JavaSparkContext spark, Recipe recipe, List<FileStatus> manifests, RecipeLookups lookups) {
    this.spark = spark;
    this.recipe = recipe;
    this.manifests = manifests;
    this.lookups = spark.broadcast(lookups);
  }

  /**
   * A scan of a recipe's manifest.
   *
   * @throws BadData if it is missing
   */
  public static ManifestScan of(JavaSparkContext spark, Recipe recipe) {
    Configuration hadoop = spark.hadoopConfiguration();
    try {
      List<FileStatus> manifests = statuses(recipe.source().files(recipe.root(), hadoop), hadoop);
      return new ManifestScan(spark, recipe, manifests, RecipeLookups.of(recipe, hadoop));
    } catch (IOException e) {
      throw new BadData("Cannot prepare " + recipe.name() + ": " + e.getMessage(), e);
    }
  }

  private static List<FileStatus> statuses(List<Path> files, Configuration hadoop)
      throws IOException {
    List<FileStatus> statuses = new ArrayList<>();
    for (Path file : files) {
      statuses.add(file.getFileSystem(hadoop).getFileStatus(file));
    }
    return statuses;
  }

  /** Names all that decides which samples there are. */
  String inputs() {
    StringBuilder inputs = new StringBuilder().append(recipe).append(lookups.value());
    for (FileStatus file : manifests) {
      inputs.append(file.getPath()).append(' ').append(file.getLen());
      inputs.append(' ').append(file.getModificationTime());
    }
    return inputs.toString();
  }

  /**
   * What a manifest lists.
   *
   * @param listed samples and unusable rows
   * @param bad rows that gave no sample
   * @param repeated samples whose name another had before
   * @param available samples to choose from
   * @param taken samples to use
   * @param lastHash the largest hash of those
   * @param starts the smallest hash of each piece of the samples to use, ascending
   * @param once whether every name is there once
   */
  public record Listing(
      long listed,
      List<QuarantineRow> bad,
      List<QuarantineRow> repeated,
      long available,
      long taken,
      long lastHash,
      List<Long> starts,
      boolean once) {}

  /**
   * Finds out what the manifest lists. Nothing is decoded.
   *
   * @param piece how many samples to use make a piece
   */
  public Listing listing(int piece) {
    int count = parts();
    JavaRDD<Found> found = found(count).persist(StorageLevel.MEMORY_AND_DISK());
    JavaPairRDD<Integer, long[]> runs =
        found
            .filter(each -> each.problem() == null)
            .mapToPair(each -> new scala.Tuple2<>(each.part(), each.hashes()));
    try (HashParts hashes = new HashParts(runs, count)) {
      List<QuarantineRow> bad =
          found.filter(each -> each.problem() != null).collect().stream()
              .sorted(Comparator.comparingInt(Found::part).thenComparingLong(Found::line))
              .map(this::badRow)
              .toList();
      long available = hashes.different();
      long taken = recipe.take() == 0 ? available : Math.min(recipe.take(), available);
      long last = taken == available ? Long.MAX_VALUE : hashes.smallest(taken);
      boolean once = hashes.all() == available;
      List<QuarantineRow> repeated =
          once || recipe.repeats() != Repeats.REFUSE ? List.of() : repeated(hashes.repeated());
      return new Listing(
          hashes.all() + bad.size(),
          bad,
          repeated,
          available,
          taken,
          last,
          hashes.starts(piece, taken),
          once);
    } finally {
      found.unpersist();
    }
  }

  private int parts() {
    long bytes = manifests.stream().mapToLong(FileStatus::getLen).sum();
    return (int) Math.min(1 + bytes / TASK_BYTES, MOST_PARTS);
  }

  /**
   * Hashes of a part, or a row that gave no sample.
   *
   * @param part the hashes' part, or the number of the row's file
   * @param hashes hashes of samples' names, or null
   * @param line the row's line
   * @param problem what is wrong with the row, or null
   */
  private record Found(int part, long[] hashes, long line, String problem)
      implements Serializable {}

  private JavaRDD<Found> found(int parts) {
    long seed = recipe.seed();
    return scan(name -> true, () -> new Hashing(seed, parts));
  }

  /** Gathers the hashes of a file's samples. */
  private static final class Hashing implements Use<Found> {
    private final long seed;
    private final HashParts.Gatherer gatherer;

    Hashing(long seed, int parts) {
      this.seed = seed;
      this.gatherer = new HashParts.Gatherer(parts);
    }

    @Override
    public void of(int number, Made made, Consumer<Found> out) {
      for (SampleSpec sample : made.samples()) {
        gatherer.add(hash(seed, sample.id())).map(ManifestScan::run).forEach(out);
      }
      if (made.problem() != null) {
        out.accept(new Found(number, null, made.line(), made.problem()));
      }
    }

    @Override
    public void end(Consumer<Found> out) {
      gatherer.rest().map(ManifestScan::run).forEach(out);
    }
  }

  private static Found run(scala.Tuple2<Integer, long[]> run) {
    return new Found(run._1(), run._2(), 0, null);
  }

  /** Where a sample of a repeated name is listed. */
  private record Listed(int file, long line, int place) implements Serializable {}

  /** All samples but the first of each name that there is several times. */
  private List<QuarantineRow> repeated(long[] hashes) {
    long seed = recipe.seed();
    Broadcast<long[]> wanted = spark.broadcast(hashes);
    JavaRDD<scala.Tuple2<String, Listed>> listed =
        scan(
            name -> Arrays.binarySearch(wanted.value(), hash(seed, name)) >= 0,
            () ->
                (number, made, out) -> {
                  List<SampleSpec> samples = made.samples();
                  for (int place = 0; place < samples.size(); place++) {
                    out.accept(
                        new scala.Tuple2<>(
                            samples.get(place).id(), new Listed(number, made.line(), place)));
                  }
                });
    Comparator<Listed> order =
        Comparator.comparingInt(Listed::file)
            .thenComparingLong(Listed::line)
            .thenComparingInt(Listed::place);
    List<scala.Tuple2<String, Iterable<Listed>>> names =
        listed.mapToPair(each -> each).groupByKey().collect();
    return names.stream()
        .flatMap(
            name -> {
              List<Listed> places = new ArrayList<>();
              name._2().forEach(places::add);
              places.sort(order);
              long first = places.get(0).line();
              return places.stream()
                  .skip(1)
                  .map(place -> new scala.Tuple3<>(place, name._1(), first));
            })
        .sorted((one, other) -> order.compare(one._1(), other._1()))
        .map(each -> repeat(each._2(), file(each._1().file()), each._1().line(), each._3()))
        .toList();
  }

  private QuarantineRow repeat(String sample, String file, long line, long first) {
    String detail =
        file
            + ":"
            + line
            + "  the sample \""
            + sample
            + "\" was listed in line "
            + first
            + " already.";
    return QuarantineRow.ofManifest(
        recipe.name(), sample, file, line, QuarantineRow.DUPLICATE, detail);
  }

  private QuarantineRow badRow(Found row) {
    String file = file(row.part());
    String detail = file + ":" + row.line() + "  the row " + row.problem() + ".";
    return QuarantineRow.ofManifest(
        recipe.name(), "", file, row.line(), QuarantineRow.BAD_ROW, detail);
  }

  private String file(int number) {
    return manifests.get(number).getPath().toString();
  }

  /** The chosen samples, each once, in no order. */
  public JavaRDD<SampleSpec.Packed> chosen(Listing listing) {
    long seed = recipe.seed();
    long last = listing.lastHash();
    JavaRDD<SampleSpec.Packed> chosen =
        scan(
            name -> hash(seed, name) <= last,
            () ->
                (number, made, out) ->
                    made.samples().forEach(sample -> out.accept(sample.packed())));
    if (listing.once()) {
      return chosen;
    }
    Repeats repeats = recipe.repeats();
    return chosen
        .mapToPair(sample -> new scala.Tuple2<>(sample.id(), sample))
        .groupByKey(parts())
        .map(entry -> repeats.pick(inOrder(entry._2())).packed());
  }

  static long hash(long seed, String sample) {
    return SampleHash.of(seed, "take", sample);
  }

  /** What a row of a manifest became. */
  private record Made(long line, List<SampleSpec> samples, String problem) {
    static Made of(long line, SampleMaker.Made made) {
      return new Made(line, made.samples(), made.problem());
    }
  }

  /** What is wanted of the rows of a file. */
  @FunctionalInterface
  private interface Use<T> {
    void of(int number, Made made, Consumer<T> out);

    /** What remains behind the last row. */
    default void end(Consumer<T> out) {}
  }

  /** A use for each file, made where the file is read. */
  @FunctionalInterface
  private interface Uses<T> extends Serializable {
    Use<T> one();
  }

  /** Whether anything is wanted of a sample of that name. */
  @FunctionalInterface
  private interface Wanted extends Predicate<String>, Serializable {}

  /** One task reads whole files: a quoted field may span lines, so they cannot be split. */
  private <T> JavaRDD<T> scan(Wanted wanted, Uses<T> uses) {
    List<String> files = manifests.stream().map(file -> file.getPath().toString()).toList();
    SerializableConfiguration hadoop = new SerializableConfiguration(spark.hadoopConfiguration());
    Recipe toApply = recipe;
    Broadcast<RecipeLookups> found = lookups;
    List<Integer> numbers = Stream.iterate(0, i -> i + 1).limit(files.size()).toList();
    return spark
        .parallelize(numbers, Math.min(files.size(), MOST_TASKS))
        .flatMap(
            number -> {
              String file = files.get(number);
              Use<T> use = uses.one();
              Iterable<Made> once =
                  () -> open(toApply, found.value(), file, hadoop.value(), wanted);
              Stream<T> used =
                  StreamSupport.stream(once.spliterator(), false)
                      .mapMulti((made, out) -> use.of(number, made, out));
              return Stream.concat(used, Stream.of(use).<T>mapMulti(Use::end)).iterator();
            });
  }

  private static Iterator<Made> open(
      Recipe recipe, RecipeLookups lookups, String file, Configuration hadoop, Wanted wanted) {
    SampleMaker maker = new SampleMaker(recipe, lookups);
    ManifestReader rows;
    try {
      rows = ManifestReader.open(recipe.source(), new Path(file), hadoop);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    Iterable<ManifestRow> once = () -> rows;
    Ahead<Made> ahead =
        new Ahead<>(
            StreamSupport.stream(once.spliterator(), false)
                .map(row -> Made.of(row.line(), maker.samples(file, row, wanted)))
                .iterator(),
            rows);
    TaskCompletionListener close = context -> ahead.close();
    TaskContext.get().addTaskCompletionListener(close);
    return ahead;
  }

  private static List<SampleSpec> inOrder(Iterable<SampleSpec.Packed> samples) {
    List<SampleSpec> ordered = new ArrayList<>();
    samples.forEach(sample -> ordered.add(sample.unpacked()));
    ordered.sort(Comparator.comparing(SampleSpec::manifest).thenComparing(SampleSpec::line));
    return ordered;
  }
}
