package org.clapperboard.app;

import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import org.clapperboard.eval.MediaFiles;
import org.clapperboard.media.Clip;
import org.clapperboard.model.Example;
import org.clapperboard.model.Generator;
import org.clapperboard.model.ModelFolder;
import org.clapperboard.model.VideoLlama2;
import org.clapperboard.model.engine.TorchEngine;
import org.clapperboard.model.prompt.Placeholder;
import org.clapperboard.model.prompt.Tokenizer;
import org.clapperboard.model.prompt.Turn;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code jobs/ask.sh}: one question about a video, a picture or a sound. */
@Command(
    name = "ask",
    mixinStandardHelpOptions = true,
    description = "Asks an exported model one question about a video, a picture or a sound.")
public final class AskCommand implements Callable<Integer> {
  @Option(
      names = "--model",
      required = true,
      paramLabel = "FOLDER",
      description = "Exported model.")
  private Path folder;

  @ArgGroup private Shown shown;

  @Option(names = "--mute", description = "Leave the sound of the video out.")
  private boolean mute;

  @Option(names = "--start", paramLabel = "SECONDS", description = "Start of the clip.")
  private double start;

  @Option(names = "--end", paramLabel = "SECONDS", description = "End of the clip.")
  private double end = Double.POSITIVE_INFINITY;

  @Option(
      names = "--max-new-tokens",
      paramLabel = "N",
      defaultValue = "256",
      description = "Longest answer. Default: ${DEFAULT-VALUE}.")
  private int maxNewTokens;

  @Parameters(index = "0", paramLabel = "QUESTION", description = "What to ask.")
  private String question;

  /** What is shown; nothing asks about the text alone. */
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
  public Integer call() {
    ModelFolder opened = ModelFolder.open(folder);
    TorchEngine.start(Runtime.getRuntime().availableProcessors());
    try (VideoLlama2 model = opened.load();
        Tokenizer tokenizer = Tokenizer.open(folder)) {
      List<Example.Media> media = media(opened);
      String placeholder = media.isEmpty() ? "" : placeholder().text() + "\n";
      Example prompt =
          tokenizer.prompts().question(List.of(Turn.user(placeholder + question))).with(media);
      Generator generator = new Generator(model, Set.of(tokenizer.endId()), maxNewTokens);
      int[] ids = generator.answer(List.of(prompt)).get(0);
      boolean ended = ids.length > 0 && ids[ids.length - 1] == tokenizer.endId();
      console.line("%s", tokenizer.decode(ended ? Arrays.copyOf(ids, ids.length - 1) : ids));
    }
    return 0;
  }

  private Placeholder placeholder() {
    if (shown.video != null) {
      return Placeholder.VIDEO;
    }
    return shown.image != null ? Placeholder.IMAGE : Placeholder.AUDIO;
  }

  private List<Example.Media> media(ModelFolder model) {
    if (shown == null) {
      return List.of();
    }
    MediaFiles files = new MediaFiles(model, new Clip(start, end));
    if (shown.image != null) {
      return List.of(new Example.Media(files.picture(shown.image), null));
    }
    boolean heard = !mute && model.model().hearing() != null;
    if (shown.video == null) {
      return List.of(new Example.Media(null, heard ? files.bank(shown.audio) : null));
    }
    FloatBuffer bank = heard ? files.bankOfVideo(shown.video) : null;
    return List.of(new Example.Media(files.clip(shown.video), bank));
  }
}
