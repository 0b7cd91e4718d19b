package org.clapperboard.train.loop;

import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.IntFunction;
import org.apache.hadoop.conf.Configuration;
import org.clapperboard.data.Exchange;
import org.clapperboard.data.Modality;
import org.clapperboard.data.order.Mixture;
import org.clapperboard.data.order.SampleOrder;
import org.clapperboard.data.recipe.About;
import org.clapperboard.data.shard.MediaBuffers;
import org.clapperboard.data.shard.PreparedDataset;
import org.clapperboard.data.shard.ShardReader;
import org.clapperboard.data.shard.ShardWriter;
import org.clapperboard.data.shard.StoredSample;
import org.clapperboard.data.shard.StreamReader;
import org.clapperboard.data.storage.Folder;
import org.clapperboard.media.FrameCodec;
import org.clapperboard.media.FrameEncoding;
import org.clapperboard.media.SoundShape;
import org.clapperboard.media.pixels.Preprocess;
import org.clapperboard.media.pixels.RgbImage;
import org.clapperboard.model.Example;
import org.clapperboard.model.prompt.Prompts;

/** Two small prepared datasets of noise, clips with sound and sounds, a row group in a shard. */
record ShardedWorld(Path folder) {
  static final int SIZE = 8;
  static final int BINS = 16;
  static final int FRAMES = 2;
  static final int IN_SHARD = 5;
  static final int SHARDS = 8;
  static final List<String> STREAMS = List.of("clips", "sounds");

  /** Samples of a dataset by number. */
  private record Made(String dataset, Modality modality) implements IntFunction<StoredSample> {
    @Override
    public StoredSample apply(int number) {
      SplittableRandom random = new SplittableRandom((dataset + number).hashCode());
      short[] sound = new short[modality.heard() ? 1600 : 0];
      for (int i = 0; i < sound.length; i++) {
        sound[i] = (short) random.nextInt();
      }
      List<byte[]> frames = new ArrayList<>();
      for (int i = 0; i < FRAMES; i++) {
        byte[] rgb = new byte[3 * SIZE * SIZE];
        random.nextBytes(rgb);
        try (FrameCodec codec = new FrameCodec(new FrameEncoding.Raw())) {
          frames.add(codec.encode(new RgbImage(SIZE, SIZE, rgb)));
        }
      }
      return new StoredSample(
          dataset + "-" + number,
          dataset,
          modality,
          "",
          "",
          "",
          0,
          1,
          List.of(new Exchange("q" + number, "a")),
          null,
          modality.seen() ? new StoredSample.Frames(SIZE, SIZE, 0, 3, List.of(1, 2), frames) : null,
          modality.heard() ? sound : null,
          1);
    }
  }

  Folder prepared() {
    return Folder.of(folder.toString(), new Configuration());
  }

  /** Writes both datasets. */
  static ShardedWorld write(Path folder) throws IOException {
    ShardedWorld world = new ShardedWorld(folder);
    world.write(new Made("clips", Modality.AUDIO_VISUAL));
    world.write(new Made("sounds", Modality.AUDIO));
    return world;
  }

  private void write(Made made) throws IOException {
    Folder dataset = prepared().folder(made.dataset());
    List<PreparedDataset.Shard> shards = new ArrayList<>();
    for (int shard = 0; shard < SHARDS; shard++) {
      String name = "shard-" + shard + ".parquet";
      writeShard(made, shard, made);
      shards.add(
          new PreparedDataset.Shard(
              name, List.of((long) IN_SHARD), dataset.folder("shards").size(name), "content"));
    }
    dataset.createOnce(
        PreparedDataset.FILE,
        new PreparedDataset(
                PreparedDataset.SCHEMA,
                made.dataset(),
                "hash",
                "content",
                "FFmpeg",
                made.modality().key(),
                new PreparedDataset.Counts(40, 0, 0, 40, 40, 40, Map.of()),
                new PreparedDataset.Quarantine(0.5, null, List.of()),
                List.of(FRAMES),
                new Preprocess(Preprocess.Encoder.CLIP, SIZE, Preprocess.Aspect.PAD),
                SoundShape.PAPER,
                1,
                Map.of(),
                shards,
                About.nothing())
            .toJson());
  }

