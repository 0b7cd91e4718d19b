package org.clapperboard.data.prepare;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.clapperboard.data.prepare.Publisher.recipe;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Set;
import org.apache.spark.api.java.JavaSparkContext;
import org.clapperboard.config.BadConfig;
import org.clapperboard.data.shard.PreparedDataset;
import org.clapperboard.data.shard.StoredSample;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Media that would hold a job up, and how many of them it bears. */
@ExtendWith(LocalSpark.class)
class QuarantineRuleIT {
  private final Publisher publisher;
  private final Path folder;

  QuarantineRuleIT(JavaSparkContext spark, @TempDir Path folder) {
    this.folder = folder;
    this.publisher = new Publisher(folder, spark);
  }

  @Test
  void a_read_that_never_ends_is_given_up_at_its_limit_and_its_siblings_finish() throws Exception {
    publisher.clips(5);
    publisher.listed(5);
    // To open a pipe that nobody writes to is a native call that never comes back.
    Files.delete(publisher.video(2));
    new ProcessBuilder("mkfifo", publisher.video(2).toString()).start().waitFor();
    long start = System.nanoTime();
    PrepareJob.Result result = publisher.job(recipe("video"), "prepare.limits.timeout=5 s").run();
    try {
      assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofMinutes(2));
      assertThat(publisher.samples(result))
          .extracting(StoredSample::id)
          .containsExactlyInAnyOrder("0", "1", "3", "4");
      assertThat(publisher.quarantine("clips"))
          .singleElement()
          .satisfies(
              row -> {
                assertThat(row.sample()).isEqualTo("2");
                assertThat(row.reason()).isEqualTo("timeout");
                assertThat(row.detail()).endsWith("2.mp4: ended after 5000 ms");
                // Five seconds here, five in a child process, and one of grace for each.
                assertThat(row.millis()).isBetween(10_000L, 60_000L);
              });
    } finally {
      release(publisher.video(2));
    }
  }

  /** Lets go who waits for the other end of a pipe. */
  private static void release(Path pipe) throws IOException {
    Files.newOutputStream(pipe).close();
  }

  @Test
  void more_unusable_media_than_tolerated_are_told_when_all_is_written() throws Exception {
    publisher.clips(5);
    Files.write(publisher.video(2), new byte[0]);
    publisher.listed(5);
    PrepareJob.Result result = publisher.job(recipe("video")).run();
    assertThat(result.refusal())
        .isEqualTo(
            "20.0 %% of clips cannot be used (expected: at most 10.0 %%): of 5 rows 0 are bad and 0"
                    .formatted()
                + " listed twice, of 5 samples 1 have unusable media {empty=1}. One of them: Cannot"
                + " read "
                + publisher.video(2).toUri().toString().replace("file://", "")
                + ": it has no bytes All are in "
                + publisher.prepared("clips")
                + "/quarantine, the others are ready.");
    assertThat(publisher.samples(PreparedDataset.in(publisher.prepared("clips")))).hasSize(4);
    PrepareJob.Result borne =
        publisher.job(recipe("video"), "prepare.quarantine.at-most=0.2").run();
    assertThat(borne.reused()).isTrue();
    assertThat(borne.refusal()).isNull();
    assertThat(PreparedDataset.in(publisher.prepared("clips")).quarantine().atMost())
        .isEqualTo(0.2);
  }

  @Test
  void a_dataset_may_have_a_share_of_its_own() throws Exception {
    String file = publisher.config(recipe("video")).recipes().get(0).name();
    String recipe = "{recipe: " + folder.resolve("recipe.yaml");
    PrepareConfig config =
        publisher.config(
            recipe("video"),
            "prepare.quarantine={at-most: 0.02}",
            "prepare.datasets=["
                + (recipe + ", quarantine-at-most: 0.5}, ")
                + (recipe + ", name: strict}]"));
    assertThat(config.quarantine().of(file)).isEqualTo(0.5);
    assertThat(config.quarantine().of("strict")).isEqualTo(0.02);
    assertThatThrownBy(
            () ->
                publisher.config(
                    recipe("video"),
                    "prepare.quarantine={at-most: 2}",
                    "prepare.datasets=[" + recipe + ", quarantine-at-most: -1}]"))
        .isInstanceOf(BadConfig.class)
        .hasMessageContaining("prepare.quarantine.at-most is 2 (expected: between 0 and 1)")
        .hasMessageContaining("quarantine-at-most is -1 (expected: between 0 and 1)");
  }

  @Test
  void reasons_to_try_again_are_of_the_closed_list() {
    assertThat(QuarantineRule.reasons("timeout, unreadable"))
        .isEqualTo(Set.of("timeout", "unreadable"));
    assertThat(QuarantineRule.reasons("all")).hasSize(16).contains("crashed", "too-many-frames");
    assertThatThrownBy(() -> QuarantineRule.reasons("timeout,bad-row"))
        .isInstanceOf(BadConfig.class)
        .hasMessageStartingWith(
            "--retry  names \"bad-row\" (expected: all, or some of missing, unreadable, empty,");
  }
}
