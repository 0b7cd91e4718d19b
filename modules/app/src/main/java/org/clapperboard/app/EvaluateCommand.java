package org.clapperboard.app;

import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import org.apache.spark.api.java.JavaSparkContext;
import org.clapperboard.eval.EvalConfig;
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
    description = "Asks an exported model the held-out questions of a file, question by question.")
public final class EvaluateCommand implements Callable<Integer> {
  @Mixin private StageFileOption file;

  @Option(
      names = "--model",
      required = true,
      paramLabel = "FOLDER",
      description = "Exported model.")
  private Path model;

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
    try (JavaSparkContext spark = SparkStart.context("evaluate")) {
      List<Score> scores = new Exam(spark, config).scores(files, spark.defaultParallelism());
      for (Score score : scores) {
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
    return 0;
  }
}
