package org.clapperboard.data.lookalike;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.functions;
import org.apache.spark.storage.StorageLevel;

/**
 * Findings of hashes, as joins.
 *
 * <p>Two sounds are alike if their hashes differ in few bits. Two clips are if two frames of one
 * have their like among the frames of the other, and the other way round; a clip that shows one
 * picture only, or a picture, needs one. A title that opens many clips is thus not enough.
 *
 * <p>Samples whose hashes are the same do not grow with their square: they are one until the end;
 * hashes are compared once, however many samples have them; and a hash that more than {@link
 * #MOST_SAMPLES} samples of a dataset have beside different ones says nothing of them. Hashes that
 * differ and are all near each other are still compared each with each.
 */
final class LikenessJoin implements AutoCloseable {
  /** How many samples of a dataset that are not the same may share a hash. */
  static final int MOST_SAMPLES = 1000;

  private static final String GROUPS =
      """
      SELECT *, min(sample_id) OVER (PARTITION BY role, dataset, frames, sound) AS first
      FROM lookalike_samples WHERE size(frames) > 0 OR sound IS NOT NULL
      """;
  private static final String PARTS =
      """
      SELECT *, count(*) OVER (PARTITION BY role, dataset, sample_id, kind) AS parts
      FROM (SELECT *, count(*) OVER (PARTITION BY role, dataset, kind, hash) AS sharing
            FROM (SELECT role, dataset, sample_id, 'frames' AS kind, explode(frames) AS hash
                  FROM lookalike_groups WHERE sample_id = first
                  UNION ALL
                  SELECT role, dataset, sample_id, 'sound' AS kind, sound AS hash
                  FROM lookalike_groups WHERE sample_id = first AND sound IS NOT NULL))
      WHERE sharing <= :most
      """;
  private static final String NEAR =
      """
      WITH different AS (
        SELECT DISTINCT a.kind, a.hash, b.hash AS other, bit_count(a.hash ^ b.hash) AS distance
        FROM lookalike_keys a JOIN lookalike_keys b
          ON a.kind = b.kind AND a.key = b.key AND a.hash < b.hash
             AND bit_count(a.hash ^ b.hash) <= :distance)
      SELECT kind, hash, other, distance FROM different
      UNION ALL SELECT kind, other, hash, distance FROM different
      UNION ALL SELECT DISTINCT kind, hash, hash, 0 FROM lookalike_parts
      """;
  private static final String PAIRS =
      """
      SELECT dataset, sample_id, other_role, other_dataset, other_sample_id,
             min(if(kind = 'frames', distance, NULL)) AS frames_distance,
             min(if(kind = 'sound', distance, NULL)) AS sound_distance
      FROM (SELECT a.dataset, a.sample_id, b.role AS other_role, b.dataset AS other_dataset,
                   b.sample_id AS other_sample_id, a.kind, min(n.distance) AS distance
            FROM lookalike_parts a
            JOIN lookalike_near n ON a.kind = n.kind AND a.hash = n.hash
            JOIN lookalike_parts b ON b.kind = n.kind AND b.hash = n.other
            WHERE a.role = 'searched'
              AND (b.role = 'against' OR a.dataset = b.dataset AND b.sample_id < a.sample_id)
            GROUP BY ALL
            HAVING least(count(DISTINCT a.hash), count(DISTINCT b.hash))
                   >= least(2, min(a.parts), min(b.parts)))
      GROUP BY ALL
      """;
  private static final String NEAREST =
      """
      SELECT *, row_number() OVER (
                  PARTITION BY dataset, sample_id, other_role, other_dataset
                  ORDER BY least(frames_distance, sound_distance), other_sample_id) AS nth
      FROM (SELECT g.dataset, g.sample_id, other_role, other_dataset, other_sample_id,
                   frames_distance, sound_distance
            FROM lookalike_groups g JOIN lookalike_pairs p
              ON g.role = 'searched' AND g.dataset = p.dataset AND g.first = p.sample_id
            UNION ALL
            SELECT dataset, sample_id, role, dataset, first,
                   if(size(frames) > 0, 0, NULL), if(sound IS NULL, NULL, 0)
            FROM lookalike_groups WHERE role = 'searched' AND sample_id <> first)
      """;
  private static final String FINDINGS =
      """
      SELECT if(n.other_role = 'against', 'contaminated', 'duplicate') AS kind,
             n.dataset, n.sample_id, a.media, n.other_dataset, n.other_sample_id,
             b.media AS other_media, n.frames_distance, n.sound_distance,
             a.shard, a.row_group, a.row
      FROM lookalike_nearest n
      JOIN lookalike_samples a
        ON a.role = 'searched' AND a.dataset = n.dataset AND a.sample_id = n.sample_id
      JOIN lookalike_samples b
        ON b.role = n.other_role AND b.dataset = n.other_dataset
           AND b.sample_id = n.other_sample_id
      WHERE n.nth = 1
      ORDER BY kind, n.dataset, n.sample_id, n.other_dataset
      """;

  private final SparkSession spark;
  private final int distance;
  private final int mostSamples;
  private final List<Dataset<Row>> kept = new ArrayList<>();

  /** A join for pairs of hashes that differ in so many bits at most. */
  LikenessJoin(SparkSession spark, int distance, int mostSamples) {
    this.spark = spark;
    this.distance = distance;
    this.mostSamples = mostSamples;
  }

  /**
   * The findings of hashes, for every sample that is searched and every dataset that has a sample
   * like it the one most alike, in a fixed order.
   */
  Dataset<Row> of(Dataset<Row> hashes) {
    keep("samples", hashes);
    keep("groups", spark.sql(GROUPS));
    keep("parts", spark.sql(PARTS, Map.of("most", mostSamples)));
    spark
        .sql("SELECT DISTINCT kind, hash FROM lookalike_parts")
        .withColumn("key", functions.explode(NearHashes.keys("hash", distance)))
        .createOrReplaceTempView("lookalike_keys");
    keep("near", spark.sql(NEAR, Map.of("distance", distance)));
    keep("pairs", spark.sql(PAIRS));
    keep("nearest", spark.sql(NEAREST));
    return spark.sql(FINDINGS);
  }

  private void keep(String name, Dataset<Row> rows) {
    // Each is read several times.
    kept.add(rows.persist(StorageLevel.MEMORY_AND_DISK()));
    rows.createOrReplaceTempView("lookalike_" + name);
  }

  /** Frees what the joins kept; findings must have been read. */
  @Override
  public void close() {
    kept.forEach(Dataset::unpersist);
  }
}
