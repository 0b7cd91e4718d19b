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
import org.apache.parquet.example.data.Group;
import org.apache.parquet.example.data.simple.SimpleGroup;
import org.apache.parquet.hadoop.ParquetReader;
import org.apache.parquet.hadoop.ParquetWriter;
import org.apache.parquet.hadoop.example.ExampleParquetWriter;
import org.apache.parquet.hadoop.example.GroupReadSupport;
import org.apache.parquet.hadoop.util.HadoopOutputFile;
import org.apache.parquet.schema.MessageType;
import org.apache.parquet.schema.MessageTypeParser;
import org.clapperboard.config.BadData;
import org.clapperboard.data.Exchange;
import org.clapperboard.data.Modality;
import org.clapperboard.data.order.SampleOrder.Address;
import org.clapperboard.data.recipe.About;
import org.clapperboard.data.storage.Folder;
import org.clapperboard.data.storage.ReadBuffers;
import org.clapperboard.media.SoundShape;
import org.clapperboard.media.Warning;
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
        "key-" + number,
        1.5,
        2.5,
        List.of(new Exchange("what ?", "a " + number), new Exchange("and ?", "ä \u4e16")),
        new SourceFacts(
            "mov,mp4",
            "h264",
            640,
            480,
            29.97,
            900,
            30.03,
            4,
            4,
            number,
            List.of(Warning.DAMAGED, Warning.FELL_BACK),
            true),
        new StoredSample.Frames(
            8, 6, 30, 59, List.of(34, 41, 48, 55), List.of(frame, frame, frame, frame)),
        sound,
        12);
  }

  private static ShardWriter writer(org.apache.hadoop.fs.Path file) throws Exception {
    return new ShardWriter(file, new Configuration(), "set", "recipe");
  }

  private PreparedDataset write(String dataset, int shards, int samples) throws Exception {
    Folder folder = prepared().folder(dataset);
    List<PreparedDataset.Shard> written = new ArrayList<>();
    for (int shard = 0; shard < shards; shard++) {
      String name = "shard-" + shard + ".parquet";
      org.apache.hadoop.fs.Path file = folder.folder("shards").path(name);
      try (ShardWriter writer = writer(file)) {
        for (int i = 0; i < samples; i++) {
          writer.write(sample(dataset, shard * samples + i));
        }
      }
      try (ShardReader reader = new ShardReader(file, new Configuration())) {
        written.add(
            new PreparedDataset.Shard(
                name,
                reader.rowCounts(),
                folder.folder("shards").size(name),
                reader.footer().content()));
      }
    }
    PreparedDataset prepared =
        new PreparedDataset(
            PreparedDataset.SCHEMA,
            dataset,
            "hash",
            "content",
            "FFmpeg",
            "audio-visual",
            new PreparedDataset.Counts(10, 1, 0, 9, 8, 6, Map.of("corrupt", 2L)),
            new PreparedDataset.Quarantine(0.5, "Cannot read x: no.", List.of("q.parquet")),
            List.of(4),
            new Preprocess(Preprocess.Encoder.CLIP, 28, Preprocess.Aspect.PAD),
            SoundShape.REFERENCE,
            1,
            Map.of("what ?", List.of("a", "b")),
            written,
            new About(About.Task.CAPTIONING, "CC0", "a paper", "a page", 9, 8, List.of("a note")));
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
  void a_byte_that_has_changed_on_the_disk_is_noticed() throws Exception {
    write("a", 1, 24);
    Path shard = temporary.resolve("a/shards/shard-0.parquet");
    byte[] bytes = Files.readAllBytes(shard);
    // In a frame, which nothing else would notice before it is decoded.
    bytes[2 * FRAME_BYTES] ^= 1;
    Files.write(shard, bytes);
    try (ShardReader reader =
        new ShardReader(new org.apache.hadoop.fs.Path(shard.toUri()), new Configuration())) {
      assertThatThrownBy(() -> reader.rowGroup(0))
          .isInstanceOf(BadData.class)
          .hasMessageContaining("Cannot read row group 0 of shard file:" + shard)
          .hasMessageContaining("CRC checksum verification failed");
      assertThat(reader.rowGroup(1)).isNotEmpty();
    }
  }

  @Test
  void row_groups_in_any_order_and_between_those_of_others_share_their_memory() throws Exception {
    write("a", 1, 24);
    org.apache.hadoop.fs.Path file = prepared().path("a/shards/shard-0.parquet");
    ReadBuffers buffers = new ReadBuffers();
    try (ShardReader one = new ShardReader(file, new Configuration(), buffers);
        ShardReader other = new ShardReader(file, new Configuration(), buffers)) {
      int last = one.rowCounts().size() - 1;
      List<StoredSample> ends = one.rowGroup(last);
      List<StoredSample> begins = other.rowGroup(0);
      assertThat(one.names()).hasSize(24);
      assertSame(ends.get(ends.size() - 1), sample("a", 23));
      assertSame(begins.get(0), sample("a", 0));
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
            "",
            0,
            0,
            List.of(new Exchange("q", "a")),
            null,
            null,
            null,
            0);
    org.apache.hadoop.fs.Path file = prepared().path("t.parquet");
    try (ShardWriter writer = writer(file)) {
      writer.write(text);
    }
    try (ShardReader reader = new ShardReader(file, new Configuration())) {
      assertSame(reader.rowGroup(0).get(0), text);
    }
  }

  @Test
  void a_shard_says_what_it_is_and_where_its_samples_lie() throws Exception {
    write("a", 1, 24);
    org.apache.hadoop.fs.Path file = prepared().path("a/shards/shard-0.parquet");
    try (ShardReader reader = new ShardReader(file, new Configuration())) {
      ContentHash content = new ContentHash();
      for (int i = 0; i < 24; i++) {
        content.add(sample("a", i));
      }
      assertThat(reader.footer())
          .isEqualTo(new ShardFooter(PreparedDataset.SCHEMA, "set", "recipe", 24, content.hex()));
      List<ShardReader.Name> names = reader.names();
      assertThat(names).hasSize(24);
      assertThat(names.get(23).rowGroup()).isPositive();
      for (ShardReader.Name name : names) {
        StoredSample row = reader.rowGroup(name.rowGroup()).get(name.row());
        assertThat(name.sample()).isEqualTo(row.id());
        assertThat(name.mediaKey()).isEqualTo(row.mediaKey());
      }
    }
  }

  @Test
  void the_hash_of_content_knows_every_byte_but_not_where_media_lay_nor_how_long_they_took() {
    StoredSample one = sample("a", 1);
    String hash = hash(one);
    assertThat(hash(sample("a", 1))).isEqualTo(hash).matches("[0-9a-f]{64}");
    assertThat(hash(with(one, "elsewhere", "other key", one.sound(), 99))).isEqualTo(hash);
    short[] louder = one.sound().clone();
    louder[0]++;
    assertThat(hash(with(one, one.media(), one.mediaKey(), louder, 12))).isNotEqualTo(hash);
    assertThat(hash(sample("a", 2))).isNotEqualTo(hash);
    assertThat(hash(sample("a", 2), one)).isNotEqualTo(hash(one, sample("a", 2)));
  }

  private static StoredSample with(
      StoredSample sample, String media, String key, short[] sound, int millis) {
    return new StoredSample(
        sample.id(),
        sample.dataset(),
        sample.modality(),
        sample.kind(),
        media,
        key,
        sample.startSeconds(),
        sample.endSeconds(),
        sample.exchanges(),
        sample.source(),
        sample.frames(),
        sound,
        millis);
  }

  private static String hash(StoredSample... samples) {
    ContentHash content = new ContentHash();
    List.of(samples).forEach(content::add);
    return content.hex();
  }

  @Test
  void other_engines_read_what_was_found_in_the_source() throws Exception {
    write("a", 1, 1);
    org.apache.hadoop.fs.Path file = prepared().path("a/shards/shard-0.parquet");
    try (ParquetReader<Group> reader =
        ParquetReader.builder(new GroupReadSupport(), file).build()) {
      Group row = reader.read();
      assertThat(row.getString("codec", 0)).isEqualTo("h264");
      assertThat(row.getDouble("source_seconds", 0)).isEqualTo(30.03);
      assertThat(row.getInteger("frames_hit", 0)).isEqualTo(4);
      assertThat(row.getBoolean("has_sound", 0)).isTrue();
      Group warnings = row.getGroup("warnings", 0);
      assertThat(warnings.getGroup("list", 0).getString("element", 0)).isEqualTo("damaged");
      assertThat(warnings.getGroup("list", 1).getString("element", 0)).isEqualTo("fell-back");
    }
  }

  @Test
  void what_another_version_prepared_is_refused_with_what_to_do() throws Exception {
    write("a", 1, 1);
    Path json = temporary.resolve("a/" + PreparedDataset.FILE);
    String text = Files.readString(json);
    String toDo = " (expected: 2). Prepare it again: jobs/prepare.sh writes it anew.";
    for (String old : List.of(text.replace("\"schema\" : \"2\",", ""), "{\"name\": \"a\"}")) {
      Files.writeString(json, old);
      assertThat(PreparedDataset.isOfOtherVersion(prepared().folder("a"))).isTrue();
      assertThatThrownBy(() -> PreparedDataset.in(prepared().folder("a")))
          .isInstanceOf(BadData.class)
          .hasMessage(
              "Cannot use "
                  + temporary
                  + "/a: it was prepared by another version of Clapperboard, with schema 1"
                  + toDo);
    }
    Files.writeString(json, text.replace("\"schema\" : \"2\"", "\"schema\" : \"3\", \"new\" : 1"));
    assertThatThrownBy(() -> PreparedDataset.in(prepared().folder("a")))
        .hasMessageContaining("with schema 3" + toDo);
  }

  @Test
  void a_shard_of_another_version_is_refused_with_what_to_do() throws Exception {
    org.apache.hadoop.fs.Path file = prepared().path("old.parquet");
    MessageType type = MessageTypeParser.parseMessageType("message sample { required int32 x; }");
    try (ParquetWriter<Group> writer =
        ExampleParquetWriter.builder(HadoopOutputFile.fromPath(file, new Configuration()))
            .withType(type)
            .withExtraMetaData(Map.of("clapperboard.schema", "1"))
            .build()) {
      writer.write(new SimpleGroup(type).append("x", 1));
    }
    assertThatThrownBy(() -> new ShardReader(file, new Configuration()))
        .isInstanceOf(BadData.class)
        .hasMessage(
            "Cannot read shard "
                + file
                + ": it was prepared by another version of Clapperboard, with schema 1 (expected:"
                + " 2). Prepare it again: jobs/prepare.sh writes it anew.");
  }

  @Test
  void a_dataset_of_which_too_much_is_unusable_says_so() throws Exception {
    PreparedDataset written = write("a", 1, 1);
    assertThat(written.refusal("x")).isNull();
    assertThat(written.tolerating(0.25).refusal("x")).isNull();
    assertThat(written.tolerating(0.2).refusal("runs/a"))
        .isEqualTo(
            "25.0 % of a cannot be used (expected: at most 20.0 %): of 10 rows 1 are bad and 0"
                + " listed twice, of 8 samples 2 have unusable media {corrupt=2}. One of them:"
                + " Cannot read x: no. All are in runs/a/quarantine, the others are ready.");
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
