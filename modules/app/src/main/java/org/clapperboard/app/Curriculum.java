package org.clapperboard.app;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.api.java.JavaSparkContext;
import org.clapperboard.config.BadCheckpoint;
import org.clapperboard.config.BadConfig;
import org.clapperboard.config.BadData;
import org.clapperboard.config.ConfigFile;
import org.clapperboard.config.Problem;
import org.clapperboard.data.storage.Folder;
import org.clapperboard.eval.Score;
import org.clapperboard.train.StagePlan;
import org.clapperboard.train.TrainJob;
import org.clapperboard.train.checkpoint.StageResult;
import org.clapperboard.train.config.StageConfig;
import org.clapperboard.train.config.WeightOrigin;

/** Stages that are trained one after the other, with exams between them. */
final class Curriculum {
  private final List<String> overrides;
  private final Console console;

  /**
   * A curriculum.
   *
   * @param overrides keys that are set in every stage file
   */
  Curriculum(List<String> overrides, Console console) {
    this.overrides = List.copyOf(overrides);
    this.console = console;
  }

  /**
   * Trains stages.
   *
   * @param files in an order in which each comes after those it takes weights from
   * @throws BadCheckpoint before anything is trained, if finished ones cannot stand for their plans
   */
  void train(JavaSparkContext spark, List<Path> files) {
    List<StagePlan> plans = new ArrayList<>();
    for (Path file : files) {
      plans.add(StagePlan.of(ConfigFile.load(file, overrides), spark.hadoopConfiguration()));
    }
    plans.forEach(plan -> ExamSlices.check(plan, spark.hadoopConfiguration()));
    plans.forEach(plan -> TrainCommand.requireFeatures(plan, spark.hadoopConfiguration()));
    requireSame(plans, spark.hadoopConfiguration());
    TimeLeft left = TimeLeft.of(plans, spark.hadoopConfiguration());
    if (left.stages() > 0) {
      console.line("%s", left);
    }
    Exam exam = null;
    ExamTable table = new ExamTable(console);
    for (Path file : files) {
      // Made again: it starts from what the stages before have just handed over.
      StagePlan plan = StagePlan.of(ConfigFile.load(file, overrides), spark.hadoopConfiguration());
      boolean finished = StageResult.in(folder(plan, spark.hadoopConfiguration())) != null;
      StageResult result = TrainCommand.train(spark, plan, console);
      StageConfig.ExamConfig wanted = plan.config().exam();
      if (!wanted.sets().isEmpty()) {
        exam = exam == null ? new Exam(spark, examFile(file)) : exam;
        List<Score> scores = exam.with(wanted.sets()).after(plan.config(), result);
        table.row(plan.config().stage(), scores);
        require(plan.config(), wanted, scores);
      }
      if (!finished) {
        console.line("%s", TimeLeft.of(plans, spark.hadoopConfiguration()));
      }
    }
  }

  /**
   * Mistakes that a stage would only find out about after hours of the ones before it. Where the
   * weights that a finished stage began with are gone, they may come back the same; it is asked
   * again then.
   */
  private static void requireSame(List<StagePlan> plans, Configuration hadoop) {
    List<String> refusals = new ArrayList<>();
    for (StagePlan plan : plans) {
      Folder folder = folder(plan, hadoop);
      StageResult before = StageResult.in(folder);
      if (before != null && plan.missing().isEmpty()) {
        TrainJob.refusal(plan, before, folder).ifPresent(refusals::add);
      }
    }
    if (!refusals.isEmpty()) {
      throw new BadCheckpoint(String.join("\n", refusals));
    }
  }

  private static Folder folder(StagePlan plan, Configuration hadoop) {
    return Folder.of(plan.config().folder(), hadoop);
  }

  private ConfigFile examFile(Path stage) {
    List<String> ofExams =
        overrides.stream().filter(o -> o.startsWith("run=") || o.startsWith("evaluate.")).toList();
    return ConfigFile.load(stage.resolveSibling("evaluate.yaml"), ofExams);
  }

  /** A stage that did not learn what the next ones build on ends the chain. */
  private static void require(StageConfig config, StageConfig.ExamConfig exam, List<Score> scores) {
    for (Score score : scores) {
      for (Score.QuestionScore question : score.questions()) {
        if (question.accuracy() < exam.atLeast()) {
          throw new BadData(
              "Cannot go on after "
                  + config.stage()
                  + ": "
                  + Exam.percent(question.accuracy())
                  + " % of \""
                  + question.question()
                  + "\" in "
                  + score.set().name()
                  + " are right (expected: "
                  + Exam.percent(exam.atLeast())
                  + " % or more, exam.at-least). Train it longer, or with another seed.");
        }
      }
    }
  }

  /** Stages in an order in which each comes after those it takes weights from. */
  List<Path> inOrder(Path folder) {
    Map<String, Path> waiting = new LinkedHashMap<>();
    Map<String, StageConfig> configs = new LinkedHashMap<>();
    for (Path file : stageFiles(folder)) {
      ConfigFile loaded = ConfigFile.load(file, overrides);
      if (loaded.has("stage")) {
        StageConfig config = loaded.read(StageConfig::read);
        configs.put(config.stage(), config);
        waiting.put(config.stage(), file);
      }
    }
    if (waiting.isEmpty()) {
      throw new BadConfig(
          List.of(
              Problem.of(folder.toString(), "has no stage file (expected: *.yaml with a stage).")));
    }
    List<Path> ordered = new ArrayList<>();
    while (!waiting.isEmpty()) {
      String next =
          waiting.keySet().stream()
              .filter(
                  stage ->
                      configs.get(stage).origins().values().stream()
                          .noneMatch(origin -> needs(origin, waiting)))
              .findFirst()
              .orElseThrow(
                  () ->
                      new BadConfig(
                          List.of(
                              Problem.of(
                                  folder.toString(),
                                  "has stages that take weights from each other: "
                                      + waiting.keySet()))));
      ordered.add(waiting.remove(next));
    }
    return ordered;
  }

  private static boolean needs(WeightOrigin origin, Map<String, Path> waiting) {
    return origin.kind() == WeightOrigin.Kind.STAGE && waiting.containsKey(origin.place());
  }

  private static List<Path> stageFiles(Path folder) {
    try (Stream<Path> files = Files.list(folder)) {
      return files.filter(file -> file.toString().endsWith(".yaml")).sorted().toList();
    } catch (IOException e) {
      throw new BadConfig(
          List.of(
              Problem.of(folder.toString(), "is no folder (expected: a folder of stage files).")));
    }
  }
}
