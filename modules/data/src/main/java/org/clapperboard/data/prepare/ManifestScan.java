package org.clapperboard.data.prepare;

import java.io.IOException;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.Path;
import org.apache.spark.TaskContext;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.StructType;
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
 * <p>Manifests of ten million rows are read twice rather than kept: once for the names of their
 * samples, of which those with the smallest hash of seed and name are chosen, and once for the
 * chosen ones.
 */
public final class ManifestScan {
  private static final int MOST_TASKS = 512;
  private static final long TASK_BYTES = 32L << 20;
  private static final StructType NAMES =
      new StructType()
          .add("sample", "string")
          .add("hash", "long")
          .add("file", "int")
          .add("line", "long")
          .add("place", "int")
          .add("problem", "string");

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
   */
  public record Listing(
      long listed,
      List<QuarantineRow> bad,
      List<QuarantineRow> repeated,
      long available,
      long taken,
      long lastHash) {}

  /** Finds out what the manifest lists. Nothing is decoded. */
  public Listing listing() {
    Dataset<Row> rows =
        session().createDataFrame(names(), NAMES).persist(StorageLevel.MEMORY_AND_DISK());
    try {
      Column usable = rows.col("problem").isNull();
      List<QuarantineRow> bad =
          rows.filter(functions.not(usable)).orderBy("file", "line").collectAsList().stream()
              .map(this::badRow)
              .toList();
      Dataset<Row> samples =
          rows.filter(usable)
              .groupBy("sample", "hash")
              .agg(
                  functions.count("*").as("times"),
                  functions.min(functions.struct("file", "line", "place")).as("first"))
              .persist(StorageLevel.MEMORY_AND_DISK());
      try {
        long available = samples.count();
        long taken = recipe.take() == 0 ? available : Math.min(recipe.take(), available);
        long last = taken == available ? Long.MAX_VALUE : smallest(samples, taken);
        return new Listing(
            rows.count(), bad, repeated(rows.filter(usable), samples), available, taken, last);
      } finally {
        samples.unpersist();
      }
    } finally {
      rows.unpersist();
    }
  }

  /** A session whose shuffles are as wide as the manifest is large; most are small. */
  private SparkSession session() {
    SparkSession session =
        SparkSession.builder().sparkContext(spark.sc()).getOrCreate().newSession();
    long bytes = manifests.stream().mapToLong(FileStatus::getLen).sum();
    long tasks = Math.min(1 + bytes / TASK_BYTES, MOST_TASKS);
    session.conf().set("spark.sql.shuffle.partitions", tasks);
    if (tasks == 1) {
      // To generate and compile code would take longer than the whole query.
      session.conf().set("spark.sql.codegen.wholeStage", false);
      session.conf().set("spark.sql.codegen.factoryMode", "NO_CODEGEN");
    }
    return session;
  }

  /** The hash that so many are not larger than. Exact: what shares its top bits is compared. */
  private static long smallest(Dataset<Row> samples, long many) {
    Column top = functions.shiftright(samples.col("hash"), 48).as("top");
    long left = many;
    for (Row bucket : samples.groupBy(top).count().orderBy("top").collectAsList()) {
      long inside = bucket.getLong(1);
      if (left <= inside) {
        List<Row> hashes =
            samples
                .select("hash")
                .filter(functions.shiftright(samples.col("hash"), 48).equalTo(bucket.getLong(0)))
                .orderBy("hash")
                .collectAsList();
        return hashes.get(Math.toIntExact(left - 1)).getLong(0);
      }
      left -= inside;
    }
    throw new IllegalStateException(many + " of " + samples.count() + " samples");
  }

  private List<QuarantineRow> repeated(Dataset<Row> rows, Dataset<Row> samples) {
    if (recipe.repeats() != Repeats.REFUSE) {
      return List.of();
    }
    Dataset<Row> several =
        samples
            .filter(samples.col("times").gt(1))
            .select(samples.col("sample").as("name"), samples.col("first"));
    return rows
        .join(several, rows.col("sample").equalTo(several.col("name")))
        .filter(
            functions.not(
                functions.struct("file", "line", "place").equalTo(functions.col("first"))))
        .select("sample", "file", "line", "first.line")
        .orderBy("file", "line")
        .collectAsList()
        .stream()
        .map(row -> repeat(row.getString(0), file(row.getInt(1)), row.getLong(2), row.getLong(3)))
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

  private QuarantineRow badRow(Row row) {
    String file = file(row.getInt(2));
    long line = row.getLong(3);
    String detail = file + ":" + line + "  the row " + row.getString(5) + ".";
    return QuarantineRow.ofManifest(recipe.name(), "", file, line, QuarantineRow.BAD_ROW, detail);
  }

  private String file(int number) {
    return manifests.get(number).getPath().toString();
  }

  private JavaRDD<Row> names() {
    long seed = recipe.seed();
    return scan(
        (number, file, made) -> {
          List<Row> rows = new ArrayList<>();
          for (SampleSpec sample : made.samples()) {
            long hash = hash(seed, sample.id());
            rows.add(RowFactory.create(sample.id(), hash, number, made.line(), rows.size(), null));
          }
          if (made.problem() != null) {
            rows.add(RowFactory.create(null, null, number, made.line(), 0, made.problem()));
          }
          return rows.stream();
        });
  }

  /** The chosen samples, each once, in no order. */
  public JavaRDD<SampleSpec> chosen(Listing listing) {
    long seed = recipe.seed();
    long last = listing.lastHash();
    Repeats repeats = recipe.repeats();
    return scan((number, file, made) ->
            made.samples().stream().filter(sample -> hash(seed, sample.id()) <= last))
        .mapToPair(sample -> new scala.Tuple2<>(sample.id(), sample))
        .groupByKey()
        .map(entry -> repeats.pick(inOrder(entry._2())));
  }

  static long hash(long seed, String sample) {
    return SampleHash.of(seed, "take", sample);
  }

  /** What a row of a manifest became. */
  private record Made(long line, List<SampleSpec> samples, String problem) {}

  /** What is wanted of a row. */
  @FunctionalInterface
  private interface Use<T> extends Serializable {
    Stream<T> of(int number, String file, Made made);
  }

  /** One task reads whole files: a quoted field may span lines, so they cannot be split. */
  private <T> JavaRDD<T> scan(Use<T> use) {
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
              SampleMaker maker = new SampleMaker(toApply, found.value());
              Iterator<ManifestRow> rows = open(toApply, file, hadoop.value());
              Iterable<ManifestRow> once = () -> rows;
              return StreamSupport.stream(once.spliterator(), false)
                  .flatMap(row -> use.of(number, file, made(maker, file, row)))
                  .iterator();
            });
  }

  private static Made made(SampleMaker maker, String file, ManifestRow row) {
    SampleMaker.Made made = maker.samples(file, row);
    return new Made(row.line(), made.samples(), made.problem());
  }

  private static Iterator<ManifestRow> open(Recipe recipe, String file, Configuration hadoop)
      throws IOException {
    ManifestReader rows = ManifestReader.open(recipe.source(), new Path(file), hadoop);
    TaskCompletionListener close =
        context -> {
          try {
            rows.close();
          } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
          }
        };
    TaskContext.get().addTaskCompletionListener(close);
    return rows;
  }

  private static List<SampleSpec> inOrder(Iterable<SampleSpec> samples) {
    List<SampleSpec> ordered = new ArrayList<>();
    samples.forEach(ordered::add);
    ordered.sort(Comparator.comparing(SampleSpec::manifest).thenComparing(SampleSpec::line));
    return ordered;
  }
}
