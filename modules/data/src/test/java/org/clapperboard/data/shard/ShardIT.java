package org.clapperboard.data.shard;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.apache.hadoop.conf.Configuration;
import org.clapperboard.config.BadData;
import org.clapperboard.data.Exchange;
import org.clapperboard.data.Modality;
import org.clapperboard.data.order.SampleOrder.Address;
import org.clapperboard.data.storage.Folder;
import org.clapperboard.media.pixels.Preprocess;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ShardIT {
  private static final int FRAME_BYTES = 1 << 20;

  @TempDir private Path temporary;

  private Folder prepared() {
    return Folder.of(temporary.toString(), new Configuration());
  }

  /** A sample whose media are large enough for several row groups in a shard. */
  private static StoredSample sample(String dataset, int number) {
    Random random = new Random(number);
    byte[] frame = new byte[FRAME_BYTES];
    random.nextBytes(frame);
    short[] sound = {(short) number, Short.MIN_VALUE, Short.MAX_VALUE};
    return new StoredSample(
        dataset + "-" + number,
        dataset,
        Modality.AUDIO_VISUAL,
        "kind",
        "clips/" + number + ".mp4",
        1.5,
        2.5,
        List.of(new Exchange("what ?", "a " + number), new Exchange("and ?", "ä \u4e16")),
        new StoredSample.Frames(
            8, 6, 30, 59, List.of(34, 41, 48, 55), List.of(frame, frame, frame, frame)),
        sound,
        12);
  }

  private PreparedDataset write(String dataset, int shards, int samples) throws Exception {
    Folder folder = prepared().folder(dataset);
    List<PreparedDataset.Shard> written = new ArrayList<>();
    for (int shard = 0; shard < shards; shard++) {
      String name = "shard-" + shard + ".parquet";
      org.apache.hadoop.fs.Path file = folder.folder("shards").path(name);
      try (ShardWriter writer = new ShardWriter(file, new Configuration())) {
        for (int i = 0; i < samples; i++) {
          writer.write(sample(dataset, shard * samples + i));
        }
      }
      try (ShardReader reader = new ShardReader(file, new Configuration())) {
        written.add(
            new PreparedDataset.Shard(
                name, reader.rowCounts(), folder.folder("shards").size(name)));
      }
    }
    PreparedDataset prepared =
        new PreparedDataset(
            dataset,
            "hash",
            "audio-visual",
            new PreparedDataset.Counts(1, 0, 0, 1, 1, 1, Map.of("corrupt", 2L)),
            List.of(4),
            new Preprocess(Preprocess.Encoder.CLIP, 28, Preprocess.Aspect.PAD),
            1,
            Map.of("what ?", List.of("a", "b")),
            written);
    folder.createOnce(PreparedDataset.FILE, prepared.toJson());
    return prepared;
  }

  /** Large arrays as arrays: a recursive comparison looks at every byte by reflection. */
  private static void assertSame(StoredSample actual, StoredSample expected) {
    assertThat(actual)
        .usingRecursiveComparison()
        .ignoringFields("sound", "frames.encoded")
        .as("sample %s", expected.id())
        .isEqualTo(expected);
    assertThat(Arrays.equals(actual.sound(), expected.sound())).as("sound").isTrue();
    if (expected.frames() != null) {
      List<byte[]> read = actual.frames().encoded();
      List<byte[]> written = expected.frames().encoded();
      assertThat(read).hasSameSizeAs(written);
      for (int i = 0; i < read.size(); i++) {
        assertThat(Arrays.equals(read.get(i), written.get(i))).as("frame %s", i).isTrue();
      }
    }
  }

  @Test
  void samples_come_back_as_they_were_written() throws Exception {
    PreparedDataset dataset = write("a", 1, 24);
    assertThat(dataset.shards().get(0).rowGroups()).hasSizeGreaterThan(1);
    try (ShardReader reader =
        new ShardReader(
            prepared().folder("a").folder("shards").path("shard-0.parquet"), new Configuration())) {
      int number = 0;
      for (int group = 0; group < reader.rowCounts().size(); group++) {
        for (StoredSample sample : reader.rowGroup(group)) {
          assertSame(sample, sample("a", number++));
        }
      }
      assertThat(number).isEqualTo(24);
    }
  }

  @Test
  void a_sample_without_media_comes_back_without() throws Exception {
    StoredSample text =
        new StoredSample(
            "t",
            "text",
            Modality.TEXT,
            "",
            "",
            0,
            0,
            List.of(new Exchange("q", "a")),
            null,
            null,
            0);
    org.apache.hadoop.fs.Path file = prepared().path("t.parquet");
    try (ShardWriter writer = new ShardWriter(file, new Configuration())) {
      writer.write(text);
    }
    try (ShardReader reader = new ShardReader(file, new Configuration())) {
      assertSame(reader.rowGroup(0).get(0), text);
    }
  }

  @Test
  void a_dataset_says_what_it_was_made_with() throws Exception {
    PreparedDataset written = write("a", 2, 3);
    assertThat(PreparedDataset.in(prepared().folder("a"))).isEqualTo(written);
    assertThat(written.samples()).isEqualTo(6);
    assertThat(PreparedDataset.in(prepared().folder("b"))).isNull();
  }

  @Test
  void a_stream_reads_the_same_with_much_and_with_little_memory() throws Exception {
    PreparedDataset a = write("a", 2, 20);
    PreparedDataset b = write("b", 1, 20);
    List<Long> rows = new ArrayList<>();
    for (PreparedDataset dataset : List.of(a, b)) {
      dataset.shards().forEach(shard -> rows.addAll(shard.rowGroups()));
    }
    try (StreamReader much = StreamReader.of(prepared(), List.of("a", "b"), 1L << 30);
        StreamReader little = StreamReader.of(prepared(), List.of("a", "b"), 1)) {
      Random random = new Random(1);
      for (int i = 0; i < 30; i++) {
        int block = random.nextInt(rows.size());
        Address address = new Address(block, random.nextInt((int) (long) rows.get(block)));
        assertSame(little.read(address), much.read(address));
      }
      StoredSample last = much.read(new Address(rows.size() - 1, 0));
      assertThat(last.dataset()).isEqualTo("b");
    }
  }

  @Test
  void a_dataset_that_is_not_there_is_named() {
    assertThatThrownBy(() -> StreamReader.of(prepared(), List.of("none"), 1))
        .isInstanceOf(BadData.class)
        .hasMessage("Cannot read " + temporary + "/none: the dataset is not prepared.");
  }

  @Test
  void a_file_that_is_no_shard_is_named() throws Exception {
    Path file = Files.writeString(temporary.resolve("x.parquet"), "this is not a shard at all");
    assertThatThrownBy(
            () -> new ShardReader(new org.apache.hadoop.fs.Path(file.toUri()), new Configuration()))
        .isInstanceOf(BadData.class)
        .hasMessageContaining("Cannot read shard")
        .hasMessageContaining("x.parquet");
  }

  @Test
  void a_sample_shows_the_frames_of_the_numbers_it_was_prepared_for() {
    List<Integer> indices = List.of(34, 37, 41, 48, 52, 55);
    List<byte[]> encoded = indices.stream().map(index -> new byte[] {index.byteValue()}).toList();
    StoredSample.Frames frames = new StoredSample.Frames(8, 6, 30, 59, indices, encoded);
    // 30 frames in 4 parts and in 2: round(29 / 4 * (i + 1/2)) and round(29 / 2 * (i + 1/2)).
    assertThat(frames.shown(4)).extracting(bytes -> (int) bytes[0]).containsExactly(34, 41, 48, 55);
    assertThat(frames.shown(2)).extracting(bytes -> (int) bytes[0]).containsExactly(37, 52);
    assertThatThrownBy(() -> frames.shown(8))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("it was not prepared for clips of 8 frames");
  }
}
