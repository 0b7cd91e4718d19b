package org.clapperboard.app;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.function.Consumer;
import org.apache.spark.api.java.JavaSparkContext;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code jobs/curriculum.sh}: all stages of a folder in one go. */
@Command(
    name = "jobs/curriculum.sh",
    mixinStandardHelpOptions = true,
    description = {
      "Trains all stages of a folder, each after those it takes weights from, and asks held-out",
      "questions after each one that names an exam. Finished stages are left alone. Tells how long",
      "the rest will take, as far as steps were measured, and with cluster.price-per-hour what it costs."
    },
    footer = {
      "  jobs/curriculum.sh conf/demo",
      "  jobs/curriculum.sh conf/videollama2-7b --set run=/data/run --set cluster.ranks=8"
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
    Consumer<JavaSparkContext> work = planned();
    try (JavaSparkContext spark = SparkStart.context("curriculum")) {
      work.accept(spark);
    }
    return 0;
  }

  /** What it does with a Spark; mistakes in its arguments are told before. */
  public Consumer<JavaSparkContext> planned() {
    Curriculum curriculum = new Curriculum(overrides, console);
    List<Path> stages = curriculum.inOrder(folder);
    return spark -> curriculum.train(spark, stages);
  }
}
