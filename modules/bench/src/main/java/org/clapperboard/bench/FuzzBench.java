package org.clapperboard.bench;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerExecutorRemoved;
import org.apache.spark.scheduler.SparkListenerTaskEnd;
import org.clapperboard.bench.Contender.Lap;
import org.clapperboard.config.BadData;
import org.clapperboard.config.ConfigFile;
import org.clapperboard.data.prepare.PrepareConfig;
import org.clapperboard.data.prepare.PrepareJob;
import org.clapperboard.data.prepare.QuarantineRule;
import org.clapperboard.data.recipe.Recipe;
import org.clapperboard.data.shard.PreparedDataset;
import org.clapperboard.media.ClipFormat;
import org.clapperboard.media.ClipWriter;
import org.clapperboard.media.FrameCodec;
import org.clapperboard.media.FrameEncoding;
import org.clapperboard.media.PcmTrack;
import org.clapperboard.media.WavWriter;
import org.clapperboard.media.pixels.RgbImage;

/**
 * Damaged media through the whole of preparing, on the executors of a cluster: every file has to
 * become a sample or a row of quarantine, and no executor may die of one.
 *
 * @param folder where files and datasets are made
 * @param files how many there are
 * @param seeds further files to damage, from a folder, or null
 * @param seed of the damage
 */
record FuzzBench(Path folder, int files, Path seeds, long seed) {
  private static final int SHARD = 64;
  private static final int LARGEST_SEED = 300_000;
  private static final List<String> KINDS = List.of("audio-visual", "image", "audio");
  private static final int RATE = 16_000;

  private static final String RECIPE =
      """
      name: fuzz-%s
      modality: %s
      source: {format: csv, files: [%s.csv]}
      id: "{number}"
      media: {file: "media/{number}"}
      questions: ["what is it ?"]
      answer: "{number}"
      """;

  private static final String PREPARE =
      """
      run: .
      seed: 1
      prepare:
        datasets: [{recipe: audio-visual.yaml}, {recipe: image.yaml}, {recipe: audio.yaml}]
        frames: [4, 8]
        picture: {encoder: clip, size: 56}
        sound-seconds: 2
        shard-samples: %d
        limits: {timeout: 10s, max-pixels: 4000000}
        quarantine: {at-most: 1}
      """;

  /** What happened to the cluster. */
  private static final class Losses extends SparkListener {
    private final AtomicInteger executors = new AtomicInteger();
    private final AtomicInteger tasks = new AtomicInteger();

    @Override
    public void onExecutorRemoved(SparkListenerExecutorRemoved removed) {
      executors.incrementAndGet();
    }

    @Override
    public void onTaskEnd(SparkListenerTaskEnd end) {
      if (!end.taskInfo().successful()) {
        tasks.incrementAndGet();
      }
    }
  }

  Figures run(JavaSparkContext spark) throws IOException {
    write();
    Losses losses = new Losses();
    spark.sc().addSparkListener(losses);
    PrepareConfig config =
        ConfigFile.read(folder.resolve("prepare.yaml"), List.of(), PrepareConfig::read);
    Map<String, Long> reasons = new java.util.TreeMap<>();
    long[] read = new long[1];
    Lap lap =
        Lap.of(
            () -> {
              for (Recipe recipe : config.recipes()) {
                PreparedDataset.Counts counts = prepare(spark, config, recipe);
                read[0] += counts.decoded();
                counts.quarantined().forEach((reason, n) -> reasons.merge(reason, n, Long::sum));
              }
            });
    long accounted = read[0] + reasons.values().stream().mapToLong(n -> n).sum();
    if (accounted != files) {
      throw new BadData("Cannot account for " + files + " files: " + accounted + " were found.");
    }
    return figures(lap, read[0], reasons, losses);
  }

  private static PreparedDataset.Counts prepare(
      JavaSparkContext spark, PrepareConfig config, Recipe recipe) {
    QuarantineRule rule = new QuarantineRule(1, java.util.Set.of());
    return new PrepareJob(spark, recipe, config.settings(), rule, config.output())
        .run()
        .dataset()
        .counts();
  }

