package org.clapperboard.data.prepare;

import org.apache.spark.Partitioner;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.function.Function;

/**
 * Brings what has an evenly distributed hash into its order. Where each part begins is known from
 * the largest hash alone; to find it out by samples, as Spark's own sort does, would be to read all
 * of it once more.
 */
public final class HashOrder extends Partitioner {
  private static final long serialVersionUID = 1;

  /** Values of a part: fewer would not be worth a task. */
  private static final int PART = 1 << 14;

  private final int parts;
  private final double share;

  private HashOrder(long last, int parts) {
    this.parts = parts;
    this.share = parts / (last - (double) Long.MIN_VALUE + 1);
  }

  /**
   * Values in ascending order of their hashes.
   *
   * @param last no hash is larger
   * @param count how many there are
   */
  public static <T> JavaRDD<T> sorted(
      JavaRDD<T> values, Function<T, Long> hash, long last, long count) {
    int parts = (int) Math.min(1 + count / PART, ManifestScan.MOST_TASKS);
    return values
        .mapToPair(value -> new scala.Tuple2<>(hash.call(value), value))
        .repartitionAndSortWithinPartitions(new HashOrder(last, parts))
        .values();
  }

  @Override
  public int numPartitions() {
    return parts;
  }

  @Override
  public int getPartition(Object hash) {
    return (int) Math.min(parts - 1, ((long) hash - (double) Long.MIN_VALUE) * share);
  }
}
