package org.clapperboard.data.prepare;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.entry;
import static org.clapperboard.data.prepare.Publisher.recipe;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import org.apache.spark.api.java.JavaSparkContext;
import org.clapperboard.config.BadData;
import org.clapperboard.data.Exchange;
import org.clapperboard.data.shard.SourceFacts;
import org.clapperboard.data.shard.StoredSample;
import org.clapperboard.media.FrameCodec;
import org.clapperboard.media.PcmTrack;
import org.clapperboard.media.WavWriter;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Manifests and media on disk, a real Spark, shards and quarantine rows out. */
@ExtendWith(LocalSpark.class)
class PrepareJobIT {
  private final Publisher publisher;

  PrepareJobIT(JavaSparkContext spark, @TempDir Path folder) {
    this.publisher = new Publisher(folder, spark);
  }

  @Test
  void bad_clips_become_quarantine_rows_and_the_others_samples() throws Exception {
    publisher.clips(6);
    byte[] whole = Publisher.noise();
    Files.write(publisher.raw("videos/2.mp4"), Arrays.copyOf(whole, whole.length / 2));
    Files.write(publisher.raw("videos/4.mp4"), new byte[0]);
    publisher.manifest(
        "clips.csv",
        "videoid,name",
        "0,a",
        "1,b",
        "2,c",
        "3,d",
        "4,e",
        "5,f",
        "6,g",
        "1,again",
        "7");
    PrepareJob.Result result = publisher.job(recipe("video")).run();
    assertThat(publisher.samples(result))
        .extracting(StoredSample::id)
        .containsExactlyInAnyOrder("0", "1", "3", "5");
    assertThat(publisher.findings("clips"))
        .containsExactly(
            " 10 bad-row", "1 9 duplicate-id", "2 4 truncated", "4 6 empty", "6 8 missing");
    assertThat(result.dataset().counts().listed()).isEqualTo(9);
    assertThat(result.dataset().counts().decoded()).isEqualTo(4);
    assertThat(result.dataset().counts().quarantined())
        .containsOnly(entry("truncated", 1L), entry("empty", 1L), entry("missing", 1L));
    assertThat(result.dataset().quarantine().files())
        .containsExactlyInAnyOrderElementsOf(
            publisher.prepared("clips").folder("quarantine").files());
    for (QuarantineRow row : publisher.quarantine("clips")) {
      boolean medium = row.line() < 9;
      assertThat(row.decoder()).matches(medium ? "FFmpeg \\S+, schema 2" : "");
      assertThat(row.mediaKey()).matches(medium ? "[0-9a-f]{32}" : "");
      assertThat(QuarantineRow.reasons()).contains(row.reason());
    }
  }

  @Test
  void a_clip_keeps_the_middles_of_its_parts_in_the_size_of_the_encoder() throws Exception {
    publisher.clip(0, true);
    publisher.manifest("clips.csv", "videoid,name", "0,fading in");
    StoredSample sample = publisher.samples(publisher.job(recipe("audio-visual")).run()).get(0);
    assertThat(sample.exchanges())
        .containsExactly(new Exchange("describe the video .", "fading in"));
    // 20 frames in 4 parts of 5: reference mm_utils.py, frame_sample.
    assertThat(grey(sample.frames().shown(4))).containsExactly(20, 70, 120, 170);
    assertThat(sample.frames().shown(8)).hasSize(8);
    assertThat(FrameCodec.decode(sample.frames().encoded().get(0)).width()).isEqualTo(28);
    assertThat(sample.sound()).hasSize(16000);
    assertThat((int) sample.sound()[8000]).as("AAC is close").isBetween(900, 1100);
  }

  @Test
  void what_was_found_in_the_source_stands_beside_it() throws Exception {
    publisher.clip(0, true);
    publisher.manifest("clips.csv", "videoid,name", "0,fading in");
    PrepareJob.Result result = publisher.job(recipe("audio-visual")).run();
    SourceFacts source = publisher.samples(result).get(0).source();
    assertThat(source.container()).contains("mp4");
    assertThat(source.codec()).isEqualTo("mpeg4");
    assertThat(source.width()).isEqualTo(32);
    assertThat(source.height()).isEqualTo(32);
    assertThat(source.fps()).isEqualTo(10);
    assertThat(source.frames()).isEqualTo(20);
    assertThat(source.seconds()).isEqualTo(2);
    // Four and eight middles of 20 frames: 2, 7, 12, 17 and 1, 4, 6, 8, 11, 13, 15, 18.
    assertThat(source.framesWanted()).isEqualTo(12);
    assertThat(source.framesHit()).isEqualTo(12);
    assertThat(source.packetsDamaged()).isZero();
    assertThat(source.warnings()).isEmpty();
    assertThat(source.hasSound()).isTrue();
    assertThat(result.dataset().decoder()).matches("FFmpeg \\S+, schema 2");
    assertThat(result.dataset().content()).matches("[0-9a-f]{64}");
  }

