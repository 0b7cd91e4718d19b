package org.clapperboard.app;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.sql.Row;
import org.clapperboard.config.BadConfig;
import org.clapperboard.config.BadData;
import org.clapperboard.config.WorkerLost;
import org.clapperboard.data.features.StoredFeatures;
import org.clapperboard.data.storage.Folder;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A stage reads what its frozen vision encoder makes of samples, and learns the same bits. */
@ExtendWith(World.Shared.class)
class VisionFeaturesIT {
  /** Pictures, clips and samples that show nothing, packed, in bfloat16. */
  private static final String[] MIXED = {
    "precision=bf16",
    "steps=6",
    "batch.packing=true",
    "batch.max-tokens=200",
    "data.streams=[{name: seen, datasets: [demo-stills, demo-webvid]},"
        + " {name: heard, datasets: [demo-audio-qa]}]"
  };

  private static String[] with(String setting, String... more) {
    return Stream.concat(Stream.of(setting), Arrays.stream(more)).toArray(String[]::new);
  }

  private static String storedIn(Path folder) {
    return "data.vision-features=" + folder;
  }

  /** Stores the features of a stage and returns what was printed. */
  private static String store(World world, String stage, Path run, String... settings) {
    ByteArrayOutputStream printed = new ByteArrayOutputStream();
    Console console = new Console(new PrintStream(printed, true, UTF_8), false);
    FeaturesCommand.store(world.spark(), world.plan(stage, run, settings), console);
    return printed.toString(UTF_8);
  }

