package org.clapperboard.data.prepare;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(LocalSpark.class)
class HashPartsIT {
  private static final int PARTS = 7;
  private final JavaSparkContext spark;

  HashPartsIT(JavaSparkContext spark) {
    this.spark = spark;
  }

  /** Many, so that runs are handed on before the end; some twice or thrice; and the extremes. */
  private static List<Long> hashes() {
    Random random = new Random(1);
    List<Long> hashes = new ArrayList<>(List.of(Long.MIN_VALUE, Long.MAX_VALUE, 0L, -1L));
    for (int i = 0; i < 100_000; i++) {
      hashes.add(random.nextLong());
    }
    hashes.addAll(hashes.subList(0, 50));
    hashes.addAll(new ArrayList<>(hashes.subList(20, 40)));
    return hashes;
  }

  @Test
  void what_is_counted_and_chosen_is_that_of_a_sorted_list() {
    List<Long> hashes = hashes();
    HashParts.Gatherer gatherer = new HashParts.Gatherer(PARTS);
    List<scala.Tuple2<Integer, long[]>> runs =
        Stream.concat(
                hashes.stream().flatMap(gatherer::add), Stream.of(1).flatMap(x -> gatherer.rest()))
            .toList();
    assertThat(runs).hasSizeGreaterThan(PARTS);
    List<Long> sorted = hashes.stream().distinct().sorted().toList();
    try (HashParts parts = new HashParts(spark.parallelizePairs(runs, 3), PARTS)) {
      assertThat(parts.all()).isEqualTo(hashes.size());
      assertThat(parts.different()).isEqualTo(sorted.size());
      for (int many : List.of(1, 2, 17, 50_000, sorted.size())) {
        assertThat(parts.smallest(many)).isEqualTo(sorted.get(many - 1));
      }
      for (int each : List.of(1000, 7, 200_000)) {
        List<Long> starts = new ArrayList<>();
        for (int place = 0; place < 70_000; place += each) {
          starts.add(sorted.get(place));
        }
        assertThat(parts.starts(each, 70_000)).isEqualTo(starts);
      }
      List<Long> twice = hashes.subList(0, 50).stream().sorted().toList();
      assertThat(parts.repeated()).containsExactly(twice.toArray(Long[]::new));
    }
  }

  @Test
  void hashes_are_brought_into_their_order() {
    List<Long> hashes = hashes();
    List<Long> sorted = hashes.stream().sorted().toList();
    List<Long> starts = Stream.of(0, 10, 5_000, 50_000).map(sorted::get).toList();
    JavaRDD<Long> ordered = HashOrder.sorted(spark.parallelize(hashes, 5), x -> x, starts);
    assertThat(ordered.collect()).isEqualTo(sorted);
    assertThat(ordered.glom().map(List::size).collect())
        .containsExactly(10, 4_990, 45_000, hashes.size() - 50_000);
  }
}
