package org.clapperboard.data.prepare;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.entry;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.apache.hadoop.conf.Configuration;
import org.apache.parquet.example.data.Group;
import org.apache.parquet.hadoop.ParquetReader;
import org.apache.parquet.hadoop.example.GroupReadSupport;
import org.apache.parquet.schema.MessageTypeParser;
import org.apache.spark.SparkConf;
import org.apache.spark.api.java.JavaSparkContext;
import org.clapperboard.config.BadData;
import org.clapperboard.config.ConfigFile;
import org.clapperboard.data.Exchange;
import org.clapperboard.data.recipe.PublisherFiles;
import org.clapperboard.data.shard.ShardReader;
import org.clapperboard.data.shard.StoredSample;
import org.clapperboard.data.storage.Folder;
import org.clapperboard.media.ClipFormat;
import org.clapperboard.media.ClipWriter;
import org.clapperboard.media.FrameCodec;
import org.clapperboard.media.FrameEncoding;
import org.clapperboard.media.PcmTrack;
import org.clapperboard.media.WavWriter;
import org.clapperboard.media.pixels.RgbImage;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Manifests and media on disk, a real Spark, shards and quarantine rows out. */
class PrepareJobIT {
  private static final String WEBVID =
      """
      name: clips
      modality: %s
      source: {format: csv, files: [clips.csv]}
      id: "{videoid}"
      media: {file: "videos/{videoid}.mp4"}
      questions: ["describe the video ."]
      answer: "{name}"
      """;

  private static JavaSparkContext spark;

  @TempDir private Path folder;
  private Path raw;
  private Path prepared;

  @BeforeAll
  static void startSpark() {
    SparkConf conf =
        new SparkConf()
            .setMaster("local[2]")
            .setAppName("PrepareJobIT")
            .set("spark.ui.enabled", "false")
            .set("spark.driver.host", "127.0.0.1")
            .set("spark.driver.bindAddress", "127.0.0.1");
    spark = new JavaSparkContext(conf);
  }

  @AfterAll
  static void stopSpark() {
    spark.stop();
  }

  @BeforeEach
  void makeFolders() throws IOException {
    raw = Files.createDirectories(folder.resolve("raw"));
    prepared = folder.resolve("prepared");
    Files.createDirectories(raw.resolve("videos"));
  }

