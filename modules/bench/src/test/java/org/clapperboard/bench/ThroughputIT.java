package org.clapperboard.bench;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.apache.spark.SparkConf;
import org.apache.spark.api.java.JavaSparkContext;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Each measurement at its smallest, so that none of them rots. */
class ThroughputIT {
  @TempDir private Path temporary;

  private static JavaSparkContext spark() {
    return new JavaSparkContext(
        new SparkConf()
            .setMaster("local[2]")
            .setAppName("tests of measurements")
            .set("spark.ui.enabled", "false")
            .set("spark.driver.host", "127.0.0.1")
            .set("spark.driver.bindAddress", "127.0.0.1"));
  }

  private static void needPeer(String... packages) {
    String missing = PythonPeer.missing(PeerOption.DEBIAN, packages);
    Assumptions.assumeTrue(missing == null, missing);
  }

  @Test
  void a_shard_is_read_beside_a_tar_of_the_same_bytes() throws Exception {
    needPeer("tarfile");
    JsonNode json = new ShardsBench(temporary, 4, 50_000, 4, 2, PeerOption.DEBIAN).run().json();
    assertThat(json.get("readers").propertyStream().map(e -> e.getKey()))
        .containsExactly("shard", "plain file", "tar", "plain file in Python");
    assertThat(json.get("shard-to-tar").get("median").asDouble()).isPositive();
  }

  @Test
  void a_shard_is_read_alone_where_there_is_no_python() throws Exception {
    Figures figures = new ShardsBench(temporary, 2, 50_000, 1, 1, "/no/python").run();
    assertThat(figures.json().get("readers").size()).isEqualTo(2);
    assertThat(figures.json().get("no-peer").asText()).contains("/no/python");
    assertThat(figures.table().get(figures.table().size() - 1)).startsWith("Not compared");
  }

  @Test
  void a_video_becomes_the_same_tensor_here_and_there() throws Exception {
    needPeer("av", "PIL", "numpy");
    List<Path> files = List.of(MadeClips.write(temporary, 640, 480, 30));
    JsonNode json = new DecodeBench(files, 4, 1, PeerOption.DEBIAN).run().json();
    assertThat(json.get("files").get(0).get("same").asBoolean()).isTrue();
    assertThat(json.get("H.264 of 640x480 and above").get("same").asInt()).isEqualTo(1);
    JsonNode check = new FrameCheck(files, 4, PeerOption.DEBIAN).run().json();
    assertThat(check.get("equal").asInt()).isEqualTo(1);
  }

  @Test
  void the_order_of_a_mixture_is_measured() throws Exception {
    Figures figures = new OrderBench(4000, 40, 500, 1000, 3).run();
    assertThat(figures.json().size()).isEqualTo(4 + 3);
    for (String asked : List.of("one rank takes all", "one rank of 8")) {
      JsonNode micros = figures.json().get(asked).get("microseconds-per-sample");
      assertThat(micros.get("median").asDouble())
          .as(asked)
          .isPositive()
          .isBetween(micros.get("least").asDouble(), micros.get("most").asDouble());
    }
  }

  @Test
  void a_manifest_is_planned_as_preparing_does_it() throws Exception {
    try (JavaSparkContext spark = spark()) {
      JsonNode json = new ManifestBench(temporary, 2000, 500, 900).run(spark).json();
      assertThat(json.get("bytes").asLong()).isGreaterThan(2_000_000);
      assertThat(json.get("seconds").asDouble()).isPositive();
    }
  }

  @Test
  void damaged_media_are_all_accounted_for() throws Exception {
    Path seeds = Files.createDirectories(temporary.resolve("seeds"));
    Files.writeString(seeds.resolve("one.mp4"), "no video at all");
    Path place = Files.createDirectories(temporary.resolve("place"));
    try (JavaSparkContext spark = spark()) {
      JsonNode json = new FuzzBench(place, 30, seeds, 1).run(spark).json();
      assertThat(json.get("executors-lost").asInt()).isZero();
      assertThat(json.get("samples").asInt()).isGreaterThanOrEqualTo(3);
      assertThat(json.get("quarantined").size()).isPositive();
    }
  }
}
