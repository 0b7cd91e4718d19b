package org.clapperboard.data.prepare;

import static org.assertj.core.api.Assertions.assertThat;
import static org.clapperboard.data.prepare.Publisher.recipe;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.api.java.JavaSparkContext;
import org.clapperboard.data.shard.PreparedDataset;
import org.clapperboard.data.shard.StoredSample;
import org.clapperboard.data.storage.Folder;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Preparing what was prepared before: only what is new is decoded, and the result is the same. */
@ExtendWith(LocalSpark.class)
class RepeatedPrepareIT {
  private final Publisher publisher;
  private final Configuration hadoop;
  private final Path folder;

  RepeatedPrepareIT(JavaSparkContext spark, @TempDir Path folder) {
    this.publisher = new Publisher(folder, spark);
    this.hadoop = spark.hadoopConfiguration();
    this.folder = folder;
  }

  /** The same as if nothing had been there: prepared once more, into an empty folder. */
  private void assertAsFresh(PreparedDataset dataset, String recipe, String... settings)
      throws IOException {
    String[] elsewhere = Arrays.copyOf(settings, settings.length + 1);
    elsewhere[settings.length] = "prepare.output=" + folder.resolve("fresh");
    PreparedDataset fresh = publisher.job(recipe, elsewhere).run().dataset();
    assertThat(dataset.content()).isEqualTo(fresh.content());
    assertThat(dataset.counts()).isEqualTo(fresh.counts());
    assertThat(dataset.rowGroups()).isEqualTo(fresh.rowGroups());
    assertThat(dataset.answers()).isEqualTo(fresh.answers());
    List<StoredSample> rows = publisher.samples(dataset);
    List<StoredSample> freshRows = Publisher.samples(publisher.prepared("fresh", "clips"), fresh);
    assertThat(rows).usingRecursiveComparison().ignoringFields("decodeMillis").isEqualTo(freshRows);
    publisher.prepared("fresh", "clips").delete();
  }

  @Test
  void new_rows_are_decoded_and_the_others_copied() throws Exception {
    publisher.clips(9);
    Files.write(publisher.video(4), new byte[0]);
    publisher.listed(6);
    String recipe = recipe("video");
    PrepareJob.Result first = publisher.job(recipe).run();
    assertThat(first.copied()).isZero();
    publisher.listed(9);
    PrepareJob.Result more = publisher.job(recipe).run();
    assertThat(more.reused()).isFalse();
    assertThat(more.copied()).as("five samples and what was found of the empty one").isEqualTo(6);
    assertThat(more.dataset().counts().decoded()).isEqualTo(8);
    assertThat(publisher.quarantine("clips"))
        .extracting(QuarantineRow::reason)
        .containsExactly("empty");
    assertThat(publisher.prepared("clips").folder("shards").files())
        .containsExactlyInAnyOrderElementsOf(
            more.dataset().shards().stream().map(PreparedDataset.Shard::file).toList());
    assertAsFresh(more.dataset(), recipe);
  }

  @Test
  void more_or_fewer_samples_of_the_same_manifest_are_taken_from_what_is_there() throws Exception {
    publisher.clips(8);
    publisher.listed(8);
    publisher.job(recipe("video") + "take: 5\n").run();
    String more = recipe("video") + "take: 7\n";
    PrepareJob.Result seven = publisher.job(more).run();
    assertThat(seven.copied()).isEqualTo(5);
    assertAsFresh(seven.dataset(), more);
    String fewer = recipe("video") + "take: 2\n";
    PrepareJob.Result two = publisher.job(fewer).run();
    assertThat(two.copied()).isEqualTo(2);
    assertAsFresh(two.dataset(), fewer);
  }

  @Test
  void other_words_and_other_shards_need_no_decoding_but_another_order_is_kept() throws Exception {
    publisher.clips(8);
    publisher.listed(8);
    publisher.job(recipe("video")).run();
    String asked = recipe("video").replace("describe the video .", "what happens ?");
    PrepareJob.Result words = publisher.job(asked).run();
    assertThat(words.copied()).isEqualTo(8);
    assertThat(publisher.samples(words.dataset()))
        .allSatisfy(
            row -> assertThat(row.exchanges().get(0).question()).isEqualTo("what happens ?"));
    assertAsFresh(words.dataset(), asked);
    PrepareJob.Result shards = publisher.job(asked, "prepare.shard-samples=5", "seed=9").run();
    assertThat(shards.copied()).isEqualTo(8);
    assertThat(shards.dataset().shards()).hasSize(2);
    assertAsFresh(shards.dataset(), asked, "prepare.shard-samples=5", "seed=9");
  }

