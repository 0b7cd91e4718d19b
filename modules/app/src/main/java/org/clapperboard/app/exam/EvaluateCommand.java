package org.clapperboard.app.exam;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.apache.spark.api.java.JavaSparkContext;
import org.clapperboard.app.App;
import org.clapperboard.app.Console;
import org.clapperboard.app.SparkStart;
import org.clapperboard.app.StageFileOption;
import org.clapperboard.config.BadConfig;
import org.clapperboard.config.Problem;
import org.clapperboard.data.storage.Folder;
import org.clapperboard.eval.Answered;
import org.clapperboard.eval.BenchmarkConfig;
import org.clapperboard.eval.BenchmarkExam;
import org.clapperboard.eval.EvalConfig;
import org.clapperboard.eval.EvalConfig.QuestionSet;
import org.clapperboard.eval.EvaluateJob;
import org.clapperboard.eval.EvaluateJob.Others;
import org.clapperboard.eval.ModelFiles;
import org.clapperboard.eval.Score;
import org.clapperboard.eval.SetResult;
import org.clapperboard.eval.benchmark.Benchmark;
import org.clapperboard.eval.judge.Judge;
import org.clapperboard.model.ModelFolder;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code jobs/evaluate.sh}: held-out questions and benchmarks for an exported model. */
@Command(
    name = "jobs/evaluate.sh",
    mixinStandardHelpOptions = true,
    description = {
      "Asks an exported model what a file's evaluate section lists: sets of prepared datasets, and",
      "benchmarks. Ends in a table, and in a page with examples. Answers are kept as they come: the",
      "same command goes on where an earlier one ended."
    },
    footer = {
      "  jobs/evaluate.sh conf/demo/evaluate.yaml --model runs/demo/model",
      "  jobs/evaluate.sh my-exam.yaml --model my-model --only mvbench,egoschema"
    })
public final class EvaluateCommand implements Callable<Integer> {
  private static final String PAGE = "report.html";

  @Mixin private StageFileOption file;

  @Option(
      names = "--model",
      required = true,
      paramLabel = "FOLDER",
      description = "Exported model.")
  private Path model;

  @Option(
      names = "--to",
      paramLabel = "FOLDER",
      description = "Where answers and scores are kept. Default: the model's folder with -exam.")
  private String to;

  @Option(
      names = "--only",
      split = ",",
      paramLabel = "NAMES",
      description = "Asks these sets and benchmarks of the file only.")
  private List<String> only = List.of();

  @Option(names = "--groups", description = "Tells the figures of groups of questions as well.")
  private boolean groups;

  @Option(
      names = "--replace",
      description = "Gives up answers of another model, or to other questions, that are there.")
  private boolean replace;

  private final Console console = new Console();

  /** Runs the command. */
  public static void main(String... arguments) {
    App.run(new EvaluateCommand(), arguments);
  }

  /** What a file asks: either may be null. */
  private record Asked(EvalConfig sets, BenchmarkConfig benchmarks) {}

  @Override
  public Integer call() {
    Consumer<JavaSparkContext> work = planned();
    try (JavaSparkContext spark = SparkStart.context("evaluate")) {
      work.accept(spark);
    }
    return 0;
  }

  /** What it does with a Spark; mistakes in its arguments are told before. */
  public Consumer<JavaSparkContext> planned() {
    String location = to == null ? model.toAbsolutePath().normalize() + "-exam" : to;
    Asked asked = asked(location + "/judge-replies");
    ModelFolder folder = ModelFolder.open(model);
    return spark -> evaluate(spark, asked, folder, location);
  }

  private void evaluate(JavaSparkContext spark, Asked asked, ModelFolder folder, String location) {
    Folder results = Folder.of(location, spark.hadoopConfiguration());
    EvaluateJob job = new EvaluateJob(spark, results, replace ? Others.REPLACE : Others.REFUSE);
    List<SetResult> held = new ArrayList<>();
    if (asked.sets() != null) {
      held.addAll(sets(spark, asked.sets(), folder, results, job));
    }
    if (asked.benchmarks() != null) {
      held.addAll(benchmarks(spark, asked.benchmarks(), folder, results, job));
    }
    String compareWith = asked.benchmarks() == null ? "" : asked.benchmarks().compareWith();
    new ResultTable(console, compareWith, groups ? all -> true : ResultTable::matters).print(held);
    new ExamPage(results, held, compareWith).write(results, PAGE);
    console.line(
        "Answers, verdicts and the page %s are in %s", PAGE, Console.shown(results.toString()));
  }

  private Asked asked(String cache) {
    Asked all =
        file.load()
            .read(
                root ->
                    new Asked(
                        root.section("evaluate").has("sets") ? EvalConfig.read(root) : null,
                        root.section("evaluate").has("benchmarks")
                            ? BenchmarkConfig.read(root, cache)
                            : null));
    List<String> names =
        Stream.concat(
                all.sets() == null
                    ? Stream.of()
                    : all.sets().sets().stream().map(QuestionSet::name),
                all.benchmarks() == null
                    ? Stream.of()
                    : all.benchmarks().benchmarks().stream().map(Benchmark::name))
            .toList();
    List<String> unknown = only.stream().filter(name -> !names.contains(name)).toList();
    if (names.isEmpty() || !unknown.isEmpty()) {
      throw new BadConfig(
          List.of(
              Problem.of(
                  names.isEmpty() ? "evaluate" : "--only",
                  names.isEmpty()
                      ? "lists nothing to ask (expected: sets, benchmarks or both)."
                      : "names "
                          + unknown
                          + " (expected: some of "
                          + String.join(", ", names)
                          + ").")));
    }
    return only.isEmpty()
        ? all
        : new Asked(
            all.sets() == null ? null : all.sets().with(only),
            all.benchmarks() == null ? null : all.benchmarks().with(only));
  }

  private List<SetResult> sets(
      JavaSparkContext spark,
      EvalConfig config,
      ModelFolder folder,
      Folder results,
      EvaluateJob job) {
    List<SetResult> held = new ArrayList<>();
    try (ExamProgress progress = new ExamProgress(console)) {
      for (QuestionSet set : config.sets()) {
        List<Answered> answers =
            job.answers(
                ModelFiles.of(folder),
                config.asked(set, folder.shown().frames()),
                spark.defaultParallelism(),
                progress);
        Score score = Score.of(set, answers);
        held.add(score.keep(results.folder(set.name()), config.prepared(), answers));
      }
    }
    return held;
  }

  private List<SetResult> benchmarks(
      JavaSparkContext spark,
      BenchmarkConfig config,
      ModelFolder folder,
      Folder results,
      EvaluateJob job) {
    List<SetResult> held = new ArrayList<>();
    try (ExamProgress progress = new ExamProgress(console);
        Judge judge = config.judge().open(spark.hadoopConfiguration(), System::getenv)) {
      BenchmarkExam exam = new BenchmarkExam(spark, config, folder, results, job);
      for (Benchmark benchmark : config.benchmarks()) {
        held.add(exam.hold(benchmark, judge, spark.defaultParallelism(), progress));
      }
    }
    return held;
  }
}
