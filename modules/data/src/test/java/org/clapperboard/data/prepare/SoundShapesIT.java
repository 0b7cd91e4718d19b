package org.clapperboard.data.prepare;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.clapperboard.data.prepare.Publisher.recipe;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.apache.spark.api.java.JavaSparkContext;
import org.clapperboard.config.BadConfig;
import org.clapperboard.data.shard.StoredSample;
import org.clapperboard.media.PcmTrack;
import org.clapperboard.media.SoundShape;
import org.clapperboard.media.WavWriter;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Sounds are shaped as the paper says, or as the reference's code does. */
@ExtendWith(LocalSpark.class)
class SoundShapesIT {
  private static final int RATE = 16_000;
  private static final String[] REFERENCE = {"prepare.sound=reference", "prepare.sound-seconds=30"};
  private final Publisher publisher;

  SoundShapesIT(JavaSparkContext spark, @TempDir Path folder) {
    this.publisher = new Publisher(folder, spark);
  }

  private StoredSample clip(String... settings) throws IOException {
    publisher.clip(0, true);
    publisher.listed(1);
    return publisher.samples(publisher.job(recipe("audio-visual"), settings).run()).get(0);
  }

  private static int at(StoredSample sample, double seconds) {
    return sample.sound()[(int) (seconds * RATE)];
  }

  @Test
  void the_paper_pads_a_short_clip_with_silence() throws Exception {
    StoredSample sample = clip("prepare.sound-seconds=30");
    assertThat(sample.sound()).hasSize(30 * RATE);
    assertThat(at(sample, 1)).isBetween(900, 1100);
    assertThat(at(sample, 3)).isZero();
  }

  @Test
  void the_reference_repeats_a_short_clip_eight_times() throws Exception {
    StoredSample sample = clip(REFERENCE);
    assertThat(sample.sound()).hasSize(30 * RATE);
    assertThat(at(sample, 1)).isBetween(900, 1100);
    assertThat(at(sample, 15)).isBetween(900, 1100);
    assertThat(at(sample, 17)).as("after eight times two seconds").isZero();
  }

  @Test
  void of_a_long_file_of_sound_the_reference_takes_a_part_that_belongs_to_the_sample()
      throws Exception {
    List<String> rows = new ArrayList<>(List.of("id"));
    short[] ramp = new short[40 * RATE];
    for (int i = 0; i < ramp.length; i++) {
      ramp[i] = (short) (i / RATE * 100);
    }
    byte[] wav = WavWriter.write(new PcmTrack(ramp, 1, RATE));
    for (int i = 0; i < 6; i++) {
      Files.write(publisher.raw(i + ".wav"), wav);
      rows.add(Integer.toString(i));
    }
    publisher.manifest("sounds.csv", rows.toArray(String[]::new));
    String recipe =
        """
        name: sounds
        modality: audio
        source: {format: csv, files: [sounds.csv]}
        id: "{id}"
        media: {file: "{id}.wav"}
        questions: ["describe the sound ."]
        answer: "a ramp"
        """;
    PrepareJob.Result result = publisher.job(recipe, REFERENCE).run();
    assertThat(result.dataset().sound()).isEqualTo(SoundShape.REFERENCE);
    List<Integer> starts = starts(publisher.samples(result));
    assertThat(starts).allSatisfy(start -> assertThat(start).isBetween(0, 1000));
    assertThat(starts)
        .as("not the same part of each")
        .doesNotContainSequence(starts.get(0), starts.get(0), starts.get(0));
    result = publisher.job(recipe, "seed=99", REFERENCE[0], REFERENCE[1]).run();
    assertThat(starts(publisher.samples(result)))
        .as("the choice of samples has nothing to do with it")
        .containsExactlyInAnyOrderElementsOf(starts);
  }

  private static List<Integer> starts(List<StoredSample> samples) {
    return samples.stream()
        .map(
            sample -> {
              // A tenth of a second inside: a Fourier transform rings where its window ends.
              int first = (int) Math.round(at(sample, 0.5) / 100.0) * 100;
              assertThat(at(sample, 29.5) - first).isBetween(2800, 3000);
              return first;
            })
        .toList();
  }

  @Test
  void the_reference_knows_one_length() {
    assertThatThrownBy(() -> publisher.config(recipe("video"), "prepare.sound=reference"))
        .isInstanceOf(BadConfig.class)
        .hasMessageContaining(
            "prepare.yaml:7  prepare.sound-seconds is 1 (expected: 30, the length of every sound of"
                + " the reference)");
  }
}
