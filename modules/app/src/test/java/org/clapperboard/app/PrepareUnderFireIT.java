package org.clapperboard.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.function.BooleanSupplier;
import org.apache.hadoop.conf.Configuration;
import org.clapperboard.config.ConfigFile;
import org.clapperboard.data.prepare.PrepareConfig;
import org.clapperboard.data.prepare.PrepareJob;
import org.clapperboard.data.prepare.QuarantineRule;
import org.clapperboard.data.shard.ContentHash;
import org.clapperboard.data.shard.PreparedDataset;
import org.clapperboard.data.shard.ShardReader;
import org.clapperboard.data.shard.StoredSample;
import org.clapperboard.data.storage.Folder;
import org.clapperboard.media.ClipFormat;
import org.clapperboard.media.ClipWriter;
import org.clapperboard.media.pixels.RgbImage;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Whatever happens to executors while clips are decoded, the shards say the same. */
@ExtendWith(World.Shared.class)
class PrepareUnderFireIT {
  private static final int PIXELS = 64;
  // Attempts of a task that are as good as each other, beside those that are lost.
  private static final String SPECULATION =
      "--conf spark.speculation=true --conf spark.speculation.quantile=0.3"
          + " --conf spark.speculation.multiplier=1.1 --conf spark.speculation.interval=50ms"
          + " --conf spark.speculation.minTaskRuntime=10ms";

  @TempDir private Path folder;

  @Test
  void an_executor_that_is_killed_half_way_changes_nothing(World world) throws IOException {
    check(world, 60, 2);
  }

  @Test
  @Tag("full")
  void an_executor_that_is_killed_among_two_thousand_clips_changes_nothing(World world)
      throws IOException {
    check(world, 2000, 20);
  }

  private void check(World world, int clips, int shardSamples) throws IOException {
    publish(clips);
    Jobs jobs = new Jobs(folder.resolve("logs"));
    PreparedDataset undisturbed = undisturbed(world, shardSamples);

    Path run = folder.resolve("disturbed");
    Jobs.Running script =
        jobs.start(
            Map.of("CLAPPERBOARD_WORKERS", "2", "SPARK_ARGS", SPECULATION),
            "prepare.sh",
            arguments(run, shardSamples));
    Path shards = run.resolve("prepared/clips/shards");
    int half = undisturbed.shards().size() / 2;
    await(() -> files(shards) >= half || !script.process().isAlive());
    assertThat(run.resolve("prepared/clips/dataset.json")).as("not done yet").doesNotExist();
    List<ProcessHandle> executors = executors(script.process());
    assertThat(executors).hasSize(2);
    assertThat(executors.get(0).destroyForcibly()).isTrue();
    script.await().requireOut();

    PreparedDataset disturbed = PreparedDataset.in(prepared(run));
    assertThat(disturbed.content()).isEqualTo(undisturbed.content());
    assertThat(disturbed.counts()).isEqualTo(undisturbed.counts());
    assertThat(disturbed.rowGroups()).isEqualTo(undisturbed.rowGroups());
    assertThat(prepared(run).folder("shards").files()).hasSameSizeAs(disturbed.shards());
    assertThat(ids(run, disturbed))
        .doesNotHaveDuplicates()
        .hasSize(clips - 1)
        .isEqualTo(ids(folder.resolve("undisturbed"), undisturbed));
  }

  private PreparedDataset undisturbed(World world, int shardSamples) {
    PrepareConfig config =
        ConfigFile.load(
                folder.resolve("prepare.yaml"),
                settings(folder.resolve("undisturbed"), shardSamples))
            .read(PrepareConfig::read);
    QuarantineRule rule = new QuarantineRule(0.1, Set.of());
    return new PrepareJob(
            world.spark(), config.recipes().get(0), config.settings(), rule, config.output())
        .run()
        .dataset();
  }

  /** The names of all rows; their bytes are those that the shard's hash says. */
  private static List<String> ids(Path run, PreparedDataset dataset) {
    List<String> ids = new ArrayList<>();
    Folder shards = prepared(run).folder("shards");
    for (PreparedDataset.Shard shard : dataset.shards()) {
      ContentHash content = new ContentHash();
      try (ShardReader reader =
          new ShardReader(shards.path(shard.file()), shards.configuration())) {
        for (int group = 0; group < shard.rowGroups().size(); group++) {
          for (StoredSample sample : reader.rowGroup(group)) {
            content.add(sample);
            ids.add(sample.id());
          }
        }
      }
      assertThat(content.hex()).isEqualTo(shard.content());
    }
    return ids;
  }

  private static Folder prepared(Path run) {
    return Folder.of(run.resolve("prepared/clips").toString(), new Configuration());
  }

  /** Clips of noise, one of them cut short, with a manifest, a recipe and what to prepare. */
  private void publish(int clips) throws IOException {
    Path videos = Files.createDirectories(folder.resolve("raw/videos"));
    List<String> rows = new ArrayList<>(List.of("videoid,name"));
    for (int i = 0; i < clips; i++) {
      byte[] clip = clip(new SplittableRandom(i));
      int length = i == 1 ? clip.length / 2 : clip.length;
      Files.write(videos.resolve(i + ".mp4"), Arrays.copyOf(clip, length));
      rows.add(i + ",clip " + i);
    }
    Files.write(folder.resolve("raw/clips.csv"), rows);
    Files.writeString(
        folder.resolve("recipe.yaml"),
        """
        name: clips
        modality: video
        source: {format: csv, files: [clips.csv]}
        id: "{videoid}"
        media: {file: "videos/{videoid}.mp4"}
        questions: ["describe the video ."]
        answer: "{name}"
        """);
    Files.writeString(
        folder.resolve("prepare.yaml"),
        """
        seed: 7
        prepare:
          root: raw
          datasets: [{recipe: recipe.yaml}]
          frames: [4, 8]
          picture: {encoder: clip, size: 56}
        """);
  }

  private static byte[] clip(SplittableRandom random) {
    List<RgbImage> frames = new ArrayList<>();
    for (int i = 0; i < 16; i++) {
      byte[] pixels = new byte[3 * PIXELS * PIXELS];
      random.nextBytes(pixels);
      frames.add(new RgbImage(PIXELS, PIXELS, pixels));
    }
    return ClipWriter.write(ClipFormat.mpeg4(16), frames);
  }

  private List<String> arguments(Path run, int shardSamples) {
    List<String> arguments = new ArrayList<>(List.of(folder.resolve("prepare.yaml").toString()));
    settings(run, shardSamples).forEach(setting -> arguments.addAll(List.of("--set", setting)));
    return arguments;
  }

  private static List<String> settings(Path run, int shardSamples) {
    return List.of("run=" + run, "prepare.shard-samples=" + shardSamples);
  }

  private static List<ProcessHandle> executors(Process script) {
    return Jvms.of(script, command -> command.contains("CoarseGrainedExecutorBackend"));
  }

  private static int files(Path shards) {
    String[] names = shards.toFile().list();
    return names == null ? 0 : names.length;
  }

  private static void await(BooleanSupplier condition) {
    long end = System.nanoTime() + Duration.ofMinutes(4).toNanos();
    while (!condition.getAsBoolean()) {
      assertThat(System.nanoTime()).as("waiting for half of the shards").isLessThan(end);
      try {
        Thread.sleep(5);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IllegalStateException(e);
      }
    }
  }
}
