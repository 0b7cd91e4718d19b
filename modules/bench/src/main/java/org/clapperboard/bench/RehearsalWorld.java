package org.clapperboard.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.clapperboard.app.DemoMediaCommand;
import org.clapperboard.config.InternalFailure;
import picocli.CommandLine;

/**
 * A small world to train in: the demo's media, a tenth of them, and stages of its model. Everything
 * is done by the scripts in {@code jobs}.
 *
 * @param jobs the folder of the scripts
 * @param folder where all is kept
 * @param ranks of its stages
 */
record RehearsalWorld(Path jobs, Path folder, int ranks) {
  /** The stage that is rehearsed. */
  static final String STAGE = "joint";

  private static final Pattern CHECKPOINT = Pattern.compile("step-(\\d+)\\.json");

  /** What a batch has to be a multiple of, as the stage's file has it. */
  private static final int SHARES = 4;

  private static final int MICRO = 2;

  /** Makes the media, prepares them and trains what the rehearsed stage starts from. */
  void make(LocalCluster cluster) throws IOException {
    String raw = folder.resolve("raw").toString();
    int code = new CommandLine(new DemoMediaCommand()).execute("--few", "--to", raw);
    if (code != 0) {
      throw new InternalFailure("Cannot make the media of a rehearsal: it ended with " + code);
    }
    Path prepare = root().resolve("conf/demo/prepare.yaml");
    List<String> arguments = List.of(prepare.toString(), "--set", "run=" + folder);
    run("prepare.sh", arguments, Map.of("SPARK_MASTER", "local[2]"));
    try (JobScript eye = train(cluster, "eye", folder.resolve("start"), Map.of())) {
      while (eye.runs()) {
        pause();
      }
      if (eye.code() != 0) {
        throw eye.failed(eye.code());
      }
    }
  }

  /** The smallest batch that there is for the ranks. */
  private int batch() {
    int batch = MICRO * ranks;
    while (batch % SHARES != 0) {
      batch += MICRO * ranks;
    }
    return batch;
  }

  private Path root() {
    return jobs.toAbsolutePath().normalize().getParent();
  }

  private String run(String script, List<String> arguments, Map<String, String> environment)
      throws IOException {
    return JobScript.run(jobs, folder.resolve("logs"), script, arguments, environment);
  }

  /** A new run, in which all is there that the rehearsed stage starts from. */
  Path run(String name) throws IOException {
    Path start = folder.resolve("start");
    Path run = folder.resolve(name);
    try (Stream<Path> files = Files.walk(start)) {
      for (Path file : files.toList()) {
        Files.copy(file, run.resolve(start.relativize(file).toString()));
      }
    }
    return run;
  }

  /** Starts, or goes on with, the rehearsed stage of a run. */
  JobScript train(LocalCluster cluster, Path run, String sparkArguments, String... settings)
      throws IOException {
    return train(cluster, STAGE, run, Map.of("SPARK_ARGS", sparkArguments), settings);
  }

  private JobScript train(
      LocalCluster cluster,
      String stage,
      Path run,
      Map<String, String> environment,
      String... settings)
      throws IOException {
    List<String> all = new ArrayList<>();
    all.add("run=" + run);
    all.add("data.prepared=" + folder.resolve("prepared"));
    all.add("tokenizer=" + folder.resolve("tokenizer"));
    all.add("cluster.ranks=" + ranks);
    all.add("batch.global=" + batch());
    all.addAll(Arrays.asList(settings));
    List<String> arguments = new ArrayList<>();
    arguments.add(root().resolve("modules/bench/rehearsal/" + stage + ".yaml").toString());
    all.forEach(setting -> arguments.addAll(List.of("--set", setting)));
    Map<String, String> whole = new HashMap<>(environment);
    whole.put("SPARK_MASTER", cluster.master());
    return JobScript.start(jobs, folder.resolve("logs"), "train.sh", arguments, whole);
  }

  /** Asks for the account of a run; returns what is said. */
  String inspect(List<String> arguments) throws IOException {
    return run("inspect.sh", arguments, Map.of("SPARK_MASTER", "local[2]"));
  }

  /** The step of the newest checkpoint of the rehearsed stage, or 0. */
  static long newest(Path run) throws IOException {
    Path checkpoints = run.resolve(STAGE).resolve("checkpoints");
    if (!Files.isDirectory(checkpoints)) {
      return 0;
    }
    try (Stream<Path> files = Files.list(checkpoints)) {
      return files
          .map(file -> CHECKPOINT.matcher(file.getFileName().toString()))
          .filter(Matcher::matches)
          .mapToLong(step -> Long.parseLong(step.group(1)))
          .max()
          .orElse(0);
    }
  }

  /** A moment between two looks. */
  static void pause() {
    try {
      Thread.sleep(100);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InternalFailure("Cannot go on with a rehearsal: interrupted", e);
    }
  }
}
