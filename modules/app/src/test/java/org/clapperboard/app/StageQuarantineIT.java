package org.clapperboard.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import org.apache.hadoop.conf.Configuration;
import org.clapperboard.data.Exchange;
import org.clapperboard.data.Modality;
import org.clapperboard.data.recipe.About;
import org.clapperboard.data.shard.StoredSample;
import org.clapperboard.data.storage.Folder;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** How much of a dataset may be unusable: its preparing said so, and a stage may say otherwise. */
class StageQuarantineIT {
  private final Path folder;

  /** Of 15 samples 5 are corrupt; a tenth was tolerated. */
  StageQuarantineIT(@TempDir Path folder) throws IOException {
    this.folder = folder;
    List<StoredSample> samples =
        IntStream.range(0, 10).mapToObj(StageQuarantineIT::sample).toList();
    Folder dataset = Folder.of(folder.resolve("prepared/set").toString(), new Configuration());
    HandmadeDataset.write(dataset, "set", samples, About.nothing());
  }

  private static StoredSample sample(int number) {
    List<Exchange> exchanges = List.of(new Exchange("what is it ?", "a text"));
    double end = Double.POSITIVE_INFINITY;
    String id = "sample-" + number;
    return new StoredSample(
        id, "set", Modality.TEXT, "", "", "", 0, end, exchanges, null, null, null, 0);
  }

  /** What is said about the dataset when a stage is to train on it. */
  private List<String> told(String share) throws IOException {
    Path file =
        Files.writeString(
            folder.resolve("stage.yaml"),
            """
            include: %s
            stage: words
            run: .
            tokenizer: tokenizer
            train: [language-model]
            weights: {from: fresh}
            data:
              frames: 4%s
              prepared: prepared
              streams: [{name: words, datasets: [set]}]
            steps: 4
            optimizer: {lr: 1e-3}
            """
                .formatted(World.file("model"), share));
    Told told = Told.by(new TrainCommand(), file.toString()).with(folder + "/", "");
    assertThat(told.exitCode()).isEqualTo(2);
    // It has no tokenizer either, so nothing can start.
    assertThat(told.text()).contains("tokenizer is ");
    return told.text().lines().filter(line -> line.contains("data.streams")).toList();
  }

  private static String refusal(int line, String atMost) {
    return "stage.yaml:"
        + line
        + "  data.streams[0].datasets[0] is \"set\" (expected: a dataset of which enough can be"
        + " used). 33.3 % of set cannot be used (expected: at most "
        + atMost
        + " %): of 20 rows 3 are bad and 2 listed twice, of 15 samples 5 have unusable media"
        + " {corrupt=5}. One of them:  All are in prepared/set/quarantine, the others are ready."
        + " Mend them and prepare it again, or bear it: set data.quarantine-at-most.";
  }

  @Test
  void a_stage_refuses_what_the_dataset_was_not_to_bear_either() throws Exception {
    assertThat(told("")).containsExactly(refusal(10, "10.0"));
  }

  @Test
  void a_stage_bears_as_much_as_it_says_and_no_more() throws Exception {
    assertThat(told("\n  quarantine-at-most: 0.34")).isEmpty();
    assertThat(told("\n  quarantine-at-most: 0.33")).containsExactly(refusal(11, "33.0"));
  }
}