  @Test
  void what_decides_the_outcome_makes_all_be_decoded_again() throws Exception {
    publisher.clips(4);
    publisher.listed(4);
    publisher.job(recipe("video")).run();
    for (String setting :
        List.of(
            "prepare.quality=80",
            "prepare.frames=[4]",
            "prepare.limits.max-duration=1 h",
            "prepare.picture.encoder=siglip")) {
      PrepareJob.Result result = publisher.job(recipe("video"), setting).run();
      assertThat(result.copied()).as(setting).isZero();
    }
    PrepareJob.Result time =
        publisher
            .job(recipe("video"), "prepare.picture.encoder=siglip", "prepare.limits.timeout=50 s")
            .run();
    assertThat(time.reused()).isFalse();
    assertThat(time.copied()).as("limits as the file has them, and the usual ones").isEqualTo(4);
  }

  @Test
  void a_file_that_changed_is_decoded_again() throws Exception {
    publisher.clips(4);
    publisher.listed(5);
    PrepareJob.Result first = publisher.job(recipe("video")).run();
    assertThat(first.dataset().counts().quarantined()).containsEntry("missing", 1L);
    publisher.clip(4, false);
    publisher.clip(2, true);
    Files.setLastModifiedTime(publisher.raw("clips.csv"), FileTime.fromMillis(1));
    PrepareJob.Result second = publisher.job(recipe("video")).run();
    assertThat(second.copied()).isEqualTo(3);
    assertThat(second.dataset().counts().quarantined()).isEmpty();
    assertAsFresh(second.dataset(), recipe("video"));
  }

  @Test
  void what_an_interrupted_run_wrote_is_kept_and_what_it_left_behind_removed() throws Exception {
    publisher.clips(7);
    publisher.listed(7);
    PrepareJob.Result first = publisher.job(recipe("video")).run();
    Folder dataset = publisher.prepared("clips");
    dataset.delete(PreparedDataset.FILE);
    Path shards = folder.resolve("prepared/clips/shards");
    byte[] shard = Files.readAllBytes(shards.resolve(first.dataset().shards().get(0).file()));
    Files.delete(shards.resolve(first.dataset().shards().get(1).file()));
    Files.write(shards.resolve("00001-deadbeef-7.parquet"), Arrays.copyOf(shard, shard.length / 2));
    PrepareJob.Result again = publisher.job(recipe("video")).run();
    assertThat(again.copied()).isEqualTo(4);
    assertThat(dataset.folder("shards").files())
        .hasSize(3)
        .doesNotContain("00001-deadbeef-7.parquet");
    assertThat(again.dataset().content()).isEqualTo(first.dataset().content());
  }

  @Test
  void findings_stand_until_their_reason_is_asked_for() throws Exception {
    publisher.clips(4);
    Files.write(publisher.video(1), new byte[0]);
    publisher.listed(4);
    Path broken = Files.createFile(publisher.raw("videos/2.mp4.broken"));
    FaultyDisk.set(hadoop, folder);
    hadoop.unset("faulty-disk.folder");
    try {
      PrepareJob.Result first = publisher.job(recipe("video")).run();
      assertThat(first.dataset().counts().quarantined()).containsOnlyKeys("empty", "unreadable");
      assertThat(publisher.quarantine("clips"))
          .anySatisfy(row -> assertThat(row.detail()).contains("the disk is on fire"));
      Files.delete(broken);
      PrepareJob.Result plain = publisher.job(recipe("video")).run();
      assertThat(plain.reused()).as("nothing was asked for").isTrue();
      PrepareJob.Result other = publisher.job(Set.of("timeout"), recipe("video")).run();
      assertThat(other.reused()).as("nothing was found for that reason").isTrue();
      PrepareJob.Result others = publisher.job(Set.of("empty"), recipe("video")).run();
      assertThat(others.copied()).as("all but the empty one").isEqualTo(3);
      assertThat(others.dataset().counts().quarantined()).containsOnlyKeys("empty", "unreadable");
      PrepareJob.Result asked = publisher.job(Set.of("unreadable"), recipe("video")).run();
      assertThat(asked.dataset().counts().quarantined()).containsOnlyKeys("empty");
      assertThat(asked.copied()).isEqualTo(3);
      assertAsFresh(asked.dataset(), recipe("video"));
    } finally {
      FaultyDisk.unset(hadoop);
    }
  }

  @Test
  void a_task_that_fails_and_is_tried_again_leaves_one_shard() throws Exception {
    publisher.clips(8);
    Files.write(publisher.video(3), new byte[0]);
    publisher.listed(8);
    Path notes = Files.createDirectories(folder.resolve("notes"));
    FaultyDisk.set(hadoop, notes);
    PreparedDataset dataset;
    try {
      dataset = publisher.job(recipe("video")).run().dataset();
    } finally {
      FaultyDisk.unset(hadoop);
    }
    assertThat(notes.toFile().list()).as("shards that failed once").hasSize(3);
    assertThat(publisher.prepared("clips").folder("shards").files())
        .hasSize(3)
        .containsExactlyElementsOf(
            dataset.shards().stream().map(PreparedDataset.Shard::file).toList());
    assertThat(publisher.quarantine("clips")).hasSize(1);
    assertAsFresh(dataset, recipe("video"));
  }
}
