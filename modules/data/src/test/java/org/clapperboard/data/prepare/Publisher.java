package org.clapperboard.data.prepare;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.api.java.JavaSparkContext;
import org.clapperboard.config.ConfigFile;
import org.clapperboard.data.shard.PreparedDataset;
import org.clapperboard.data.shard.ShardReader;
import org.clapperboard.data.shard.StoredSample;
import org.clapperboard.data.storage.Folder;
import org.clapperboard.media.ClipFormat;
import org.clapperboard.media.ClipWriter;
import org.clapperboard.media.PcmTrack;
import org.clapperboard.media.pixels.RgbImage;

/** Somebody's clips and manifests in a folder, and jobs that prepare them. */
final class Publisher {
  private static final String CLIPS =
      """
      name: clips
      modality: %s
      source: {format: csv, files: [clips.csv]}
      id: "{videoid}"
      media: {file: "videos/{videoid}.mp4"}
      questions: ["describe the video ."]
      answer: "{name}"
      """;

  private final Path folder;
  private final JavaSparkContext spark;

  Publisher(Path folder, JavaSparkContext spark) {
    this.folder = folder;
    this.spark = spark;
    try {
      Files.createDirectories(folder.resolve("raw/videos"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** A recipe of clips, described in clips.csv. */
  static String recipe(String modality) {
    return CLIPS.formatted(modality);
  }

  Path raw(String file) {
    return folder.resolve("raw").resolve(file);
  }

  Path video(int number) {
    return raw("videos/" + number + ".mp4");
  }

  /** A clip whose frame i is grey with the value 10 i. */
  void clip(int number, boolean sound) throws IOException {
    List<RgbImage> frames = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      frames.add(RgbImage.filled(32, 32, 10 * i, 10 * i, 10 * i + number % 50));
    }
    short[] samples = new short[32000];
    Arrays.fill(samples, (short) (1000 + number));
    byte[] bytes =
        sound
            ? ClipWriter.write(ClipFormat.mpeg4(10), frames, new PcmTrack(samples, 1, 16000))
            : ClipWriter.write(ClipFormat.mpeg4(10), frames);
    Files.write(video(number), bytes);
  }

  void clips(int count) throws IOException {
    for (int i = 0; i < count; i++) {
      clip(i, false);
    }
  }

  /** A clip that is nearly all pictures, so that its half is cut within them. */
  static byte[] noise() {
    Random random = new Random(1);
    List<RgbImage> frames = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      byte[] pixels = new byte[3 * 64 * 64];
      random.nextBytes(pixels);
      frames.add(new RgbImage(64, 64, pixels));
    }
    return ClipWriter.write(ClipFormat.mpeg4(10), frames);
  }

  /** Lists clips of which the second is empty and the fourth missing. */
  void clipsTwoUnusable(int count) throws IOException {
    clips(count);
    Files.write(video(1), new byte[0]);
    Files.delete(video(3));
    listed(count);
  }

  void manifest(String name, String... lines) throws IOException {
    Files.write(raw(name), List.of(lines));
  }

  /** Lists the first clips. */
  void listed(int count) throws IOException {
    List<String> lines = new ArrayList<>(List.of("videoid,name"));
    for (int i = 0; i < count; i++) {
      lines.add(i + ",clip " + i);
    }
    manifest("clips.csv", lines.toArray(String[]::new));
  }

  /** A job as the configuration file, with these settings on top of it, says. */
  PrepareJob job(String recipe, String... settings) throws IOException {
    return job(Set.of(), recipe, settings);
  }

  /** A job that tries what was found for some reasons again. */
  PrepareJob job(Set<String> retry, String recipe, String... settings) throws IOException {
    return job(retry, config(recipe, settings));
  }

  /** A job of a recipe that is shipped. */
  PrepareJob shipped(String name) throws IOException {
    return job(shippedConfig(name));
  }

  /** What the configuration file says of a recipe that is shipped. */
  PrepareConfig shippedConfig(String name, String... settings) throws IOException {
    return config(Path.of("../../datasets/" + name + ".yaml").toRealPath(), settings);
  }

  /** A job that has been read before. */
  PrepareJob job(PrepareConfig read) {
    return job(Set.of(), read);
  }

  private PrepareJob job(Set<String> retry, PrepareConfig read) {
    QuarantineRule rule =
        new QuarantineRule(read.quarantine().of(read.recipes().get(0).name()), retry);
    return new PrepareJob(spark, read.recipes().get(0), read.settings(), rule, read.output());
  }

  PrepareConfig config(String recipe, String... settings) throws IOException {
    return config(Files.writeString(folder.resolve("recipe.yaml"), recipe), settings);
  }

  private PrepareConfig config(Path recipe, String... settings) throws IOException {
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
    return ConfigFile.read(file, List.of(settings), PrepareConfig::read);
  }

  /** The folder of a dataset in the usual place. */
  Folder prepared(String dataset) {
    return prepared("prepared", dataset);
  }

  Folder prepared(String output, String dataset) {
    return Folder.of(folder.resolve(output).toString(), new Configuration()).folder(dataset);
  }

  List<StoredSample> samples(PrepareJob.Result result) {
    return samples(result.dataset());
  }

  List<StoredSample> samples(PreparedDataset dataset) {
    return samples(prepared(dataset.name()), dataset);
  }

  static List<StoredSample> samples(Folder place, PreparedDataset dataset) {
    List<StoredSample> samples = new ArrayList<>();
    for (PreparedDataset.Shard shard : dataset.shards()) {
      try (ShardReader reader =
          new ShardReader(place.folder("shards").path(shard.file()), place.configuration())) {
        for (int group = 0; group < shard.rowGroups().size(); group++) {
          samples.addAll(reader.rowGroup(group));
        }
      }
    }
    return samples;
  }

  /** All quarantine rows that lie there. */
  List<QuarantineRow> quarantine(String dataset) throws IOException {
    List<QuarantineRow> rows = new ArrayList<>();
    Folder place = prepared(dataset).folder("quarantine");
    for (String file : place.files()) {
      rows.addAll(QuarantineTable.read(place.path(file), place.configuration()));
    }
    return rows;
  }

  /** The rows in short, in order: the sample, if there is one, its line and the reason. */
  List<String> findings(String dataset) throws IOException {
    return quarantine(dataset).stream()
        .map(row -> row.sample() + " " + row.line() + " " + row.reason())
        .sorted()
        .toList();
  }
}