  /** A clip whose frame i is grey with the value 10 i; every second one has a sound. */
  private void clip(int number, boolean sound) throws IOException {
    List<RgbImage> frames = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      frames.add(RgbImage.filled(32, 32, 10 * i, 10 * i, 10 * i));
    }
    short[] samples = new short[32000];
    Arrays.fill(samples, (short) (1000 + number));
    byte[] bytes =
        sound
            ? ClipWriter.write(ClipFormat.mpeg4(10), frames, new PcmTrack(samples, 1, 16000))
            : ClipWriter.write(ClipFormat.mpeg4(10), frames);
    Files.write(raw.resolve("videos/" + number + ".mp4"), bytes);
  }

  /** A clip that is nearly all pictures, so that its half is cut within them. */
  private static byte[] noise() {
    Random random = new Random(1);
    List<RgbImage> frames = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      byte[] pixels = new byte[3 * 64 * 64];
      random.nextBytes(pixels);
      frames.add(new RgbImage(64, 64, pixels));
    }
    return ClipWriter.write(ClipFormat.mpeg4(10), frames);
  }

  private void manifest(String name, String... lines) throws IOException {
    Files.write(raw.resolve(name), List.of(lines));
  }

  private PrepareJob job(String recipe, String... settings) throws IOException {
    return job(Files.writeString(folder.resolve("recipe.yaml"), recipe), settings);
  }

  /** A recipe that is shipped. */
  private PrepareJob shipped(String name) throws IOException {
    return job(Path.of("../../datasets/" + name + ".yaml").toRealPath());
  }

  private PrepareJob job(Path recipe, String... settings) throws IOException {
    String config =
        """
        run: .
        seed: 7
        prepare:
          datasets: [{recipe: %s}]
          frames: [4, 8]
          picture: {encoder: clip, size: 28}
          sound-seconds: 1
          shard-samples: 3
        """
            .formatted(recipe);
    Path file = Files.writeString(folder.resolve("prepare.yaml"), config);
    PrepareConfig read = ConfigFile.read(file, List.of(settings), root -> PrepareConfig.read(root));
    return new PrepareJob(spark, read.recipes().get(0), read.settings(), read.output());
  }

  private List<StoredSample> samples(PrepareJob.Result result) {
    Folder shards =
        Folder.of(prepared.toString(), new Configuration())
            .folder(result.dataset().name())
            .folder("shards");
    List<StoredSample> samples = new ArrayList<>();
    result
        .dataset()
        .shards()
        .forEach(
            shard -> {
              try (ShardReader reader =
                  new ShardReader(shards.path(shard.file()), new Configuration())) {
                for (int group = 0; group < shard.rowGroups().size(); group++) {
                  samples.addAll(reader.rowGroup(group));
                }
              }
            });
    return samples;
  }

  private List<String> quarantine(String dataset) throws IOException {
    List<String> rows = new ArrayList<>();
    Folder place =
        Folder.of(prepared.toString(), new Configuration()).folder(dataset).folder("quarantine");
    for (String file : place.files()) {
      try (ParquetReader<Group> reader =
          ParquetReader.builder(new GroupReadSupport(), place.path(file)).build()) {
        for (Group row = reader.read(); row != null; row = reader.read()) {
          rows.add(
              row.getString("sample_id", 0)
                  + " "
                  + row.getLong("line", 0)
                  + " "
                  + row.getString("reason", 0));
        }
      }
    }
    return rows.stream().sorted().toList();
  }

  @Test
  void bad_clips_become_quarantine_rows_and_the_others_samples() throws Exception {
    for (int i = 0; i < 6; i++) {
      clip(i, false);
    }
    byte[] whole = noise();
    Files.write(raw.resolve("videos/2.mp4"), Arrays.copyOf(whole, whole.length / 2));
    Files.write(raw.resolve("videos/4.mp4"), new byte[0]);
    manifest(
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
    PrepareJob.Result result = job(WEBVID.formatted("video")).run();
    assertThat(samples(result))
        .extracting(StoredSample::id)
        .containsExactlyInAnyOrder("0", "1", "3", "5");
    assertThat(quarantine("clips"))
        .containsExactly(
            " 10 bad-row", "1 9 duplicate-id", "2 4 truncated", "4 6 empty", "6 8 missing");
    assertThat(result.dataset().counts().listed()).isEqualTo(9);
    assertThat(result.dataset().counts().decoded()).isEqualTo(4);
    assertThat(result.dataset().counts().quarantined())
        .containsOnly(entry("truncated", 1L), entry("empty", 1L), entry("missing", 1L));
  }

  @Test
  void a_clip_keeps_the_middles_of_its_parts_in_the_size_of_the_encoder() throws Exception {
    clip(0, true);
    manifest("clips.csv", "videoid,name", "0,fading in");
    StoredSample sample = samples(job(WEBVID.formatted("audio-visual")).run()).get(0);
    assertThat(sample.exchanges())
        .containsExactly(new Exchange("describe the video .", "fading in"));
    // 20 frames in 4 parts of 5: reference mm_utils.py, frame_sample.
    assertThat(grey(sample.frames().shown(4))).containsExactly(20, 70, 120, 170);
    assertThat(sample.frames().shown(8)).hasSize(8);
    assertThat(FrameCodec.decode(sample.frames().encoded().get(0)).width()).isEqualTo(28);
    assertThat(sample.sound()).hasSize(16000);
    assertThat((int) sample.sound()[8000]).as("AAC is close").isBetween(900, 1100);
  }

  private static List<Integer> grey(List<byte[]> frames) {
    return frames.stream()
        .map(frame -> FrameCodec.decode(frame).rgb()[3 * (14 * 28 + 14)] & 255)
        .map(value -> 10 * Math.round(value / 10f))
        .toList();
  }

  @Test
  void a_clip_without_sound_is_silent() throws Exception {
    clip(0, false);
    manifest("clips.csv", "videoid,name", "0,mute");
    StoredSample sample = samples(job(WEBVID.formatted("audio-visual")).run()).get(0);
    assertThat(sample.sound()).hasSize(16000).containsOnly(0);
  }

  @Test
  void which_samples_are_taken_depends_on_seed_and_names_only() throws Exception {
    for (int i = 0; i < 8; i++) {
      clip(i, false);
    }
    String recipe = WEBVID.formatted("video") + "take: 5\n";
    String[] lines = {"videoid,name", "0,a", "1,b", "2,c", "3,d", "4,e", "5,f", "6,g", "7,h"};
    manifest("clips.csv", lines);
    PrepareJob.Result first = job(recipe).run();
    List<String> taken = samples(first).stream().map(StoredSample::id).toList();
    assertThat(taken).hasSize(5);
    assertThat(first.dataset().counts().available()).isEqualTo(8);
    List<String> turned = new ArrayList<>(Arrays.asList(lines).subList(1, lines.length));
    Collections.reverse(turned);
    turned.add(0, lines[0]);
    manifest("clips.csv", turned.toArray(String[]::new));
    PrepareJob.Result second = job(recipe).run();
    assertThat(second.reused()).as("another manifest").isFalse();
    assertThat(samples(second).stream().map(StoredSample::id)).isEqualTo(taken);
    assertThat(samples(job(recipe, "seed=8").run()).stream().map(StoredSample::id))
        .as("another seed")
        .isNotEqualTo(taken);
  }

  @Test
  void a_dataset_that_is_there_is_kept() throws Exception {
    clip(0, false);
    manifest("clips.csv", "videoid,name", "0,a");
    PrepareJob.Result first = job(WEBVID.formatted("video")).run();
    PrepareJob.Result second = job(WEBVID.formatted("video")).run();
    assertThat(first.reused()).isFalse();
    assertThat(second.reused()).isTrue();
    assertThat(second.dataset()).isEqualTo(first.dataset());
    assertThat(job(WEBVID.formatted("video"), "prepare.quality=80").run().reused())
        .as("other settings")
        .isFalse();
  }

  @Test
  void sounds_and_texts_are_prepared_too() throws Exception {
    short[] samples = new short[8000];
    Arrays.fill(samples, (short) 77);
    Files.write(raw.resolve("s.wav"), WavWriter.write(new PcmTrack(samples, 1, 16000)));
    manifest("sounds.json", "{\"data\": [{\"id\": \"s\", \"caption\": \"a hum\"}]}");
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
    StoredSample sound = samples(job(sounds).run()).get(0);
    // Half a second is padded to a whole one with silence.
    assertThat(sound.sound()).hasSize(16000);
    assertThat(sound.sound()[7999]).isEqualTo((short) 77);
    assertThat(sound.sound()[8000]).isZero();

    manifest("texts.jsonl", "{\"n\": 1, \"q\": \"one ?\", \"a\": \"two\"}", "not json");
    String texts =
        """
        name: texts
        modality: text
        source: {format: jsonl, files: [texts.jsonl]}
        id: "text-{n}"
        questions: ["{q}"]
        answer: "{a}"
        """;
    PrepareJob.Result result = job(texts).run();
    assertThat(samples(result).get(0).exchanges()).containsExactly(new Exchange("one ?", "two"));
    assertThat(samples(result).get(0).frames()).isNull();
    assertThat(quarantine("texts")).containsExactly(" 2 bad-row");
    assertThat(result.dataset().answers()).containsEntry("one ?", List.of("two"));
  }

  /** A sound whose i-th second has the i-th value. */
  private void sound(String name, int... values) throws IOException {
    short[] samples = new short[16000 * values.length];
    for (int i = 0; i < samples.length; i++) {
      samples[i] = (short) values[i / 16000];
    }
    Path file = raw.resolve(name);
    Files.createDirectories(file.getParent());
    Files.write(file, WavWriter.write(new PcmTrack(samples, 1, 16000)));
  }

  @Test
  void a_clip_is_read_whole_where_it_is_cut_and_found_by_its_times_where_it_is_not()
      throws Exception {
    sound("audio/aaa_1.wav", 11);
    sound("audio/aaa.wav", 99, 99);
    sound("audio/bbb.wav", 21, 22, 23);
    manifest(
        "train.csv",
        "audiocap_id,youtube_id,start_time,caption",
        "1,aaa,1,A cut one",
        "2,bbb,1,One to be cut",
        "3,ccc,1,A missing one",
        "4,ddd,soon,A bad one");
    PrepareJob.Result result = shipped("audiocaps").run();
    List<StoredSample> samples = samples(result);
    assertThat(samples).extracting(StoredSample::id).containsExactlyInAnyOrder("1", "2");
    for (StoredSample sample : samples) {
      boolean cut = sample.id().equals("1");
      assertThat(sample.media()).endsWith(cut ? "/audio/aaa_1.wav" : "/audio/bbb.wav");
      assertThat(sample.sound()[8000]).isEqualTo((short) (cut ? 11 : 22));
      assertThat(sample.startSeconds()).isEqualTo(cut ? 0 : 1);
      assertThat(sample.endSeconds()).isEqualTo(cut ? Double.POSITIVE_INFINITY : 11);
    }
    assertThat(quarantine("audiocaps")).containsExactly(" 5 bad-row", "3 4 missing");
  }

  @Test
  void the_answer_of_most_people_is_prepared() throws Exception {
    sound("audio_files/rain 2.wav", 7);
    manifest(
        "clotho_aqa_train.csv",
        "file_name,QuestionText,answer,confidence",
        "rain 2.wav,Is it raining?,no,yes",
        "rain 2.wav,Is it raining?,yes,yes",
        "rain 2.wav,Is it raining?,yes,no");
    PrepareJob.Result result = shipped("clotho-aqa").run();
    assertThat(samples(result))
        .singleElement()
        .satisfies(sample -> assertThat(sample.exchanges().get(0).answer()).isEqualTo("yes"));
    assertThat(quarantine("clotho-aqa")).isEmpty();
  }

  @Test
  void the_good_samples_of_a_row_are_prepared_and_the_bad_ones_told() throws Exception {
    String texts =
        """
        name: texts
        modality: text
        source: {format: json, files: [texts.json]}
        explode: [turns]
        id: "{id}_{_index}"
        questions: ["{turns.q}"]
        answer: "{turns.a}"
        """;
    manifest(
        "texts.json",
        "[{\"id\": 1, \"turns\": [{\"q\": \"one ?\", \"a\": \"1\"}, {\"q\": \"two ?\"},",
        "{\"q\": \"three ?\", \"a\": \"3\"}]}]");
    assertThat(samples(job(texts).run()))
        .extracting(StoredSample::id)
        .containsExactlyInAnyOrder("1_0", "1_2");
    assertThat(quarantine("texts")).containsExactly(" 1 bad-row");
  }

  @Test
  void pictures_inside_tables_are_prepared() throws Exception {
    String picture;
    try (FrameCodec codec = new FrameCodec(new FrameEncoding.Png())) {
      byte[] bytes = codec.encode(RgbImage.filled(40, 40, 200, 100, 50));
      picture = Base64.getEncoder().encodeToString(bytes);
    }
    Files.createDirectories(raw.resolve("data"));
    PublisherFiles.parquet(
        raw.resolve("data/test-00000.parquet"),
        MessageTypeParser.parseMessageType(
            "message rows { optional group image { optional binary bytes; } optional binary question"
                + " (STRING); optional binary answer (STRING); }"),
        1 << 20,
        List.of(
            "{\"question\": \"Without a picture?\", \"answer\": \"Yes.\"}",
            "{\"image\": {\"bytes\": \"base64:%s\"}, \"question\": \"Which colour?\", \"answer\": \"Orange.\"}"
                .formatted(picture)));
    StoredSample sample = samples(shipped("realworldqa").run()).get(0);
    assertThat(sample.exchanges()).containsExactly(new Exchange("Which colour?", "Orange."));
    assertThat(sample.media()).endsWith("/data/test-00000.parquet#row=1&column=image.bytes");
    RgbImage stored = FrameCodec.decode(sample.frames().encoded().get(0));
    assertThat(stored.width()).isEqualTo(28);
    assertThat(stored.rgb()[3 * (14 * 28 + 14)] & 255).isBetween(190, 210);
    assertThat(quarantine("realworldqa")).containsExactly(" 1 bad-row");
  }

  @Test
  void a_manifest_that_is_not_there_ends_the_job_with_its_name() {
    assertThatThrownBy(() -> job(WEBVID.formatted("video")).run())
        .isInstanceOf(BadData.class)
        .hasMessageContaining("clips.csv");
  }
}
