package org.clapperboard.app.tour;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.apache.spark.api.java.JavaSparkContext;
import org.clapperboard.app.App;
import org.clapperboard.app.AskCommand;
import org.clapperboard.app.Console;
import org.clapperboard.app.CurriculumCommand;
import org.clapperboard.app.DemoMediaCommand;
import org.clapperboard.app.ExportCommand;
import org.clapperboard.app.PrepareCommand;
import org.clapperboard.app.SparkStart;
import org.clapperboard.app.exam.EvaluateCommand;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * {@code jobs/demo.sh}: media, preparation, all stages, export, exam and a question.
 *
 * <p>Every step is the command that a script of its own runs. Here they share one Spark, whose
 * executors start while media are made and stay warm from the first file to the last answer.
 */
@Command(
    name = "demo",
    mixinStandardHelpOptions = true,
    description = {
      "The whole way, small: makes a little world of clips and sounds, prepares it, trains all",
      "stages on it, exports the model, examines it and asks it a question. What is there already",
      "is kept."
    })
public final class DemoCommand implements Callable<Integer> {
  private static final String LAST = "stage6-av-joint";
  private static final String QUESTION = "what do you see and hear ?";

  @Option(
      names = "--conf",
      required = true,
      paramLabel = "FOLDER",
      description = "Folder with the demo's configuration.")
  private Path conf;

  @Option(
      names = "--run",
      required = true,
      paramLabel = "FOLDER",
      description = "Where everything is kept.")
  private Path run;

  @Option(
      names = "--seed",
      defaultValue = "1",
      description = "Of the world and of fresh weights. Default: ${DEFAULT-VALUE}.")
  private long seed;

  @Option(
      names = "--few",
      description = "A tenth of the data and a few real steps of every stage: a check, no model.")
  private boolean few;

  private final Console console = new Console();

  /** Runs the command. */
  public static void main(String... arguments) {
    App.run(new DemoCommand(), arguments);
  }

  @Override
  public Integer call() throws IOException {
    try (JavaSparkContext spark = SparkStart.context("demo")) {
      step("Media: a small world of moving shapes and sounds, as real files");
      List<String> making = new ArrayList<>(List.of("--to", run + "/raw", "--seed", "" + seed));
      if (few) {
        making.add("--few");
      }
      parsed(new DemoMediaCommand(), making).call();

      step("Prepare: decode every file once, on the executors");
      parsed(new PrepareCommand(), on("prepare.yaml", seeded())).planned().accept(spark);

      step("Train: foundations that stand in for downloaded weights, then the six stages");
      parsed(new CurriculumCommand(), on("", ofStages())).planned().accept(spark);

      step("Export: the model in the Hugging Face layout");
      export();

      step("Evaluate: the exported model, and with one sense withheld");
      List<String> exam = on("evaluate.yaml", List.of("run=" + run), "--groups");
      exam.addAll(List.of("--model", model().toString()));
      parsed(new EvaluateCommand(), exam).planned().accept(spark);

      step("Ask: a clip the model has never seen");
      ask();
    }
    return 0;
  }

  private void export() throws IOException {
    Path exported = model().resolve("config.json");
    Path trained = run.resolve(LAST).resolve("result.json");
    if (Files.exists(exported)
        && Files.getLastModifiedTime(exported).compareTo(Files.getLastModifiedTime(trained)) > 0) {
      console.line("Kept what is in %s", Console.shown(model().toString()));
      return;
    }
    List<String> arguments = on(LAST + ".yaml", ofStages(), "--to", model().toString());
    parsed(new ExportCommand(), arguments).call();
  }

  private void ask() throws IOException {
    String clip = run.resolve("raw/test/av-00001.mp4").toString();
    console.line("Question: %s", QUESTION);
    console.part("Answer:   ");
    parsed(new AskCommand(), List.of("--model", model().toString(), "--video", clip, QUESTION))
        .call();
  }

  private Path model() {
    return run.resolve("model");
  }

  private List<String> seeded() {
    return List.of("run=" + run, "seed=" + seed);
  }

  private List<String> ofStages() {
    List<String> settings = new ArrayList<>(seeded());
    if (few) {
      settings.addAll(List.of("steps=4", "exam.at-least=0"));
    }
    return settings;
  }

  /** Arguments that name a file of the configuration, with settings and further options. */
  private List<String> on(String file, List<String> settings, String... options) {
    List<String> arguments = new ArrayList<>(List.of(conf.resolve(file).toString()));
    settings.forEach(setting -> Stream.of("--set", setting).forEach(arguments::add));
    arguments.addAll(List.of(options));
    return arguments;
  }

  /** A command that has read its arguments. */
  private static <T> T parsed(T command, List<String> arguments) {
    new CommandLine(command).parseArgs(arguments.toArray(String[]::new));
    return command;
  }

  private void step(String title) {
    console.line("");
    console.line("== %s", title);
  }
}
