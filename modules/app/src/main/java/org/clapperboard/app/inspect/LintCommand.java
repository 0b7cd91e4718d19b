package org.clapperboard.app.inspect;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import org.clapperboard.app.Console;
import org.clapperboard.app.SparkStart;
import org.clapperboard.config.BadData;
import org.clapperboard.config.ConfigFile;
import org.clapperboard.data.prepare.RecipeLint;
import org.clapperboard.data.recipe.Recipe;
import org.clapperboard.data.recipe.SampleSpec;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code jobs/inspect.sh lint}: does a recipe fit its manifest? */
@Command(
    name = "lint",
    mixinStandardHelpOptions = true,
    description = {
      "Checks a recipe against the first rows of its manifest, without decoding: fields that are not",
      "there, lists that are none, samples that repeat, empty answers, media that are not where the",
      "recipe looks for them. Each kind of problem is told once, with its first place. Ends with 3",
      "if there is one."
    },
    footer = {
      "  jobs/inspect.sh lint datasets/webvid-10m.yaml --root /data/webvid",
      "  jobs/inspect.sh lint my-recipe.yaml --root s3a://bucket/clips --rows 1000"
    })
public final class LintCommand implements Callable<Integer> {
  @Parameters(
      index = "0",
      paramLabel = "RECIPE",
      description = "For example datasets/webvid-10m.yaml")
  private Path recipe;

  @Option(
      names = "--root",
      required = true,
      paramLabel = "FOLDER",
      description = "Folder or URI of the publisher's files.")
  private String root;

  @Option(
      names = "--rows",
      paramLabel = "N",
      defaultValue = "10000",
      description = "Rows to read of each manifest. Default: ${DEFAULT-VALUE}.")
  private long rows;

  @Option(
      names = "--media",
      paramLabel = "N",
      defaultValue = "100",
      description = "Media files to look for. Default: ${DEFAULT-VALUE}.")
  private int media;

  private final Console console = new Console();

  @Override
  public Integer call() {
    Recipe read = ConfigFile.read(recipe, List.of(), section -> Recipe.read(section, root, 1));
    RecipeLint.Report report = report(read);
    console.line(
        "%s: %d rows, of which %d are left out and the others give %d samples",
        read.name(), report.rows(), report.unwanted(), report.samples());
    for (SampleSpec sample : report.examples()) {
      console.line("  %s  %s", sample.id(), Console.shown(sample.media()));
      sample
          .exchanges()
          .forEach(
              exchange ->
                  console.line(
                      "    %s -> %s", oneLine(exchange.question()), oneLine(exchange.answer())));
    }
    for (RecipeLint.Finding finding : report.findings()) {
      console.line("%s%s", finding.example(), times(finding.times()));
    }
    return report.findings().isEmpty() ? 0 : 3;
  }

  private RecipeLint.Report report(Recipe read) {
    try {
      return new RecipeLint(read, SparkStart.hadoop(), rows, media).run();
    } catch (IOException e) {
      throw new BadData("Cannot check " + read.name() + ": " + e.getMessage(), e);
    }
  }

  private static String times(long times) {
    return times == 1 ? "" : " (" + times + " times)";
  }

  private static String oneLine(String text) {
    return text.replace("\n", " | ");
  }
}
