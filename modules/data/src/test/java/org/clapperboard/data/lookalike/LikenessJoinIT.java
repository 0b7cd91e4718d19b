package org.clapperboard.data.lookalike;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.StructType;
import org.clapperboard.data.prepare.LocalSpark;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** The joins against a comparison of each with each. */
@ExtendWith(LocalSpark.class)
class LikenessJoinIT {
  private static final int DISTANCE = 6;

  private final SparkSession spark;

  LikenessJoinIT(JavaSparkContext context) {
    this.spark = SparkSession.builder().sparkContext(context.sc()).getOrCreate();
    spark.conf().set("spark.sql.shuffle.partitions", "4");
  }

  private record Sample(String role, String dataset, String id, TreeSet<Long> frames, Long sound) {

    Row row() {
      return RowFactory.create(
          role, dataset, id, "m-" + id, "s", 0, 0, new ArrayList<>(frames).toArray(), sound);
    }
  }

  private List<String> joined(List<Sample> samples, int most) {
    Dataset<Row> hashes =
        spark.createDataFrame(
            samples.stream().map(Sample::row).toList(),
            StructType.fromDDL(
                "role STRING, dataset STRING, sample_id STRING, media STRING, shard STRING,"
                    + " row_group INT, row INT, frames ARRAY<BIGINT>, sound BIGINT"));
    try (LikenessJoin join = new LikenessJoin(spark, DISTANCE, most)) {
      return join.of(hashes).collectAsList().stream()
          .map(
              row ->
                  text(
                      row.getString(0),
                      row.getString(1) + "/" + row.getString(2),
                      row.getString(4) + "/" + row.getString(5),
                      row.get(7),
                      row.get(8)))
          .toList();
    }
  }

  private static String text(
      String kind, String one, String other, Object framesDistance, Object soundDistance) {
    return String.join(" ", kind, one, other, "" + framesDistance, "" + soundDistance);
  }

  /** Bits in which two samples differ, frames and sound; null where they are not alike. */
  private static Integer[] alike(Sample a, Sample b) {
    List<Integer> frames = new ArrayList<>();
    TreeSet<Long> met = new TreeSet<>();
    TreeSet<Long> others = new TreeSet<>();
    for (long one : a.frames()) {
      for (long other : b.frames()) {
        if (Long.bitCount(one ^ other) <= DISTANCE) {
          frames.add(Long.bitCount(one ^ other));
          met.add(one);
          others.add(other);
        }
      }
    }
    int needed = Math.min(2, Math.min(a.frames().size(), b.frames().size()));
    boolean seen = needed > 0 && Math.min(met.size(), others.size()) >= needed;
    Integer heard =
        a.sound() == null || b.sound() == null ? null : Long.bitCount(a.sound() ^ b.sound());
    return new Integer[] {
      seen ? frames.stream().min(Integer::compare).orElseThrow() : null,
      heard == null || heard > DISTANCE ? null : heard
    };
  }

  private static List<String> compared(List<Sample> samples) {
    record Found(String other, Integer[] distances) {
      int least() {
        return Stream.of(distances).filter(Objects::nonNull).min(Integer::compare).orElseThrow();
      }
    }
    List<String> texts = new ArrayList<>();
    for (Sample a : samples) {
      TreeMap<String, List<Found>> found = new TreeMap<>();
      for (Sample b : samples) {
        boolean earlier = b.dataset().equals(a.dataset()) && b.id().compareTo(a.id()) < 0;
        if (a.role().equals("searched") && (b.role().equals("against") || earlier)) {
          Integer[] distances = alike(a, b);
          if (distances[0] != null || distances[1] != null) {
            found
                .computeIfAbsent(b.role() + " " + b.dataset(), key -> new ArrayList<>())
                .add(new Found(b.dataset() + "/" + b.id(), distances));
          }
        }
      }
      found.forEach(
          (key, all) -> {
            Found nearest =
                all.stream()
                    .min(Comparator.comparingInt(Found::least).thenComparing(Found::other))
                    .orElseThrow();
            String kind = key.startsWith("against") ? "contaminated" : "duplicate";
            texts.add(
                text(
                    kind,
                    a.dataset() + "/" + a.id(),
                    nearest.other(),
                    nearest.distances()[0],
                    nearest.distances()[1]));
          });
    }
    return texts;
  }

  /** Samples around few hashes, so that many are alike, some the same, and some have none. */
  private static List<Sample> samples(Random random, int count) {
    long[] centres = random.longs(count / 4).toArray();
    List<Sample> samples = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      boolean evaluation = random.nextInt(4) == 0;
      TreeSet<Long> frames = new TreeSet<>();
      for (int frame = random.nextInt(4); frame > 0; frame--) {
        frames.add(near(centres[random.nextInt(centres.length)], random));
      }
      Long sound =
          random.nextBoolean() ? near(centres[random.nextInt(centres.length)], random) : null;
      if (!samples.isEmpty() && random.nextInt(5) == 0) {
        Sample same = samples.get(random.nextInt(samples.size()));
        frames = same.frames();
        sound = same.sound();
      }
      String dataset = (evaluation ? "test-" : "train-") + random.nextInt(2);
      samples.add(
          new Sample(
              evaluation ? "against" : "searched",
              dataset,
              String.format("%03d", i),
              frames,
              sound));
    }
    return samples;
  }

  private static long near(long centre, Random random) {
    long hash = centre;
    for (int i = random.nextInt(6); i > 0; i--) {
      hash ^= 1L << random.nextInt(64);
    }
    return hash;
  }

  @Test
  void findings_are_those_of_comparing_each_with_each() {
    List<Sample> samples = samples(new Random(11), 240);
    List<String> expected = compared(samples);
    assertThat(expected).hasSizeGreaterThan(100);
    assertThat(
            expected.stream()
                .map(text -> text.substring(0, text.indexOf(' ')))
                .collect(Collectors.toSet()))
        .containsExactlyInAnyOrder("contaminated", "duplicate");
    assertThat(joined(samples, 1000)).containsExactlyInAnyOrderElementsOf(expected);
  }

  @Test
  @Tag("full")
  void a_hash_that_many_different_samples_share_says_nothing() {
    List<Sample> samples = new ArrayList<>();
    for (int i = 0; i < 40; i++) {
      TreeSet<Long> frames = new TreeSet<>(List.of(77L, new Random(i).nextLong()));
      samples.add(new Sample("searched", "a", String.format("%02d", i), frames, 12345L));
    }
    samples.add(new Sample("searched", "a", "99", samples.get(3).frames(), 12345L));
    assertThat(joined(samples, 40)).hasSize(40);
    // The same frames and sound are the same, whatever else shares them.
    assertThat(joined(samples, 39)).containsExactly("duplicate a/99 a/03 0 0");
  }
}
