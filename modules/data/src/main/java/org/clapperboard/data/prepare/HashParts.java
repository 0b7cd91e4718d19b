package org.clapperboard.data.prepare;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.spark.api.java.JavaPairRDD;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.storage.StorageLevel;

/**
 * The hashes of a manifest's samples in ascending order, as parts of ascending ranges. Only arrays
 * of numbers go from task to task: ten million of them are 80 MB.
 */
final class HashParts implements AutoCloseable {
  /** Hashes that a task gathers for a part before it hands them on. */
  private static final int RUN = 1 << 13;

  private final JavaPairRDD<Integer, long[]> parts;
  private final List<Size> sizes;

  /**
   * What a part holds.
   *
   * @param part its number
   * @param hashes all
   * @param different those that differ from each other
   */
  record Size(int part, long hashes, long different) implements Serializable {}

  /** Runs of hashes, each with the number of its part, as tasks gathered them. */
  HashParts(JavaPairRDD<Integer, long[]> runs, int count) {
    this.parts =
        runs.groupByKey(count).mapValues(HashParts::sorted).persist(StorageLevel.MEMORY_AND_DISK());
    this.sizes =
        parts
            .map(part -> new Size(part._1(), part._2().length, different(part._2()).length))
            .collect()
            .stream()
            .sorted(java.util.Comparator.comparingInt(Size::part))
            .toList();
  }

  /** All hashes. */
  long all() {
    return sizes.stream().mapToLong(Size::hashes).sum();
  }

  /** Those that differ from each other. */
  long different() {
    return sizes.stream().mapToLong(Size::different).sum();
  }

  /** The hash that so many of those that differ are not larger than. */
  long smallest(long many) {
    long left = many;
    for (Size size : sizes) {
      if (left <= size.different()) {
        int part = size.part();
        JavaRDD<long[]> one = parts.filter(each -> each._1() == part).values();
        return different(one.first())[Math.toIntExact(left - 1)];
      }
      left -= size.different();
    }
    throw new IllegalStateException(many + " of " + different() + " samples");
  }

  /**
   * Where pieces of so many begin: the hashes with the places 0, {@code each}, 2 {@code each} and
   * so on among those that differ.
   *
   * @param many how many of those that differ are divided, the smallest ones
   */
  List<Long> starts(long each, long many) {
    Map<Integer, Long> places = new HashMap<>();
    long place = 0;
    for (Size size : sizes) {
      places.put(size.part(), place);
      place += size.different();
    }
    return parts
        .flatMap(part -> starts(different(part._2()), places.get(part._1()), each, many).iterator())
        .collect()
        .stream()
        .sorted()
        .toList();
  }

  private static List<Long> starts(long[] hashes, long place, long each, long many) {
    List<Long> starts = new ArrayList<>();
    long end = Math.min(place + hashes.length, many);
    for (long start = (place + each - 1) / each * each; start < end; start += each) {
      starts.add(hashes[(int) (start - place)]);
    }
    return starts;
  }

  /** The hashes that there are several times, ascending. */
  long[] repeated() {
    if (all() == different()) {
      return new long[0];
    }
    List<long[]> found = parts.values().map(HashParts::repeated).collect();
    return found.stream().flatMapToLong(Arrays::stream).sorted().toArray();
  }

  @Override
  public void close() {
    parts.unpersist();
  }

  private static long[] sorted(Iterable<long[]> runs) {
    List<long[]> all = new ArrayList<>();
    runs.forEach(all::add);
    long[] hashes = all.stream().flatMapToLong(Arrays::stream).toArray();
    Arrays.sort(hashes);
    return hashes;
  }

  private static long[] different(long[] sorted) {
    return Arrays.stream(sorted).distinct().toArray();
  }

  private static long[] repeated(long[] sorted) {
    long[] found = new long[sorted.length / 2];
    int count = 0;
    for (int i = 1; i < sorted.length; i++) {
      boolean again = sorted[i] == sorted[i - 1];
      if (again && (count == 0 || found[count - 1] != sorted[i])) {
        found[count++] = sorted[i];
      }
    }
    return Arrays.copyOf(found, count);
  }

  /** Gathers hashes until there are enough of a part to be handed on. */
  static final class Gatherer {
    private final long[][] runs;
    private final int[] lengths;

    Gatherer(int parts) {
      this.runs = new long[parts][];
      this.lengths = new int[parts];
    }

    /** Adds a hash; what is to be handed on, or nothing. */
    Stream<scala.Tuple2<Integer, long[]>> add(long hash) {
      int part = part(hash, runs.length);
      if (runs[part] == null) {
        runs[part] = new long[RUN];
      }
      runs[part][lengths[part]++] = hash;
      return lengths[part] == RUN ? Stream.of(take(part)) : Stream.empty();
    }

    /** What is left. */
    Stream<scala.Tuple2<Integer, long[]>> rest() {
      return Stream.iterate(0, part -> part < runs.length, part -> part + 1)
          .filter(part -> lengths[part] > 0)
          .map(this::take);
    }

    private scala.Tuple2<Integer, long[]> take(int part) {
      long[] run = Arrays.copyOf(runs[part], lengths[part]);
      lengths[part] = 0;
      return new scala.Tuple2<>(part, run);
    }
  }

  /** The part of a hash: its place among all that there can be. */
  static int part(long hash, int parts) {
    long place = (hash >> 33) + (1L << 30); // 0 to 2^31 - 1
    return (int) ((place * parts) >> 31);
  }
}