  /** Where the features of the joint stage are; made by the first test that asks. */
  private static Path jointFeatures(World world) {
    Path folder = world.folder("features-joint");
    if (!Files.exists(folder)) {
      store(world, "joint", world.run("storing"), storedIn(folder));
    }
    return folder;
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2})
  void a_joint_stage_learns_the_same_bits_from_stored_features(int ranks, World world) {
    Path computed = world.joint(ranks);
    Path run = world.run("stored-" + ranks);
    world.train("joint", run, storedIn(jointFeatures(world)), "cluster.ranks=" + ranks);
    assertThat(World.result(run, "joint")).isEqualTo(World.result(computed, "joint"));
    assertThat(losses(world, run, "joint")).isEqualTo(losses(world, computed, "joint"));
    assertThat(world.jointSamples(run)).isEqualTo(world.jointSamples(computed));
    // That they were read shows in what the model had to do.
    assertThat(flops(world, run)).isLessThan(flops(world, computed));
  }

  @ParameterizedTest
  @Tag("full")
  @ValueSource(ints = {1, 2})
  void so_does_one_of_pictures_clips_and_sounds_in_bfloat16(int ranks, World world) {
    String[] settings = with("cluster.ranks=" + ranks, MIXED);
    Path computed = world.folder("mixed-computed-" + ranks);
    World.copy(world.curriculum(), computed);
    world.train("video", computed, with("stage=mixed", settings));
    Path run = world.folder("mixed-stored-" + ranks);
    World.copy(world.curriculum(), run);
    String[] reading = with(storedIn(world.folder("features-mixed")), settings);
    store(world, "video", run, with("stage=mixed", reading));
    world.train("video", run, with("stage=mixed", reading));
    assertThat(World.result(run, "mixed")).isEqualTo(World.result(computed, "mixed"));
    assertThat(losses(world, run, "mixed")).isEqualTo(losses(world, computed, "mixed"));
  }

  private static List<String> losses(World world, Path run, String stage) {
    return world.rows(run, stage, "metrics", "step", "loss", "gradient_norm").stream()
        .sorted(Comparator.comparingLong(row -> row.getLong(0)))
        .map(Row::mkString)
        .toList();
  }

  private static double flops(World world, Path run) {
    return world.rows(run, "joint", "metrics", "sum(flops)").get(0).getDouble(0);
  }

  @Test
  @Tag("full")
  void a_stage_that_was_ended_without_them_goes_on_with_them(World world) {
    Path run = world.run("features-later");
    String[] settings = {
      "cluster.ranks=2", "cluster.attempts=1", "checkpoint.every-steps=1", "checkpoint.keep=50"
    };
    CompletableFuture<String> training =
        CompletableFuture.supplyAsync(() -> world.train("joint", run, settings));
    Faults.awaitCheckpoint(run, 5, training::isDone);
    world.cluster().executors().forEach(executor -> new Victim(executor).kill());
    assertThatThrownBy(training::join)
        .isInstanceOf(CompletionException.class)
        .hasCauseInstanceOf(WorkerLost.class)
        .hasMessageContaining("Cannot ");
    String told = world.train("joint", run, with(storedIn(jointFeatures(world)), settings));
    assertThat(told).contains("goes on after step ");
    Faults.assertSame(world, run, world.joint(2));
  }

  @Test
  void what_is_stored_is_kept_and_what_was_not_finished_is_made_again(World world)
      throws IOException {
    Path run = world.run("storing-again");
    Path features = world.folder("features-again");
    World.copy(jointFeatures(world), features);
    assertThat(store(world, "joint", run, storedIn(features)))
        .containsPattern("demo-av +\\d+ +[\\d.]+ +[\\d.]+  kept\n")
        .containsPattern("demo-video-qa +\\d+ +[\\d.]+ +[\\d.]+  kept\n");
    Path folder = only(features.resolve("demo-av"));
    StoredFeatures before = stored(folder);
    assertThat(before.shards()).hasSizeGreaterThan(1);
    Path first = folder.resolve(before.shards().get(0).file());
    byte[] whole = Files.readAllBytes(first);
    // As it is where a run was killed: a file without its end, and nothing that says all are there.
    Files.write(first, Arrays.copyOf(whole, whole.length / 2));
    Files.delete(folder.resolve(StoredFeatures.FILE));
    int others = before.shards().size() - 1;
    assertThat(store(world, "joint", run, storedIn(features)))
        .contains("  " + others + " of " + before.shards().size() + " shards of before\n");
    StoredFeatures after = stored(folder);
    assertThat(after.areOf(world.dataset("demo-av"))).isTrue();
    assertThat(first).doesNotExist();
    byte[] again = Files.readAllBytes(folder.resolve(after.shards().get(0).file()));
    assertThat(pages(again)).isEqualTo(pages(whole));
    assertThat(after.facts()).isEqualTo(before.facts());
  }

  /** A file of Parquet without its footer, which lists encodings in any order. */
  private static byte[] pages(byte[] file) {
    int lengthAt = file.length - 2 * Integer.BYTES;
    int footer = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN).getInt(lengthAt);
    return Arrays.copyOf(file, lengthAt - footer);
  }

  private static StoredFeatures stored(Path folder) {
    return StoredFeatures.in(Folder.of(folder.toString(), new Configuration()));
  }

  private static Path only(Path folder) throws IOException {
    try (Stream<Path> inside = Files.list(folder)) {
      List<Path> all = inside.toList();
      assertThat(all).hasSize(1);
      return all.get(0);
    }
  }

  @Test
  @Tag("full")
  void a_harmed_row_ends_the_stage_and_is_named(World world) throws IOException {
    Path features = world.folder("features-harmed");
    World.copy(jointFeatures(world), features);
    Path folder = only(features.resolve("demo-av"));
    for (StoredFeatures.Shard shard : stored(folder).shards()) {
      Path file = folder.resolve(shard.file());
      byte[] harmed = Files.readAllBytes(file);
      harmed[harmed.length / 2] ^= 1;
      Files.write(file, harmed);
    }
    assertThatThrownBy(() -> world.train("joint", world.run("harmed-features"), storedIn(features)))
        .isInstanceOf(BadData.class)
        .hasMessageContaining("Cannot read row ")
        .hasMessageContaining(" of features ")
        .hasMessageContaining("CRC");
  }

  @Test
  void a_stage_whose_features_are_not_stored_is_refused(World world) {
    Path run = world.run("refused");
    Path nowhere = world.folder("features-nowhere");
    assertThat(refusals(world, run, storedIn(nowhere)))
        .containsExactly(
            refusal(nowhere, "demo-av", "There are none."),
            refusal(nowhere, "demo-video-qa", "There are none."));
    Path folder = jointFeatures(world);
    assertThat(refusals(world, run, storedIn(folder), "precision=bf16"))
        .first()
        .isEqualTo(
            refusal(
                folder,
                "demo-av",
                "Features there are of another stage: precision fp32, not bf16."));
    Path other = world.folder("other-eye");
    world.train("eye", other, "seed=8");
    assertThat(refusals(world, other, storedIn(folder)))
        .first()
        .isEqualTo(
            refusal(
                folder,
                "demo-av",
                "Features there are of another stage: other weights of the encoder."));
    assertThat(refusals(world, run, storedIn(folder))).isEmpty();
  }

  @Test
  void features_of_what_was_prepared_before_are_refused(World world) throws IOException {
    Path prepared = world.folder("prepared-again");
    World.copy(world.folder("prepared"), prepared);
    Path json = prepared.resolve("demo-av/dataset.json");
    String content = world.dataset("demo-av").shards().get(0).content();
    Files.writeString(json, Files.readString(json).replace(content, "0".repeat(content.length())));
    Path folder = jointFeatures(world);
    assertThat(refusals(world, world.run("again"), storedIn(folder), "data.prepared=" + prepared))
        .containsExactly(
            refusal(
                folder,
                "demo-av",
                "The features there were made of other samples: it was prepared again since."));
  }

  private static String refusal(Path folder, String dataset, String why) {
    return "--set data.vision-features  data.vision-features is \""
        + folder
        + "\" (expected: a folder with what this stage's vision encoder makes of "
        + dataset
        + "). "
        + why
        + " Make them with jobs/features.sh, or leave the key out: then each step computes them.";
  }

  private static List<String> refusals(World world, Path run, String... settings) {
    List<String> refusals = new ArrayList<>();
    try {
      TrainCommand.requireFeatures(
          world.plan("joint", run, settings), world.spark().hadoopConfiguration());
    } catch (BadConfig e) {
      e.problems().forEach(problem -> refusals.add(problem.toString()));
    }
    return refusals;
  }

  @Test
  void storing_needs_to_be_told_where(World world) {
    Path run = world.run("storing-nowhere");
    String[] stage = world.arguments("joint", run).toArray(String[]::new);
    Told told = Told.by(new FeaturesCommand(), stage);
    assertThat(told.text())
        .endsWith(
            "  data.vision-features is missing (expected: a folder that they are stored in). Name"
                + " one, in the file or with --set.\n1 problem; nothing was started.\n");
    assertThat(told.exitCode()).isEqualTo(2);
  }

  @Test
  void a_plan_says_what_they_cost_and_save(World world) {
    Path run = world.run("features-planned");
    long samples = world.dataset("demo-av").samples() + world.dataset("demo-video-qa").samples();
    // A frame is 16 patches of 32 numbers of 4 bytes.
    String size = PlanText.bytes(samples * 4.0 * 16 * 32 * 4);
    // 16 patches of 588 numbers, then 17 tokens through one layer, which all see each other.
    double linear = 2.0 * (16 * 588 * 32 + 17 * (4 * 32 * 32 + 2 * 32 * 64));
    double picture = linear + 4.0 * 17 * 17 * 32;
    // Of 8 samples 6 are seen.
    String operations =
        PlanText.operations(samples * 4 * picture)
            + " operations once, "
            + PlanText.operations(6 * 4 * picture)
            + " fewer in each step";
    assertThat(new PlanText(world.plan("joint", run)).lines())
        .contains(
            "  vision features could be stored (data.vision-features): "
                + size
                + " for "
                + samples
                + " samples, "
                + operations);
    Path folder = jointFeatures(world);
    List<String> lines = new PlanText(world.plan("joint", run, storedIn(folder))).lines();
    assertThat(lines)
        .contains(
            "  vision features stored in "
                + folder
                + ": "
                + size
                + " for "
                + samples
                + " samples, "
                + operations)
        .anySatisfy(
            line ->
                assertThat(line).matches("    as measured: [\\d.]+ s once, [\\d.]+ s of each step"))
        .doesNotContain("  not there yet:");
    List<String> fast = new PlanText(world.plan("joint", run, "cluster.peak-flops=1e6")).lines();
    assertThat(fast)
        .contains(
            String.format(
                "    at cluster.peak-flops, which is never reached: %.3g s once, %.3g s of each"
                    + " step",
                samples * 4 * picture / 2e6, 6 * 4 * picture / 2e6));
    List<String> missing =
        new PlanText(world.plan("joint", run, storedIn(world.folder("features-planless")))).lines();
    assertThat(missing)
        .containsSequence(
            "  not there yet:",
            "  " + refusal(world.folder("features-planless"), "demo-av", "There are none."));
  }
}
