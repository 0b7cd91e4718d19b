package org.clapperboard.bench;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.apache.spark.SparkConf;
import org.apache.spark.TaskContext;
import org.apache.spark.api.java.JavaSparkContext;
import org.clapperboard.config.WorkerLost;
import org.clapperboard.model.weights.Dtype;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Each measurement at its smallest, so that none of them rots. */
class ThroughputIT {
  @TempDir private Path temporary;

  private static JavaSparkContext spark() {
    return new JavaSparkContext(
        new SparkConf()
            .setMaster("local[2,2]")
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
  @Tag("full")
  void ranks_reduce_beside_those_of_gloo() throws Exception {
    needPeer("torch.distributed");
    JsonNode size = allReduce(PeerOption.DEBIAN).json().get("sizes").get(0);
    assertThat(size.get("ours to Gloo").get("gb-per-second").get("median").asDouble()).isPositive();
    assertThat(size.get("Gloo").get("gb-per-second").get("median").asDouble()).isPositive();
  }

  @Test
  void ranks_reduce_alone_where_there_is_no_python() throws Exception {
    Figures figures = allReduce("/no/python");
    JsonNode size = figures.json().get("sizes").get(0);
    assertThat(size.propertyStream().map(e -> e.getKey()))
        .containsExactly(
            "ranks",
            "megabytes",
            "ours",
            "ours over TCP",
            "ours over TCP, encrypted",
            "ours over TCP, encrypted to ours over TCP");
    assertThat(figures.json().get("no-peer").asText()).contains("/no/python");
  }

  private Figures allReduce(String python) throws Exception {
    return new AllReduceBench(temporary, List.of(2), List.of(1), 1, 1, python).run();
  }

  @Test
  void answers_are_those_of_pytorch() throws Exception {
    needPeer("torch");
    JsonNode one =
        generate(List.of(Dtype.F32, Dtype.BF16), PeerOption.DEBIAN).json().get("cases").get(0);
    assertThat(one.get("same-tokens").asInt()).isEqualTo(2 * 4);
    assertThat(one.get("decode").get("ours to PyTorch").get("median").asDouble()).isPositive();
  }

  @Test
  void answers_are_timed_alone_where_there_is_no_python() throws Exception {
    Figures figures = generate(List.of(Dtype.F32), "/no/python");
    JsonNode one = figures.json().get("cases").get(0);
    assertThat(one.get("prefill").get("ours").get("median").asDouble()).isPositive();
    assertThat(one.has("same-tokens")).isFalse();
    assertThat(figures.json().get("no-peer").asText()).contains("/no/python");
  }

  private Figures generate(List<Dtype> dtypes, String python) throws Exception {
    List<GenerateSizes> sizes = List.of(GenerateSizes.TINY);
    return new GenerateBench(temporary, sizes, dtypes, List.of(2), 40, 4, 1, python).run();
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
    // Enough that a clock of ten milliseconds sees it.
    Figures figures = new OrderBench(4000, 40, 500, 1_000_000, 3).run();
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
    Path keep = temporary.resolve("keep");
    DamagedFiles damaged = new DamagedFiles(Originals.made().with(seeds), 1);
    try (JavaSparkContext spark = spark()) {
      Figures figures = new FuzzBench(place, 30, damaged, keep).run(spark);
      JsonNode json = figures.json();
      assertThat(figures.failure()).isNull();
      assertThat(json.get("executors-lost").asInt()).isZero();
      assertThat(json.get("samples").asInt()).isGreaterThanOrEqualTo(3);
      assertThat(json.get("quarantined").size()).isPositive();
      JsonNode slowest = json.get("remarkable").get(0);
      assertThat(slowest.get("seconds")).isEqualTo(json.get("seconds-of-a-file").get("slowest"));
      int number = slowest.get("number").asInt();
      String kept = slowest.get("outcome").asText() + "-" + number;
      assertThat(keep.resolve(kept)).hasBinaryContent(damaged.file(number).bytes());
    }
  }

  @Test
  void a_task_that_fails_once_is_told_though_the_work_is_done() {
    try (JavaSparkContext spark = spark()) {
      ClusterLosses losses =
          ClusterLosses.during(
              spark,
              () ->
                  assertThat(
                          spark.parallelize(List.of(1, 2), 2).map(ThroughputIT::failOnce).collect())
                      .containsExactly(1, 2));
      assertThat(losses.tasks()).isEqualTo(1);
      assertThat(losses.executors()).isZero();
      assertThat(losses.failure("add"))
          .isInstanceOf(WorkerLost.class)
          .hasMessage("Cannot add without losses: 0 executors were lost, 1 tasks failed.");
      assertThat(ClusterLosses.during(spark, () -> {}).failure("rest")).isNull();
    }
  }

  private static int failOnce(int value) {
    if (value == 1 && TaskContext.get().attemptNumber() == 0) {
      throw new IllegalStateException("the first attempt fails");
    }
    return value;
  }
}