  private void writeShard(Made made, int shard, IntFunction<StoredSample> samples)
      throws IOException {
    Folder shards = prepared().folder(made.dataset()).folder("shards");
    try (ShardWriter writer =
        new ShardWriter(
            shards.path("shard-" + shard + ".parquet"),
            shards.configuration(),
            made.dataset(),
            "hash")) {
      for (int i = 0; i < IN_SHARD; i++) {
        writer.write(samples.apply(shard * IN_SHARD + i));
      }
    }
  }

  /** Makes the first frame of a clip something that is no picture. */
  void spoilFrame(int clip) throws IOException {
    Made made = new Made("clips", Modality.AUDIO_VISUAL);
    writeShard(
        made,
        clip / IN_SHARD,
        number -> {
          StoredSample good = made.apply(number);
          return number == clip ? withFrames(good, List.of(new byte[9], new byte[9])) : good;
        });
  }

  private static StoredSample withFrames(StoredSample sample, List<byte[]> encoded) {
    return new StoredSample(
        sample.id(),
        sample.dataset(),
        sample.modality(),
        sample.kind(),
        sample.media(),
        sample.mediaKey(),
        sample.startSeconds(),
        sample.endSeconds(),
        sample.exchanges(),
        sample.source(),
        new StoredSample.Frames(SIZE, SIZE, 0, 3, List.of(1, 2), encoded),
        sample.sound(),
        sample.decodeMillis());
  }

  /** Leaves nothing in a shard's file. */
  void empty(String dataset, int shard) throws IOException {
    Files.write(folder.resolve(dataset + "/shards/shard-" + shard + ".parquet"), new byte[0]);
  }

  /** Bytes of a stream's largest shard. */
  long shardBytes(String dataset) {
    return PreparedDataset.in(prepared().folder(dataset)).shards().stream()
        .mapToLong(PreparedDataset.Shard::bytes)
        .max()
        .orElseThrow();
  }

  /** Clips and sounds 2 : 1, shuffled in windows of three row groups. */
  Mixture mixture() {
    List<Long> blocks = Collections.nCopies(SHARDS, (long) IN_SHARD);
    return new Mixture(
        List.of(
            new Mixture.Stream("clips", 2, new SampleOrder(blocks, 1, 3 * IN_SHARD)),
            new Mixture.Stream("sounds", 1, new SampleOrder(blocks, 2, 3 * IN_SHARD))));
  }

  List<StreamReader> readers(long maxBytes) {
    return STREAMS.stream()
        .map(name -> StreamReader.of(prepared(), List.of(name), maxBytes))
        .toList();
  }

  /** A maker whose rows have a length of their sample's own. */
  static ExampleMaker maker(IntFunction<FloatBuffer> allocate) {
    ExampleMaker.Text text =
        sample -> {
          int[] ids = sample.id().chars().toArray();
          ids[0] = sample.modality() == Modality.AUDIO ? Example.AUDIO : Example.VIDEO;
          return new Prompts.Tokens(ids, ids.clone());
        };
    return new ExampleMaker(
        text, new MediaBuffers(Preprocess.Encoder.CLIP, SIZE, BINS, allocate), FRAMES);
  }

  /** All samples of a stream, one shard after the other. */
  List<StoredSample> samples(String stream) {
    List<StoredSample> samples = new ArrayList<>();
    Folder shards = prepared().folder(stream).folder("shards");
    for (int shard = 0; shard < SHARDS; shard++) {
      try (ShardReader reader =
          new ShardReader(shards.path("shard-" + shard + ".parquet"), shards.configuration())) {
        samples.addAll(reader.rowGroup(0));
      }
    }
    return samples;
  }

  /**
   * The naive way: one sample after the other.
   *
   * @param samples those of each stream
   */
  List<Item> naive(List<List<StoredSample>> samples, long step, int globalBatch, int from, int to) {
    List<Item> items = new ArrayList<>();
    for (Mixture.Place place : mixture().batch(step, globalBatch, 0, globalBatch)) {
      int number = items.size();
      String stream = STREAMS.get(place.stream());
      int at = place.address().block() * IN_SHARD + place.address().row();
      StoredSample sample = samples.get(place.stream()).get(at);
      items.add(
          new Item(
              number,
              stream,
              place.epoch(),
              sample.id(),
              sample.dataset(),
              sample.modality(),
              sample.exchanges(),
              number >= from && number < to
                  ? maker(FloatBuffer::allocate).training(sample)
                  : new Example(new int[0], new int[0], List.of())));
    }
    return items.subList(from, to);
  }
}
