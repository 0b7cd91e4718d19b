package org.clapperboard.app;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import org.clapperboard.config.BadData;
import org.clapperboard.media.Clip;
import org.clapperboard.media.Decoded;
import org.clapperboard.media.FrameSampling;
import org.clapperboard.media.FrameSet;
import org.clapperboard.media.MediaLimits;
import org.clapperboard.media.MediaSource;
import org.clapperboard.media.Pictures;
import org.clapperboard.media.Reason;
import org.clapperboard.media.Sound;
import org.clapperboard.media.SoundReader;
import org.clapperboard.media.SoundRequest;
import org.clapperboard.media.SoundRoute;
import org.clapperboard.media.VideoFrames;
import org.clapperboard.media.VideoRequest;
import org.clapperboard.media.pixels.Preprocess;
import org.clapperboard.media.pixels.RgbImage;
import org.clapperboard.media.sound.FilterBank;
import org.clapperboard.model.Example;
import org.clapperboard.model.Generator;
import org.clapperboard.model.ModelFolder;
import org.clapperboard.model.VideoLlama2;
import org.clapperboard.model.engine.TorchEngine;
import org.clapperboard.model.prompt.Placeholder;
import org.clapperboard.model.prompt.Tokenizer;
import org.clapperboard.model.prompt.Turn;
import org.clapperboard.model.vision.VisionConfig;
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
    if (shown.image != null) {
      Preprocess preprocess = preprocess(model);
      try (MediaSource source = MediaSource.of(shown.image)) {
        RgbImage picture = value(Pictures.read(source, MediaLimits.DEFAULT));
        FloatBuffer pixels = pixels(preprocess, List.of(preprocess.apply(picture)));
        return List.of(new Example.Media(new Example.Clip(pixels, model.shown().frames()), null));
      }
    }
    Example.Clip clip = shown.video == null ? null : clip(model);
    FloatBuffer bank = mute || model.model().hearing() == null ? null : bank(model);
    return List.of(new Example.Media(clip, bank));
  }

  private Example.Clip clip(ModelFolder model) {
    Preprocess preprocess = preprocess(model);
    VideoRequest request =
        VideoRequest.of(FrameSampling.Uniform.of(model.shown().frames()))
            .within(new Clip(start, end))
            .with(preprocess);
    try (MediaSource source = MediaSource.of(shown.video)) {
      FrameSet frames = value(VideoFrames.read(source, request, MediaLimits.DEFAULT));
      return new Example.Clip(
          pixels(preprocess, frames.uniform(model.shown().frames())), model.shown().frames());
    }
  }

  /** The sound, or null where a video has none. */
  private FloatBuffer bank(ModelFolder model) {
    Path file = shown.video == null ? shown.audio : shown.video;
    SoundRequest request =
        SoundRequest.of(new SoundRoute.Paper(model.shown().soundSeconds()))
            .within(new Clip(start, end));
    try (MediaSource source = MediaSource.of(file)) {
      Decoded<Sound> sound = SoundReader.read(source, request, MediaLimits.DEFAULT);
      if (shown.video != null
          && sound instanceof Decoded.Rejected<Sound> rejected
          && rejected.reason() == Reason.NO_SOUND) {
        return null;
      }
      FilterBank filters = new FilterBank(VideoLlama2.MEL_BINS, Sound.RATE);
      return FloatBuffer.wrap(filters.compute(value(sound).samples()));
    }
  }

  private static Preprocess preprocess(ModelFolder model) {
    VisionConfig vision = model.model().sight().encoder();
    return new Preprocess(
        vision.family() == VisionConfig.Family.SIGLIP
            ? Preprocess.Encoder.SIGLIP
            : Preprocess.Encoder.CLIP,
        vision.imageSize(),
        switch (model.shown().aspect()) {
          case PAD -> Preprocess.Aspect.PAD;
          case SQUARE -> Preprocess.Aspect.AS_IS;
        });
  }

  private static FloatBuffer pixels(Preprocess preprocess, List<RgbImage> pictures) {
    int each = 3 * preprocess.size() * preprocess.size();
    FloatBuffer pixels =
        ByteBuffer.allocateDirect(each * pictures.size() * Float.BYTES)
            .order(ByteOrder.nativeOrder())
            .asFloatBuffer();
    pictures.forEach(picture -> preprocess.normalise(picture, pixels));
    return pixels.flip();
  }

  private static <T> T value(Decoded<T> decoded) {
    if (decoded instanceof Decoded.Rejected<T> rejected) {
      throw new BadData("Cannot read the file: " + rejected.detail());
    }
    return ((Decoded.Ok<T>) decoded).value();
  }
}
