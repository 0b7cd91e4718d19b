package org.clapperboard.data.prepare;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.clapperboard.data.prepare.Publisher.recipe;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.function.Function;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileAlreadyExistsException;
import org.apache.spark.api.java.JavaSparkContext;
import org.clapperboard.data.order.SampleOrder.Address;
import org.clapperboard.data.shard.PreparedDataset;
import org.clapperboard.data.shard.StoredSample;
import org.clapperboard.data.shard.StreamReader;
import org.clapperboard.data.storage.Folder;
import org.clapperboard.testing.FaultyWire;
import org.clapperboard.testing.FaultyWire.Fault;
import org.clapperboard.testing.S3Server;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Preparing from and to an object store, over a wire on which things go wrong. */
@ExtendWith(LocalSpark.class)
class S3IT {
  private static S3Server server;

  private final JavaSparkContext spark;
  private final Path folder;
  private final Publisher publisher;

  S3IT(JavaSparkContext spark, @TempDir Path folder) {
    this.spark = spark;
    this.folder = folder;
    this.publisher = new Publisher(folder, spark);
  }

  @BeforeAll
  static void start(@TempDir Path folder) throws Exception {
    server = S3Server.start(folder);
  }

  @AfterAll
  static void stop() {
    server.close();
  }

  private static Configuration reaching(int port) {
    Configuration hadoop = new Configuration();
    S3Server.settings(port).forEach(hadoop::set);
    return hadoop;
  }

  /** Each fault now and then; the same ones for the same order of requests. */
  private static Function<String, Fault> faults(double share, Fault... kinds) {
    Random random = new Random(1);
    return request ->
        random.nextDouble() < share ? kinds[random.nextInt(kinds.length)] : Fault.NONE;
  }

  /** Brings them into a new bucket, past all faults. */
  private void upload(String bucket) throws IOException {
    server.create(bucket);
    Configuration past = reaching(server.port());
    past.setBoolean("fs.s3a.impl.disable.cache", true);
    Folder raw = Folder.of("s3a://" + bucket + "/raw", past);
    try (var files = Files.walk(folder.resolve("raw"))) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        String path = folder.resolve("raw").relativize(file).toString();
        try (var out = raw.create(path)) {
          Files.copy(file, out);
        }
      }
    }
  }

  /** Prepares on the disk and over a wire, reads over it, and compares. */
  private Map<Fault, Integer> compare(String bucket, Function<String, Fault> faults)
      throws IOException {
    upload(bucket);
    String place = "s3a://" + bucket;
    PreparedDataset local = publisher.job(recipe("video")).run().dataset();
    try (FaultyWire wire = FaultyWire.to(server.port(), faults)) {
      S3Server.settings(wire.port()).forEach(spark.hadoopConfiguration()::set);
      PrepareJob job =
          publisher.job(
              recipe("video"),
              "prepare.root=" + place + "/raw",
              "prepare.output=" + place + "/prepared");
      PreparedDataset remote = job.run().dataset();
      assertThat(remote.content()).isEqualTo(local.content());
      assertThat(remote.counts()).isEqualTo(local.counts());
      assertThat(remote.counts().quarantined()).isEqualTo(Map.of("empty", 1L, "missing", 1L));
      Folder there = Folder.of(place + "/prepared", reaching(wire.port()));
      assertThat(PreparedDataset.in(there.folder("clips"))).isEqualTo(remote);
      assertThat(there.folder("clips").folder("shards").files()).hasSameSizeAs(remote.shards());
      assertSameRows(there, remote, local);
      assertThat(job.run().reused()).isTrue();
      return wire.counts();
    }
  }

  private void assertSameRows(Folder there, PreparedDataset remote, PreparedDataset local) {
    List<StoredSample> rows = new ArrayList<>();
    try (StreamReader reader = StreamReader.of(there, List.of("clips"), 1L << 20)) {
      List<Long> groups = remote.rowGroups();
      for (int group = 0; group < groups.size(); group++) {
        for (int row = 0; row < groups.get(group); row++) {
          rows.add(reader.read(new Address(group, row)));
        }
      }
    }
    assertThat(rows)
        .usingRecursiveComparison()
        .ignoringFields("media", "mediaKey", "decodeMillis")
        .isEqualTo(publisher.samples(local));
  }

  @Test
  void prepared_and_read_over_a_faulty_wire_it_is_what_the_disk_has() throws Exception {
    publisher.clipsTwoUnusable(12);
    Map<Fault, Integer> happened =
        compare(
            "faulty",
            faults(
                0.1,
                Fault.INTERNAL_ERROR,
                Fault.SLOW_DOWN,
                Fault.RESET,
                Fault.CUT_ANSWER,
                Fault.LOST_ANSWER));
    assertThat(happened).containsKeys(Fault.INTERNAL_ERROR, Fault.SLOW_DOWN, Fault.RESET);
  }

  @Test
  void a_file_is_created_once_even_if_the_answer_is_lost() throws Exception {
    byte[] mine = "mine".getBytes(StandardCharsets.UTF_8);
    byte[] others = "others".getBytes(StandardCharsets.UTF_8);
    boolean[] lost = new boolean[1];
    Function<String, Fault> first =
        request -> {
          boolean lose = request.startsWith("PUT") && !lost[0];
          lost[0] |= lose;
          return lose ? Fault.LOST_ANSWER : Fault.NONE;
        };
    server.create("once");
    try (FaultyWire wire = FaultyWire.to(server.port(), first)) {
      Folder place = Folder.of("s3a://once/place", reaching(wire.port()));
      place.createOnce("a.json", mine);
      assertThat(lost[0]).isTrue();
      assertThat(place.read("a.json")).isEqualTo(mine);
      assertThatThrownBy(() -> place.createOnce("a.json", others))
          .isInstanceOf(FileAlreadyExistsException.class)
          .hasMessage("s3a://once/place/a.json is there already");
      assertThat(place.read("a.json")).isEqualTo(mine);
    }
  }

  @Test
  @Tag("full")
  void every_fault_alone_and_often_changes_nothing() throws Exception {
    publisher.clipsTwoUnusable(20);
    for (Fault fault : Fault.values()) {
      String bucket = fault.name().toLowerCase(Locale.ROOT).replace('_', '-');
      Map<Fault, Integer> happened = compare(bucket, faults(0.2, fault));
      assertThat(happened.get(fault)).as("%s", fault).isGreaterThan(10);
    }
  }
}
