package org.clapperboard.data.prepare;

import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.api.java.JavaPairRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.util.SerializableConfiguration;
import org.clapperboard.config.BadData;
import org.clapperboard.data.shard.ShardReader;
import org.clapperboard.data.shard.StoredSample;
import org.clapperboard.data.storage.Folder;

/**
 * The rows that lie in a dataset's folder already: of the last run, and of runs that were
 * interrupted. What cannot be read is not there.
 */
final class EarlierRows implements AutoCloseable {
  private static final int MOST_TASKS = 512;
  // Samples lie in the same order in every run, so the next is nearly always in the last group.
  private static final int GROUPS_KEPT = 2;

  private final Folder shards;
  private final Map<String, ShardReader> readers = new LinkedHashMap<>();
  private final Map<String, List<StoredSample>> groups = new LinkedHashMap<>(16, 0.75f, true);

  /** Reads rows of the shards in a dataset's folder. Runs on executors. */
  EarlierRows(Folder dataset) {
    this.shards = dataset.folder("shards");
  }

  /** What there is, by the names of the samples, or null if there is nothing. */
  static JavaPairRDD<String, EarlierRow> index(JavaSparkContext spark, Folder dataset)
      throws IOException {
    List<String> files =
        Stream.concat(
                dataset.folder("shards").files().stream().map(file -> "shards/" + file),
                dataset.folder("quarantine").files().stream().map(file -> "quarantine/" + file))
            .filter(file -> file.endsWith(".parquet"))
            .toList();
    if (files.isEmpty()) {
      return null;
    }
    String place = dataset.path().toString();
    SerializableConfiguration hadoop = new SerializableConfiguration(spark.hadoopConfiguration());
    return spark
        .parallelize(files, Math.min(files.size(), MOST_TASKS))
        .flatMapToPair(file -> rows(Folder.of(place, hadoop.value()), file).iterator());
  }

  private static Stream<scala.Tuple2<String, EarlierRow>> rows(Folder dataset, String path) {
    Configuration hadoop = dataset.configuration();
    String file = path.substring(path.indexOf('/') + 1);
    try {
      if (path.startsWith("quarantine/")) {
        return QuarantineTable.read(dataset.path(path), hadoop).stream()
            .filter(row -> !row.mediaKey().isEmpty())
            .map(row -> new scala.Tuple2<>(row.sample(), EarlierRow.rejected(row)));
      }
      try (ShardReader reader = new ShardReader(dataset.path(path), hadoop)) {
        return reader.names().stream()
            .filter(name -> !name.mediaKey().isEmpty())
            .map(
                name ->
                    new scala.Tuple2<>(
                        name.sample(),
                        EarlierRow.decoded(name.mediaKey(), file, name.rowGroup(), name.row())));
      }
    } catch (IOException | RuntimeException e) {
      // An attempt that was killed leaves half a file, an older version other columns.
      return Stream.empty();
    }
  }

  /** A decoded row, or null if it cannot be read any more. */
  StoredSample read(EarlierRow row) {
    String group = row.file() + " " + row.rowGroup();
    List<StoredSample> samples = groups.get(group);
    if (samples == null) {
      try {
        samples = reader(row.file()).rowGroup(row.rowGroup());
      } catch (BadData e) {
        return null;
      }
      if (groups.size() == GROUPS_KEPT) {
        groups.remove(groups.keySet().iterator().next());
      }
      groups.put(group, samples);
    }
    return samples.get(row.row());
  }

  private ShardReader reader(String file) {
    return readers.computeIfAbsent(
        file, name -> new ShardReader(shards.path(name), shards.configuration()));
  }

  @Override
  public void close() {
    readers.values().forEach(ShardReader::close);
  }
}
