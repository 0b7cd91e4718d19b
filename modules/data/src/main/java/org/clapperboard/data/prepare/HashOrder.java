package org.clapperboard.data.prepare;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import org.apache.spark.Partitioner;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.function.Function;

/**
 * Brings values into the order of their hashes, in pieces that begin at known hashes: each value
 * goes its way once. To find out where pieces begin from the values themselves, as Spark's own sort
 * does, would be to read all of them once more.
 */
public final class HashOrder extends Partitioner {
  private static final long serialVersionUID = 1;

  private final long[] starts;

  private HashOrder(List<Long> starts) {
    this.starts = starts.stream().mapToLong(Long::longValue).toArray();
  }

  /**
   * Values in ascending order of their hashes, a partition for each piece. A task holds one piece.
   *
   * @param starts the smallest hash of each piece, ascending
   */
  public static <T> JavaRDD<T> sorted(
      JavaRDD<T> values, Function<T, Long> hash, List<Long> starts) {
    return values
        .mapToPair(value -> new scala.Tuple2<>(hash.call(value), value))
        .partitionBy(new HashOrder(starts))
        .mapPartitions(HashOrder::inOrder);
  }

  // A piece is small. Spark's sort, made for large ones, measures it again and again as it grows.
  private static <T> Iterator<T> inOrder(Iterator<scala.Tuple2<Long, T>> piece) {
    List<scala.Tuple2<Long, T>> values = new ArrayList<>();
    piece.forEachRemaining(values::add);
    values.sort(Comparator.comparingLong(scala.Tuple2::_1));
    return values.stream().map(scala.Tuple2::_2).iterator();
  }

  @Override
  public int numPartitions() {
    return starts.length;
  }

  @Override
  public int getPartition(Object hash) {
    int found = Arrays.binarySearch(starts, (long) hash);
    return Math.max(0, found >= 0 ? found : -found - 2);
  }
}