  private static List<Integer> grey(List<byte[]> frames) {
    return frames.stream()
        .map(frame -> FrameCodec.decode(frame).rgb()[3 * (14 * 28 + 14)] & 255)
        .map(value -> 10 * Math.round(value / 10f))
        .toList();
  }

  @Test
  void a_clip_without_sound_is_silent() throws Exception {
    publisher.clip(0, false);
    publisher.manifest("clips.csv", "videoid,name", "0,mute");
    StoredSample sample = publisher.samples(publisher.job(recipe("audio-visual")).run()).get(0);
    assertThat(sample.sound()).hasSize(16000).containsOnly(0);
    assertThat(sample.source().hasSound()).isFalse();
  }

  @Test
  void which_samples_are_taken_depends_on_seed_and_names_only() throws Exception {
    publisher.clips(8);
    String recipe = recipe("video") + "take: 5\n";
    String[] lines = {"videoid,name", "0,a", "1,b", "2,c", "3,d", "4,e", "5,f", "6,g", "7,h"};
    publisher.manifest("clips.csv", lines);
    PrepareJob.Result first = publisher.job(recipe).run();
    List<String> taken = publisher.samples(first).stream().map(StoredSample::id).toList();
    assertThat(taken).hasSize(5);
    assertThat(first.dataset().counts().available()).isEqualTo(8);
    List<String> turned = new ArrayList<>(Arrays.asList(lines).subList(1, lines.length));
    Collections.reverse(turned);
    turned.add(0, lines[0]);
    publisher.manifest("clips.csv", turned.toArray(String[]::new));
    PrepareJob.Result second = publisher.job(recipe).run();
    assertThat(second.reused()).as("another manifest").isFalse();
    assertThat(publisher.samples(second).stream().map(StoredSample::id)).isEqualTo(taken);
    assertThat(
            publisher.samples(publisher.job(recipe, "seed=8").run()).stream().map(StoredSample::id))
        .as("another seed")
        .isNotEqualTo(taken);
  }

  @Test
  void a_dataset_that_is_there_is_kept() throws Exception {
    publisher.clip(0, false);
    publisher.manifest("clips.csv", "videoid,name", "0,a");
    PrepareJob.Result first = publisher.job(recipe("video")).run();
    PrepareJob.Result second = publisher.job(recipe("video")).run();
    assertThat(first.reused()).isFalse();
    assertThat(second.reused()).isTrue();
    assertThat(second.dataset()).isEqualTo(first.dataset());
    assertThat(publisher.job(recipe("video"), "prepare.quality=80").run().reused())
        .as("other settings")
        .isFalse();
  }

  @Test
  void sounds_and_texts_are_prepared_too() throws Exception {
    short[] samples = new short[8000];
    Arrays.fill(samples, (short) 77);
    Files.write(publisher.raw("s.wav"), WavWriter.write(new PcmTrack(samples, 1, 16000)));
    publisher.manifest("sounds.json", "{\"data\": [{\"id\": \"s\", \"caption\": \"a hum\"}]}");
    String sounds =
        """
        name: sounds
        modality: audio
        source: {format: json, files: [sounds.json], records: data}
        id: "{id}"
        media: {file: "{id}.wav"}
        questions: ["describe the sound ."]
        answer: "{caption}"
        """;
    StoredSample sound = publisher.samples(publisher.job(sounds).run()).get(0);
    assertThat(sound.source().seconds()).isEqualTo(0.5);
    assertThat(sound.source().codec()).isEqualTo("pcm_s16le");
    assertThat(sound.source().frames()).isZero();
    // Half a second is padded to a whole one with silence.
    assertThat(sound.sound()).hasSize(16000);
    assertThat(sound.sound()[7999]).isEqualTo((short) 77);
    assertThat(sound.sound()[8000]).isZero();

    publisher.manifest("texts.jsonl", "{\"n\": 1, \"q\": \"one ?\", \"a\": \"two\"}", "not json");
    String texts =
        """
        name: texts
        modality: text
        source: {format: jsonl, files: [texts.jsonl]}
        id: "text-{n}"
        questions: ["{q}"]
        answer: "{a}"
        """;
    PrepareJob.Result result = publisher.job(texts).run();
    assertThat(publisher.samples(result).get(0).exchanges())
        .containsExactly(new Exchange("one ?", "two"));
    assertThat(publisher.samples(result).get(0).frames()).isNull();
    assertThat(publisher.samples(result).get(0).source()).isNull();
    assertThat(publisher.samples(result).get(0).mediaKey()).isEmpty();
    assertThat(publisher.findings("texts")).containsExactly(" 2 bad-row");
    assertThat(result.dataset().answers()).containsEntry("one ?", List.of("two"));
  }

  @Test
  void a_manifest_that_is_not_there_ends_the_job_with_its_name() {
    assertThatThrownBy(() -> publisher.job(recipe("video")).run())
        .isInstanceOf(BadData.class)
        .hasMessageContaining("clips.csv");
  }
}
