package org.clapperboard.app;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.apache.spark.api.java.JavaSparkContext;
import org.clapperboard.config.ConfigFile;
import org.clapperboard.data.storage.Folder;
import org.clapperboard.eval.Answered;
import org.clapperboard.eval.EvalConfig;
import org.clapperboard.eval.EvaluateJob;
import org.clapperboard.eval.EvaluateJob.Others;
import org.clapperboard.eval.ModelFiles;
import org.clapperboard.eval.ModelFiles.Adapter;
import org.clapperboard.eval.Score;
import org.clapperboard.model.Part;
import org.clapperboard.train.checkpoint.StageResult;
import org.clapperboard.train.checkpoint.WeightFile;
import org.clapperboard.train.config.StageConfig;

/** Held-out questions for the model as it is after a stage. */
final class Exam {
  private final JavaSparkContext spark;
  private final EvalConfig config;

  Exam(JavaSparkContext spark, ConfigFile file) {
    this.spark = spark;
    this.config = file.read(root -> EvalConfig.read(root));
  }

  Exam(JavaSparkContext spark, EvalConfig config) {
    this.spark = spark;
    this.config = config;
  }

  /** The same exam with some of its sets only. */
  Exam with(List<String> sets) {
    return new Exam(spark, config.with(sets));
  }

  /** Scores of the model that a stage hands over; those of an earlier exam, if nothing changed. */
  List<Score> after(StageConfig stage, StageResult result) {
    Folder folder = Folder.of(stage.folder(), spark.hadoopConfiguration());
    String inputs = ExamRecord.inputs(config, result);
    ExamRecord earlier = ExamRecord.in(folder);
    if (earlier != null && earlier.inputs().equals(inputs)) {
      return earlier.scores();
    }
    List<Score> scores = asked(stage, result);
    new ExamRecord(inputs, scores).write(folder);
    return scores;
  }

  private List<Score> asked(StageConfig stage, StageResult result) {
    Folder run = Folder.of(stage.run(), spark.hadoopConfiguration());
    List<String> weights =
        result.parts().values().stream()
            .map(WeightFile::location)
            .map(location -> run.path(location).toString())
            .toList();
    return scores(
        new ModelFiles(
            stage.model(),
            stage.precision().dtype(),
            weights,
            adapters(run, result),
            stage.tokenizer(),
            stage.data().frames(),
            stage.seed()),
        stage.cluster().ranks(),
        new EvaluateJob(
            spark,
            Folder.of(stage.folder(), spark.hadoopConfiguration()).folder("exam"),
            Others.REPLACE),
        (set, done, before, all) -> {});
  }

  private static List<Adapter> adapters(Folder run, StageResult result) {
    List<Adapter> adapters = new ArrayList<>();
    result
        .parts()
        .forEach(
            (part, file) -> {
              if (file.adapter() != null) {
                String location = run.path(file.adapter().location()).toString();
                adapters.add(new Adapter(Part.of(part), location, file.adapter().lora()));
              }
            });
    return adapters;
  }

  /** Scores of a model, set by set. */
  List<Score> scores(ModelFiles model, int tasks, EvaluateJob job, EvaluateJob.Progress progress) {
    List<Score> scores = new ArrayList<>();
    for (EvalConfig.QuestionSet set : config.sets()) {
      List<Answered> answers =
          job.answers(model, config.asked(set, model.frames()), tasks, progress);
      scores.add(Score.of(set, answers));
    }
    return scores;
  }

  /** A share as people read it. */
  static String percent(double share) {
    return String.format(Locale.ROOT, "%.1f", 100 * share);
  }
}
