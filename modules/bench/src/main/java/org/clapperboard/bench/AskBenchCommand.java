package org.clapperboard.bench;

import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.clapperboard.app.Console;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code jobs/bench.sh ask}. */
@Command(
    name = "ask",
    mixinStandardHelpOptions = true,
    description =
        "Asks a model one question about a video and tells what it took: seconds until the model "
            + "is open, until the video is read, until the first token; tokens per second after that; "
            + "the peak resident memory of the process. That includes pages of mapped weights, which "
            + "the system may take back; anonymous memory and pages of files stand beside it, each at "
            + "its own peak, seen every 20 ms. Memory is told on Linux alone.",
    footer = {
      "  jobs/bench.sh ask --model my-model --video clip.mp4",
      "  jobs/bench.sh ask --model my-model --video clip.mp4 --frames 16 --tokens 50"
    })
final class AskBenchCommand implements Callable<Integer> {
  @Option(names = "--model", required = true, paramLabel = "FOLDER", description = "The model.")
  private Path model;

  @Option(names = "--video", required = true, paramLabel = "FILE", description = "A video.")
  private Path video;

  @Option(
      names = "--question",
      paramLabel = "TEXT",
      defaultValue = "what do you see and hear ?",
      description = "What is asked. Default: ${DEFAULT-VALUE}")
  private String question;

  @Option(
      names = "--frames",
      paramLabel = "N",
      defaultValue = "8",
      description = "Frames of the clip. Default: ${DEFAULT-VALUE}.")
  private int frames;

  @Option(
      names = "--tokens",
      paramLabel = "N",
      defaultValue = "5",
      description = "Length of the answer; nothing ends it sooner. Default: ${DEFAULT-VALUE}.")
  private int tokens;

  @Option(names = "--json", description = "Print a line of JSON and not a table.")
  private boolean json;

  private final Console console = new Console();

  @Spec private CommandSpec command;

  @Override
  public Integer call() {
    if (tokens < 2 || frames < 1) {
      throw new ParameterException(
          command.commandLine(),
          "An answer is measured with at least 2 tokens, about a clip of at least 1 frame.");
    }
    AskFigures figures = new AskBench(model, video, question, frames, tokens).run();
    if (json) {
      console.line(figures.json());
    } else {
      figures.table().forEach(console::line);
    }
    return 0;
  }
}
