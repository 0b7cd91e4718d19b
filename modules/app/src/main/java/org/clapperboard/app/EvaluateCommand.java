package org.clapperboard.app;

import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import org.apache.spark.api.java.JavaSparkContext;
import org.clapperboard.data.storage.Folder;
import org.clapperboard.eval.EvalConfig;
import org.clapperboard.eval.EvaluateJob;
import org.clapperboard.eval.EvaluateJob.Others;
import org.clapperboard.eval.ModelFiles;
import org.clapperboard.eval.Score;
import org.clapperboard.model.ModelFolder;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code jobs/evaluate.sh}: held-out questions for an exported model. */
@Command(
    name = "evaluate",
    mixinStandardHelpOptions = true,
    description = {
      "Asks an exported model the held-out questions of a file, question by question.",
      "Answers are kept as they come: the same command goes on where an earlier one ended."
    })
public final class EvaluateCommand implements Callable<Integer> {
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
      names = "--replace",
      description = "Gives up answers of another model, or to other questions, that are there.")
  private boolean replace;

  private final Console console = new Console();

  /** Runs the command. */
  public static void main(String... arguments) {
    App.run(new EvaluateCommand(), arguments);
  }

  @Override
  public Integer call() {
    EvalConfig config = file.load().read(root -> EvalConfig.read(root));
    ModelFolder folder = ModelFolder.open(model);
    ModelFiles files =
        new ModelFiles(
            folder.model(),
            folder.dtype(),
            List.of(model.toUri().toString()),
            folder.path().toString(),
            folder.shown().frames(),
            0);
    String results = to == null ? model.toAbsolutePath().normalize() + "-exam" : to;
    try (JavaSparkContext spark = SparkStart.context("evaluate")) {
      EvaluateJob job =
          new EvaluateJob(
              spark,
              Folder.of(results, spark.hadoopConfiguration()),
              replace ? Others.REPLACE : Others.REFUSE);
      List<Score> scores =
          new Exam(spark, config)
              .scores(files, spark.defaultParallelism(), job, new ExamProgress(console));
      scores.forEach(this::print);
      console.line("Answers are in %s", Console.shown(results));
    }
    return 0;
  }

  private void print(Score score) {
    console.line(
        "%s  %s %% (chance %s %%)",
        score.set().name(), Exam.percent(score.accuracy()), Exam.percent(score.chance()));
    score
        .questions()
        .forEach(
            one ->
                console.line(
                    "  %-40s %5d asked  %5d right  %6s %%",
                    one.question(), one.asked(), one.right(), Exam.percent(one.accuracy())));
  }
}
