package org.clapperboard.app;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.FileUtil;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.clapperboard.app.inspect.InspectCommand;
import org.clapperboard.config.ConfigFile;
import org.clapperboard.data.shard.PreparedDataset;
import org.clapperboard.data.storage.Folder;
import org.clapperboard.eval.Answer;
import org.clapperboard.eval.Answered;
import org.clapperboard.eval.EvalConfig;
import org.clapperboard.eval.EvaluateJob;
import org.clapperboard.eval.ModelFiles;
import org.clapperboard.train.StagePlan;
import org.clapperboard.train.checkpoint.StageResult;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;

/**
 * A small world for all acceptance tests: media of the demo, prepared by {@code jobs/prepare.sh},
 * and a cluster. Whatever a test asks for is made once and shared.
 */
final class World implements AutoCloseable {
  /** Ranks of the largest world, each with an executor. */
  static final int MOST_RANKS = 4;

  private final Path folder;
  private final Jobs jobs;
  private final Map<Integer, Path> jointRuns = new TreeMap<>();
  private Cluster cluster;
  private Path eye;
  private Path curriculum;

  World() {
    try {
      folder = Files.createTempDirectory("clapperboard-acceptance");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    jobs = new Jobs(folder.resolve("logs"));
    App.execute(new DemoMediaCommand(), "--few", "--to", folder.resolve("raw").toString());
    List<String> arguments = List.of(file("prepare").toString(), "--set", "run=" + folder);
    jobs.run("local[2]", "prepare.sh", arguments).requireOut();
  }

  /** Hands the one world to every test that has it as a parameter. */
  static final class Shared implements ParameterResolver {
    @Override
    public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
      return parameter.getParameter().getType() == World.class;
    }

    @Override
    public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
      return context
          .getRoot()
          .getStore(Namespace.create(World.class))
          .getOrComputeIfAbsent("world", key -> new World(), World.class);
    }
  }

  Jobs jobs() {
    return jobs;
  }

  /** A new run, in which the stage that comes before the joint one is finished already. */
  Path run(String name) {
    if (eye == null) {
      Path first = folder("eye");
      train("eye", first);
      eye = first;
    }
    Path run = folder(name);
    copy(eye, run);
    return run;
  }

  /** Copies a folder to a place where nothing is. */
  static void copy(Path from, Path to) {
    try {
      Configuration hadoop = new Configuration();
      FileSystem disk = FileSystem.getLocal(hadoop).getRawFileSystem();
      FileUtil.copy(disk, hadoopPath(from), disk, hadoopPath(to), false, hadoop);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static org.apache.hadoop.fs.Path hadoopPath(Path path) {
    return new org.apache.hadoop.fs.Path(path.toUri());
  }

  /** A folder of the world. */
  Path folder(String name) {
    return folder.resolve(name);
  }

  /** One of the tests' configuration files. */
  static Path file(String name) {
    String path = "modules/app/src/test/resources/acceptance/" + name + ".yaml";
    return Jobs.REPOSITORY.resolve(path);
  }

  /** What makes a stage file belong to a run in this world. */
  List<String> settings(Path run, String... more) {
    return settings(run.toString(), more);
  }

  private List<String> settings(String run, String... more) {
    List<String> settings = new ArrayList<>();
    settings.add("run=" + run);
    settings.add("data.prepared=" + folder("prepared"));
    settings.add("tokenizer=" + folder("tokenizer"));
    settings.addAll(List.of(more));
    return settings;
  }

  /** A stage file and settings as a script takes them. */
  List<String> arguments(String stage, Path run, String... more) {
    return arguments(stage, run.toString(), more);
  }

  /** The same for a run that is elsewhere, at a URI. */
  List<String> arguments(String stage, String run, String... more) {
    List<String> arguments = new ArrayList<>(List.of(file(stage).toString()));
    settings(run, more).forEach(setting -> arguments.addAll(List.of("--set", setting)));
    return arguments;
  }

  Cluster cluster() {
    if (cluster == null) {
      cluster = Cluster.start(MOST_RANKS);
    }
    return cluster;
  }

  JavaSparkContext spark() {
    return cluster().spark();
  }

  /** Asks as {@code jobs/inspect.sh} does, on the cluster's Spark, and returns the lines. */
  List<String> inspect(String... arguments) {
    spark();
    return Jobs.here(InspectCommand::new, List.of(arguments)).requireOut().lines().toList();
  }

  /** Trains a stage as {@code jobs/train.sh} does and returns what it printed. */
  String train(String stage, Path run, String... more) {
    ByteArrayOutputStream printed = new ByteArrayOutputStream();
    Console console = new Console(new PrintStream(printed, true, StandardCharsets.UTF_8), false);
    TrainCommand.train(spark(), plan(stage, run, more), console);
    return printed.toString(StandardCharsets.UTF_8);
  }

  StagePlan plan(String stage, Path run, String... more) {
    ConfigFile file = ConfigFile.load(file(stage), settings(run, more));
    return StagePlan.of(file, spark().hadoopConfiguration());
  }

  /** A run in which so many ranks have trained the joint stage, undisturbed. */
  Path joint(int ranks) {
    return jointRuns.computeIfAbsent(
        ranks,
        size -> {
          Path run = run("ranks-" + size);
          train("joint", run, "cluster.ranks=" + size);
          return run;
        });
  }

  /** A run whose stages joint, video and audio are finished. */
  Path curriculum() {
    if (curriculum == null) {
      Path run = folder("curriculum");
      copy(joint(2), run);
      train("video", run);
      train("audio", run);
      curriculum = run;
    }
    return curriculum;
  }

  static StageResult result(Path run, String stage) {
    return StageResult.in(Folder.of(run + "/" + stage, new Configuration()));
  }

  PreparedDataset dataset(String name) {
    return PreparedDataset.in(
        Folder.of(folder("prepared").resolve(name).toString(), new Configuration()));
  }

  /** Rows of a table of a stage: its ledger or metrics. */
  List<Row> rows(Path run, String stage, String table, String... columns) {
    SparkSession sql = SparkSession.builder().getOrCreate();
    return sql.read()
        .option("pathGlobFilter", "*.parquet")
        .parquet(run.resolve(stage).resolve(table).toString())
        .selectExpr(columns)
        .collectAsList();
  }

  /** Which samples every step of the joint stage took, from its ledger. */
  List<String> jointSamples(Path run) {
    String[] columns = {"step", "place", "stream", "epoch", "dataset", "sample_id"};
    return rows(run, "joint", "ledger", columns).stream().map(Row::mkString).sorted().toList();
  }

  @Override
  public void close() throws IOException {
    if (cluster != null) {
      cluster.close();
    }
    Folder.of(folder.toString(), new Configuration()).delete();
  }

  /** What a model answers to the sets of an exam. */
  static List<Answer> answers(
      World world, EvalConfig exam, ModelFiles files, Path kept, int tasks) {
    Folder folder = Folder.of(kept.toString(), world.spark().hadoopConfiguration());
    EvaluateJob job = new EvaluateJob(world.spark(), folder, EvaluateJob.Others.REFUSE);
    return exam.sets().stream()
        .map(set -> exam.asked(set, files.frames()))
        .flatMap(set -> job.answers(files, set, tasks, (of, done, before, all) -> {}).stream())
        .map(Answered::answer)
        .toList();
  }
}