  /** Damaged files in turn for three recipes: as videos with sound, as pictures, as sounds. */
  private void write() throws IOException {
    List<List<byte[]>> originals = originals();
    List<byte[]> all = originals.stream().flatMap(List::stream).toList();
    Files.createDirectories(folder.resolve("raw/media"));
    SplittableRandom random = new SplittableRandom(seed);
    Mutations mutations = new Mutations(random);
    for (int kind = 0; kind < KINDS.size(); kind++) {
      String modality = KINDS.get(kind);
      List<byte[]> own = originals.get(kind);
      Files.writeString(
          folder.resolve(modality + ".yaml"), RECIPE.formatted(modality, modality, modality));
      try (BufferedWriter table =
          Files.newBufferedWriter(folder.resolve("raw/" + modality + ".csv"))) {
        table.write("number\n");
        for (int number = kind; number < files; number += KINDS.size()) {
          // One in four is of any kind, such as a sound where a picture is expected.
          List<byte[]> some = random.nextInt(4) == 0 ? all : own;
          byte[] damaged = mutations.of(some.get(random.nextInt(some.size())), own.get(0));
          Files.write(folder.resolve("raw/media/" + number), number == kind ? own.get(0) : damaged);
          table.write(number + "\n");
        }
      }
    }
    Files.writeString(folder.resolve("prepare.yaml"), PREPARE.formatted(SHARD));
  }

  /** By kind, a file of every format that can be written here, and those of the folder. */
  private List<List<byte[]>> originals() throws IOException {
    List<RgbImage> frames = new ArrayList<>();
    for (int number = 0; number < 12; number++) {
      frames.add(MadeClips.frame(number, 96, 64));
    }
    short[] samples = new short[RATE];
    for (int i = 0; i < samples.length; i++) {
      samples[i] = (short) (9000 * Math.sin(0.1 * i));
    }
    PcmTrack sound = new PcmTrack(samples, 1, RATE);
    ClipFormat h264 = new ClipFormat(new ClipFormat.H264(300_000), 12, 4, 32_000);
    List<byte[]> videos = new ArrayList<>();
    videos.add(ClipWriter.write(ClipFormat.mpeg4(12), frames, sound));
    videos.add(ClipWriter.write(h264, frames, sound));
    videos.add(ClipWriter.write(h264, frames));
    List<byte[]> pictures = new ArrayList<>();
    for (FrameEncoding encoding :
        List.of(new FrameEncoding.Jpeg(90), new FrameEncoding.Png(), new FrameEncoding.Webp())) {
      try (FrameCodec codec = new FrameCodec(encoding)) {
        pictures.add(codec.encode(frames.get(0)));
      }
    }
    List<byte[]> sounds = new ArrayList<>();
    sounds.add(WavWriter.write(sound));
    sounds.add(ClipWriter.write(h264, List.of(), sound));
    addSeeds(videos, pictures, sounds);
    return List.of(videos, pictures, sounds);
  }

  private void addSeeds(List<byte[]> videos, List<byte[]> pictures, List<byte[]> sounds)
      throws IOException {
    if (seeds == null) {
      return;
    }
    try (Stream<Path> paths = Files.walk(seeds)) {
      for (Path path : paths.filter(Files::isRegularFile).sorted().toList()) {
        if (Files.size(path) > 0 && Files.size(path) <= LARGEST_SEED) {
          String name = path.toString();
          boolean picture = name.matches(".*\\.(jpe?g|png|webp|gif|bmp|tiff?)");
          boolean sound = name.matches(".*\\.(wav|flac|mp3|ogg|opus|wma|m4a|aiff)");
          (picture ? pictures : sound ? sounds : videos).add(Files.readAllBytes(path));
        }
      }
    }
  }

  private Figures figures(Lap lap, long read, Map<String, Long> reasons, Losses losses) {
    ObjectNode json =
        new ObjectMapper()
            .createObjectNode()
            .put("bench", "fuzz")
            .put("files", files)
            .put("seed", seed)
            .put("seconds", lap.seconds())
            .put("samples", read)
            .put("executors-lost", losses.executors.get())
            .put("tasks-failed", losses.tasks.get());
    ObjectNode why = json.putObject("quarantined");
    List<String> table = new ArrayList<>();
    table.add("| outcome | files |");
    table.add("|---|---:|");
    table.add("| sample | " + read + " |");
    reasons.forEach(
        (reason, count) -> {
          why.put(reason, count);
          table.add("| " + reason + " | " + count + " |");
        });
    table.add(
        String.format(
            Locale.ROOT,
            "%d files in %.0f s: %d executors lost, %d tasks failed",
            files,
            lap.seconds(),
            losses.executors.get(),
            losses.tasks.get()));
    return new Figures(json, table);
  }
}
