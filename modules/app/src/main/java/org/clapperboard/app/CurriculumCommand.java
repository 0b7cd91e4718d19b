package org.clapperboard.app;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.apache.spark.api.java.JavaSparkContext;
import org.clapperboard.config.BadConfig;
import org.clapperboard.config.BadData;
import org.clapperboard.config.ConfigFile;
import org.clapperboard.config.Problem;
import org.clapperboard.eval.Score;
import org.clapperboard.train.StagePlan;
import org.clapperboard.train.checkpoint.StageResult;
import org.clapperboard.train.config.StageConfig;
import org.clapperboard.train.config.WeightOrigin;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code jobs/curriculum.sh}: all stages of a folder in one go. */
@Command(
    name = "curriculum",
    mixinStandardHelpOptions = true,
    description = {
      "Trains all stages of a folder, each after those it takes weights from, and asks held-out",
      "questions after each one that names an exam. Finished stages are left alone."
    })
public final class CurriculumCommand implements Callable<Integer> {
  @Parameters(index = "0", paramLabel = "FOLDER", description = "Folder with stage files.")
  private Path folder;

  @Option(
      names = "--set",
      paramLabel = "KEY=VALUE",
      description = "Sets a key of every stage file, for this run; may be repeated.")
  private List<String> overrides = new ArrayList<>();

  private final Console console = new Console();

  /** Runs the command. */
  public static void main(String... arguments) {
    App.run(new CurriculumCommand(), arguments);
  }

  @Override
  public Integer call() {
    List<Path> stages = inOrder(stageFiles());
    try (JavaSparkContext spark = SparkStart.context("curriculum")) {
      Exam exam = null;
      ExamTable table = new ExamTable(console);
      for (Path file : stages) {
        ConfigFile loaded = ConfigFile.load(file, overrides);
        StagePlan plan = StagePlan.of(loaded, spark.hadoopConfiguration());
        StageResult result = TrainCommand.train(spark, plan, console);
        StageConfig.ExamConfig wanted = plan.config().exam();
        if (!wanted.sets().isEmpty()) {
          exam = exam == null ? new Exam(spark, examFile(file)) : exam;
          List<Score> scores = exam.with(wanted.sets()).after(plan.config(), result);
          table.row(plan.config().stage(), scores);
          require(plan.config(), wanted, scores);
        }
      }
    }
    return 0;
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

  private List<Path> stageFiles() {
    try (Stream<Path> files = Files.list(folder)) {
      return files.filter(file -> file.toString().endsWith(".yaml")).sorted().toList();
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot list " + folder, e);
    }
  }

  /** Stages in an order in which each comes after those it takes weights from. */
  private List<Path> inOrder(List<Path> files) {
    Map<String, Path> waiting = new LinkedHashMap<>();
    Map<String, StageConfig> configs = new LinkedHashMap<>();
    for (Path file : files) {
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
}
