package org.clapperboard.data.lookalike;

import java.io.IOException;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import java.util.stream.Stream;
import org.apache.commons.codec.binary.Hex;
import org.apache.commons.codec.digest.DigestUtils;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.clapperboard.config.BadData;
import org.clapperboard.data.lookalike.Findings.Count;
import org.clapperboard.data.lookalike.Findings.Searched;
import org.clapperboard.data.shard.PreparedDataset;
import org.clapperboard.data.storage.Folder;

/**
 * Looks for samples that look or sound like another one of their dataset, or like one of an
 * evaluation. Runs on the driver. Datasets are searched as they were prepared; nothing of them is
 * changed.
 */
public final class LookalikeSearch {
  /** What tells scaled, encoded again and brighter from different, on clips that people made. */
  public static final int USUAL_DISTANCE = 6;

  private final SparkSession spark;
  private final int distance;
  private final Map<String, Place> searched = new TreeMap<>();
  private final Map<String, Place> against = new TreeMap<>();

  private record Place(Folder folder, PreparedDataset dataset) {}

  /**
   * A search.
   *
   * @param distance bits of 64 in which two hashes that are alike differ at most, 0 to 10
   */
  public LookalikeSearch(SparkSession spark, int distance) {
    this.spark = spark;
    this.distance = distance;
    NearHashes.masks(distance);
  }

  /** Adds a dataset to search. */
  public LookalikeSearch search(Folder folder) {
    put(searched, folder);
    return this;
  }

  /** Adds a dataset that the others must not be like. */
  public LookalikeSearch against(Folder folder) {
    put(against, folder);
    return this;
  }

  private static void put(Map<String, Place> places, Folder folder) {
    PreparedDataset dataset = PreparedDataset.in(folder);
    if (dataset == null) {
      throw new BadData("Cannot search " + folder + ": it is not a prepared dataset.");
    }
    Place other = places.put(dataset.name(), new Place(folder, dataset));
    if (other != null && !other.folder().path().equals(folder.path())) {
      throw new BadData(
          String.format(
              "Cannot search %s: %s is called %s too.", folder, other.folder(), dataset.name()));
    }
  }

  /**
   * Searches, and replaces the findings of before.
   *
   * @throws BadData if a shard cannot be read, or the findings cannot be written
   */
  public Findings into(Folder folder) {
    SampleHashes hashes = new SampleHashes(spark, soundSeconds());
    searched.values().forEach(p -> hashes.add(SampleHashes.SEARCHED, p.folder(), p.dataset()));
    against.values().forEach(p -> hashes.add(SampleHashes.AGAINST, p.folder(), p.dataset()));
    spark.conf().set("spark.sql.shuffle.partitions", Math.max(4, hashes.rowGroups()));
    try (LikenessJoin join = new LikenessJoin(spark, distance, LikenessJoin.MOST_SAMPLES)) {
      Dataset<Row> table = hashes.table();
      Dataset<Row> found = join.of(table);
      Map<List<String>, Long> hashed = new TreeMap<>(LookalikeSearch::compare);
      table
          .groupBy("role", "dataset")
          .count()
          .collectAsList()
          .forEach(row -> hashed.put(List.of(row.getString(0), row.getString(1)), row.getLong(2)));
      return write(folder, found.toLocalIterator(), hashed);
    } catch (IOException e) {
      throw new BadData("Cannot write findings to " + folder + ": " + e.getMessage(), e);
    }
  }

  private static int compare(List<String> one, List<String> other) {
    return one.toString().compareTo(other.toString());
  }

  private double soundSeconds() {
    return Stream.of(searched, against)
        .flatMap(places -> places.values().stream())
        .mapToDouble(place -> place.dataset().soundSeconds())
        .filter(seconds -> seconds > 0)
        .min()
        .orElse(0);
  }

  private Findings write(Folder folder, Iterator<Row> rows, Map<List<String>, Long> hashed)
      throws IOException {
    MessageDigest digest = DigestUtils.getSha256Digest();
    Map<List<String>, Long> counts = new TreeMap<>(LookalikeSearch::compare);
    Iterator<Finding> findings =
        new Iterator<>() {
          @Override
          public boolean hasNext() {
            return rows.hasNext();
          }

          @Override
          public Finding next() {
            Finding finding = finding(rows.next());
            DigestUtils.updateDigest(digest, finding + "\n");
            counts.merge(
                List.of(finding.kind(), finding.dataset(), finding.otherDataset()), 1L, Long::sum);
            return finding;
          }
        };
    String file = "findings-" + UUID.randomUUID() + ".parquet";
    FindingsTable.write(folder.path(file), folder.configuration(), findings);
    Findings result =
        new Findings(
            Findings.SCHEMA,
            distance,
            Hex.encodeHexString(digest.digest()),
            file,
            versions(searched, SampleHashes.SEARCHED, hashed),
            versions(against, SampleHashes.AGAINST, hashed),
            counts.entrySet().stream()
                .map(
                    count ->
                        new Count(
                            count.getKey().get(0),
                            count.getKey().get(1),
                            count.getKey().get(2),
                            count.getValue()))
                .toList());
    result.write(folder);
    return result;
  }

  private static List<Searched> versions(
      Map<String, Place> places, String role, Map<List<String>, Long> hashed) {
    List<Searched> versions = new ArrayList<>();
    places.forEach(
        (name, place) ->
            versions.add(
                new Searched(
                    name,
                    place.folder().toString(),
                    Findings.version(place.dataset()),
                    hashed.getOrDefault(List.of(role, name), 0L))));
    return versions;
  }

  private static Finding finding(Row row) {
    return new Finding(
        row.getString(0),
        row.getString(1),
        row.getString(2),
        row.getString(3),
        row.getString(4),
        row.getString(5),
        row.getString(6),
        row.isNullAt(7) ? null : row.getInt(7),
        row.isNullAt(8) ? null : row.getInt(8),
        row.getString(9),
        row.getInt(10),
        row.getInt(11));
  }
}
