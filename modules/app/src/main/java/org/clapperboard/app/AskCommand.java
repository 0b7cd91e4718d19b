package org.clapperboard.app;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import org.clapperboard.config.BadData;
import org.clapperboard.eval.MediaFiles;
import org.clapperboard.media.Clip;
import org.clapperboard.model.Example;
import org.clapperboard.model.Generator;
import org.clapperboard.model.ModelFolder;
import org.clapperboard.model.Sampling;
import org.clapperboard.model.VideoLlama2;
import org.clapperboard.model.engine.TorchEngine;
import org.clapperboard.model.prompt.Conversation;
import org.clapperboard.model.prompt.TextStream;
import org.clapperboard.model.prompt.Tokenizer;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code jobs/ask.sh}: questions about videos, pictures and sounds. */
@Command(
    name = "jobs/ask.sh",
    mixinStandardHelpOptions = true,
    description = {
      "Asks an exported model about videos, pictures and sounds, any number of them, or about",
      "nothing but the text. They are shown in the order of their options, before the question.",
      "Answers are printed while they are made."
    },
    footer = {
      "  jobs/ask.sh --model my-model --video clip.mp4 \"What happens?\"",
      "  jobs/ask.sh --model my-model --image one.jpg --image two.jpg --chat"
    })
public final class AskCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Option(
      names = "--model",
      required = true,
      paramLabel = "FOLDER",
      description = "Exported model.")
  private Path folder;

  @ArgGroup(multiplicity = "0..*")
  private List<Shown> shown = new ArrayList<>();

  @Option(names = "--mute", description = "Leave the sound of videos out.")
  private boolean mute;

  @Option(
      names = "--start",
      paramLabel = "SECONDS",
      description = "Where the part of videos and sounds begins that is shown.")
  private double start;

  @Option(names = "--end", paramLabel = "SECONDS", description = "Where it ends.")
  private double end = Double.POSITIVE_INFINITY;

  @Option(
      names = "--chat",
      description =
          "Go on with further questions, one a line of standard input, until its end. What was said"
              + " before is remembered; what is shown is shown once.")
  private boolean chat;

  @Option(
      names = "--max-new-tokens",
      paramLabel = "N",
      defaultValue = "256",
      description = "Longest answer. Default: ${DEFAULT-VALUE}.")
  private int maxNewTokens;

  @Option(
      names = "--temperature",
      paramLabel = "T",
      defaultValue = "0",
      description = "0, the default, takes the likeliest token always; 1 draws as the model says.")
  private double temperature;

  @Option(
      names = "--top-p",
      paramLabel = "P",
      defaultValue = "1",
      description = "Draw from the likeliest tokens that together reach this share. Default: 1.")
  private double topP;

  @Option(
      names = "--seed",
      paramLabel = "N",
      defaultValue = "0",
      description = "Of the draws. Default: ${DEFAULT-VALUE}.")
  private long seed;

  @Parameters(
      index = "0",
      arity = "0..1",
      paramLabel = "QUESTION",
      description = "What to ask; may be left out with --chat.")
  private String question;

  /** One thing that is shown. */
  static final class Shown {
    @Option(
        names = "--video",
        paramLabel = "FILE",
        description = "A video, with its sound if it has one.")
    private Path video;

    @Option(names = "--image", paramLabel = "FILE", description = "A picture.")
    private Path image;

    @Option(names = "--audio", paramLabel = "FILE", description = "A sound.")
    private Path audio;
  }

  private final Console console = new Console();

  /** Runs the command. */
  public static void main(String... arguments) {
    App.run(new AskCommand(), arguments);
  }

  @Override
  public Integer call() throws IOException {
    Sampling sampling = sampling();
    ModelFolder opened = ModelFolder.open(folder);
    TorchEngine.start(Runtime.getRuntime().availableProcessors());
    try (VideoLlama2 model = load(opened);
        Tokenizer tokenizer = Tokenizer.open(folder)) {
      Generator generator =
          new Generator(model, Set.of(tokenizer.endId()), maxNewTokens).choosing(sampling);
      List<Conversation.Medium> media = media(opened);
      BufferedReader further =
          new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
      Conversation said = Conversation.EMPTY;
      String next = question != null ? question : line(further);
      while (next != null) {
        said = said.asked(said.turns().isEmpty() ? media : List.of(), next);
        said = said.answered(answer(said.prompt(tokenizer.prompts()), model, generator, tokenizer));
        next = chat ? line(further) : null;
      }
    }
    return 0;
  }

  private VideoLlama2 load(ModelFolder opened) {
    return Waiting.during(console, "Reading the model in " + folder, opened::load);
  }

  private Sampling sampling() {
    if (question == null && !chat) {
      throw new ParameterException(spec.commandLine(), "Missing the QUESTION, or --chat.");
    }
    if (maxNewTokens < 1) {
      throw new ParameterException(
          spec.commandLine(), "--max-new-tokens is " + maxNewTokens + " (expected: at least 1).");
    }
    try {
      return new Sampling(temperature, topP, seed);
    } catch (IllegalArgumentException e) {
      throw new ParameterException(spec.commandLine(), e.getMessage(), e);
    }
  }

  /** The next line that says something, or null at the end. */
  private String line(BufferedReader input) throws IOException {
    String line;
    do {
      if (console.isTerminal()) {
        console.part("> ");
      }
      line = input.readLine();
    } while (line != null && line.isBlank());
    return line;
  }

  private String answer(
      Example prompt, VideoLlama2 model, Generator generator, Tokenizer tokenizer) {
    int length = model.length(prompt);
    int longest = model.config().language().context();
    if (length >= longest) {
      throw new BadData(
          "Cannot answer: what was said and shown takes "
              + length
              + " positions (expected: fewer than the model's "
              + longest
              + ").");
    }
    StringBuilder answer = new StringBuilder();
    TextStream text = new TextStream(tokenizer);
    generator.read(
        List.of(prompt),
        (row, id) -> {
          say(id == tokenizer.endId() ? "" : text.add(id), answer);
          return true;
        });
    say(text.end(), answer);
    console.line("");
    return answer.toString();
  }

  private void say(String part, StringBuilder answer) {
    if (!part.isEmpty()) {
      console.part(part);
      answer.append(part);
    }
  }

  private List<Conversation.Medium> media(ModelFolder model) {
    MediaFiles files = new MediaFiles(model, new Clip(start, end));
    List<Conversation.Medium> media = new ArrayList<>();
    for (Shown one : shown) {
      if (one.image != null) {
        media.add(files.image(one.image));
      } else if (one.video != null) {
        media.add(files.video(one.video, mute));
      } else {
        media.add(files.audio(one.audio));
      }
    }
    return media;
  }
}
