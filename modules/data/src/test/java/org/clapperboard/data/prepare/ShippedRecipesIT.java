package org.clapperboard.data.prepare;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import org.apache.parquet.schema.MessageTypeParser;
import org.apache.spark.api.java.JavaSparkContext;
import org.clapperboard.data.Exchange;
import org.clapperboard.data.recipe.PublisherFiles;
import org.clapperboard.data.shard.StoredSample;
import org.clapperboard.media.FrameCodec;
import org.clapperboard.media.FrameEncoding;
import org.clapperboard.media.PcmTrack;
import org.clapperboard.media.WavWriter;
import org.clapperboard.media.pixels.RgbImage;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Recipes that are shipped, through the whole of preparing. */
@ExtendWith(LocalSpark.class)
class ShippedRecipesIT {
  private final Publisher publisher;

  ShippedRecipesIT(JavaSparkContext spark, @TempDir Path folder) {
    this.publisher = new Publisher(folder, spark);
  }

  /** A sound whose i-th second has the i-th value. */
  private void sound(String name, int... values) throws IOException {
    short[] samples = new short[16000 * values.length];
    for (int i = 0; i < samples.length; i++) {
      samples[i] = (short) values[i / 16000];
    }
    Path file = publisher.raw(name);
    Files.createDirectories(file.getParent());
    Files.write(file, WavWriter.write(new PcmTrack(samples, 1, 16000)));
  }

  @Test
  void a_clip_is_read_whole_where_it_is_cut_and_found_by_its_times_where_it_is_not()
      throws Exception {
    sound("audio/aaa_1.wav", 11);
    sound("audio/aaa.wav", 99, 99);
    sound("audio/bbb.wav", 21, 22, 23);
    publisher.manifest(
        "train.csv",
        "audiocap_id,youtube_id,start_time,caption",
        "1,aaa,1,A cut one",
        "2,bbb,1,One to be cut",
        "3,ccc,1,A missing one",
        "4,ddd,soon,A bad one");
    PrepareJob.Result result = publisher.shipped("audiocaps").run();
    List<StoredSample> samples = publisher.samples(result);
    assertThat(samples).extracting(StoredSample::id).containsExactlyInAnyOrder("1", "2");
    for (StoredSample sample : samples) {
      boolean cut = sample.id().equals("1");
      assertThat(sample.media()).endsWith(cut ? "/audio/aaa_1.wav" : "/audio/bbb.wav");
      assertThat(sample.sound()[8000]).isEqualTo((short) (cut ? 11 : 22));
      assertThat(sample.startSeconds()).isEqualTo(cut ? 0 : 1);
      assertThat(sample.endSeconds()).isEqualTo(cut ? Double.POSITIVE_INFINITY : 11);
    }
    assertThat(publisher.findings("audiocaps")).containsExactly(" 5 bad-row", "3 4 missing");
  }

  @Test
  void the_answer_of_most_people_is_prepared() throws Exception {
    sound("audio_files/rain 2.wav", 7);
    publisher.manifest(
        "clotho_aqa_train.csv",
        "file_name,QuestionText,answer,confidence",
        "rain 2.wav,Is it raining?,no,yes",
        "rain 2.wav,Is it raining?,yes,yes",
        "rain 2.wav,Is it raining?,yes,no");
    PrepareJob.Result result = publisher.shipped("clotho-aqa").run();
    assertThat(publisher.samples(result))
        .singleElement()
        .satisfies(sample -> assertThat(sample.exchanges().get(0).answer()).isEqualTo("yes"));
    assertThat(publisher.findings("clotho-aqa")).isEmpty();
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
    publisher.manifest(
        "texts.json",
        "[{\"id\": 1, \"turns\": [{\"q\": \"one ?\", \"a\": \"1\"}, {\"q\": \"two ?\"},",
        "{\"q\": \"three ?\", \"a\": \"3\"}]}]");
    assertThat(publisher.samples(publisher.job(texts).run()))
        .extracting(StoredSample::id)
        .containsExactlyInAnyOrder("1_0", "1_2");
    assertThat(publisher.findings("texts")).containsExactly(" 1 bad-row");
  }

  @Test
  void pictures_inside_tables_are_prepared() throws Exception {
    String picture;
    try (FrameCodec codec = new FrameCodec(new FrameEncoding.Png())) {
      byte[] bytes = codec.encode(RgbImage.filled(40, 40, 200, 100, 50));
      picture = Base64.getEncoder().encodeToString(bytes);
    }
    Files.createDirectories(publisher.raw("data"));
    PublisherFiles.parquet(
        publisher.raw("data/test-00000.parquet"),
        MessageTypeParser.parseMessageType(
            "message rows { optional group image { optional binary bytes; } optional binary question"
                + " (STRING); optional binary answer (STRING); }"),
        1 << 20,
        List.of(
            "{\"question\": \"Without a picture?\", \"answer\": \"Yes.\"}",
            "{\"image\": {\"bytes\": \"base64:%s\"}, \"question\": \"Which colour?\", \"answer\": \"Orange.\"}"
                .formatted(picture)));
    StoredSample sample = publisher.samples(publisher.shipped("realworldqa").run()).get(0);
    assertThat(sample.exchanges()).containsExactly(new Exchange("Which colour?", "Orange."));
    assertThat(sample.media()).endsWith("/data/test-00000.parquet#row=1&column=image.bytes");
    RgbImage stored = FrameCodec.decode(sample.frames().encoded().get(0));
    assertThat(stored.width()).isEqualTo(28);
    assertThat(stored.rgb()[3 * (14 * 28 + 14)] & 255).isBetween(190, 210);
    assertThat(publisher.findings("realworldqa")).containsExactly(" 1 bad-row");
  }
}
