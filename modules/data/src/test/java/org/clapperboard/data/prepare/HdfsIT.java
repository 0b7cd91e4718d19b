package org.clapperboard.data.prepare;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.clapperboard.data.prepare.Publisher.recipe;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileAlreadyExistsException;
import org.apache.hadoop.hdfs.MiniDFSCluster;
import org.apache.spark.api.java.JavaSparkContext;
import org.clapperboard.data.shard.PreparedDataset;
import org.clapperboard.data.storage.Folder;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Preparing from and to HDFS: a name node and a data node of Hadoop's own, on this machine. */
@ExtendWith(LocalSpark.class)
class HdfsIT {
  private static MiniDFSCluster hdfs;

  private final Path folder;
  private final Publisher publisher;

  HdfsIT(JavaSparkContext spark, @TempDir Path folder) {
    this.folder = folder;
    this.publisher = new Publisher(folder, spark);
  }

  @BeforeAll
  static void start(@TempDir Path folder) throws Exception {
    Configuration hadoop = new Configuration();
    hadoop.set(MiniDFSCluster.HDFS_MINIDFS_BASEDIR, folder.toString());
    hdfs = new MiniDFSCluster.Builder(hadoop).numDataNodes(1).build();
    hdfs.waitClusterUp();
  }

  @AfterAll
  static void stop() {
    hdfs.shutdown();
  }

  private static Folder at(String path) {
    return Folder.of(hdfs.getURI() + path, new Configuration());
  }

  @Test
  void prepared_there_it_is_what_the_disk_has() throws Exception {
    publisher.clipsTwoUnusable(7);
    PreparedDataset local = publisher.job(recipe("video")).run().dataset();
    org.apache.hadoop.fs.Path raw = new org.apache.hadoop.fs.Path(hdfs.getURI() + "/raw");
    hdfs.getFileSystem()
        .copyFromLocalFile(new org.apache.hadoop.fs.Path(folder.resolve("raw").toUri()), raw);
    PrepareJob job =
        publisher.job(
            recipe("video"), "prepare.root=" + raw, "prepare.output=" + at("/prepared").path());
    PreparedDataset there = job.run().dataset();
    assertThat(there.content()).isEqualTo(local.content());
    assertThat(there.counts()).isEqualTo(local.counts());
    assertThat(there.counts().quarantined()).isEqualTo(Map.of("empty", 1L, "missing", 1L));
    Folder clips = at("/prepared").folder("clips");
    assertThat(PreparedDataset.in(clips)).isEqualTo(there);
    assertThat(Publisher.samples(clips, there))
        .usingRecursiveComparison()
        .ignoringFields("media", "mediaKey", "decodeMillis")
        .isEqualTo(publisher.samples(local));
    assertThat(job.run().reused()).isTrue();
    hdfs.getFileSystem()
        .copyFromLocalFile(
            new org.apache.hadoop.fs.Path(publisher.video(2).toUri()),
            new org.apache.hadoop.fs.Path(raw, "videos/3.mp4"));
    assertThat(
            publisher
                .job(
                    Set.of("missing"),
                    recipe("video"),
                    "prepare.root=" + raw,
                    "prepare.output=" + at("/prepared").path())
                .run()
                .copied())
        .as("all but the one that has come")
        .isEqualTo(6);
  }

  @Test
  void a_file_is_created_once() throws Exception {
    Folder place = at("/once");
    place.createOnce("a.json", "mine".getBytes(StandardCharsets.UTF_8));
    byte[] others = "others".getBytes(StandardCharsets.UTF_8);
    assertThatThrownBy(() -> place.createOnce("a.json", others))
        .isInstanceOf(FileAlreadyExistsException.class)
        .hasMessage(place.path("a.json") + " is there already");
    assertThat(place.read("a.json")).asString(StandardCharsets.UTF_8).isEqualTo("mine");
  }
}
