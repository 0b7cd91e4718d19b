package org.clapperboard.eval;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.List;
import org.clapperboard.config.BadData;
import org.clapperboard.media.Clip;
import org.clapperboard.media.Decoded;
import org.clapperboard.media.FrameSampling;
import org.clapperboard.media.MediaDecoder;
import org.clapperboard.media.MediaLimits;
import org.clapperboard.media.MediaSource;
import org.clapperboard.media.Pictures;
import org.clapperboard.media.Reason;
import org.clapperboard.media.Sound;
import org.clapperboard.media.SoundRequest;
import org.clapperboard.media.SoundShape;
import org.clapperboard.media.VideoRequest;
import org.clapperboard.media.pixels.Preprocess;
import org.clapperboard.media.pixels.RgbImage;
import org.clapperboard.media.sound.FilterBank;
import org.clapperboard.model.Example;
import org.clapperboard.model.ModelFolder;
import org.clapperboard.model.VideoLlama2;
import org.clapperboard.model.prompt.Conversation;
import org.clapperboard.model.prompt.Placeholder;
import org.clapperboard.model.vision.VisionConfig;

/**
 * Files the way a model is shown them. Whatever cannot be read is a {@link BadData}.
 *
 * @param model the model
 * @param within the part of videos and sounds that it is shown
 * @param decoder what reads the files; it stays the caller's
 * @param limits what a file may cost
 */
public record MediaFiles(ModelFolder model, Clip within, MediaDecoder decoder, MediaLimits limits) {

  /** Files that are trusted: they are decoded in this process, under the usual limits. */
  public MediaFiles(ModelFolder model, Clip within) {
    this(model, within, MediaDecoder.inProcess(), MediaLimits.DEFAULT);
  }

  /** A picture as it is shown in a conversation. */
  public Conversation.Medium image(Path file) {
    require(file, "see", model.model().sight() != null);
    return new Conversation.Medium(Placeholder.IMAGE, new Example.Media(picture(file), null));
  }

  /** A video as it is shown in a conversation, with its sound if the model hears and it has one. */
  public Conversation.Medium video(Path file, boolean mute) {
    require(file, "see", model.model().sight() != null);
    FloatBuffer bank = mute || !hears() ? null : bankOfVideo(file);
    return new Conversation.Medium(Placeholder.VIDEO, new Example.Media(clip(file), bank));
  }

  /** A sound as it is shown in a conversation. */
  public Conversation.Medium audio(Path file) {
    require(file, "hear", hears());
    return new Conversation.Medium(Placeholder.AUDIO, new Example.Media(null, bank(file)));
  }

  private static void require(Path file, String sense, boolean holds) {
    if (!holds) {
      throw new BadData(
          "Cannot show " + file.getFileName() + ": the model does not " + sense + ".");
    }
  }

  /** Whether the model takes sounds at all. */
  public boolean hears() {
    return model.model().hearing() != null;
  }

  /** A picture. */
  public Example.Clip picture(Path file) {
    return clip(pictureSeen(file));
  }

  /** A picture as the vision encoder sees it, in a list of one. */
  public List<RgbImage> pictureSeen(Path file) {
    try (MediaSource source = MediaSource.of(file)) {
      RgbImage picture = value(decoder.picture(source, Pictures.Orientation.AS_STORED, limits));
      return List.of(preprocess().apply(picture));
    }
  }

  /** What is seen in a video. */
  public Example.Clip clip(Path video) {
    return clip(framesSeen(video));
  }

  /** The frames of a video as the vision encoder sees them. */
  public List<RgbImage> framesSeen(Path video) {
    int frames = model.shown().frames();
    VideoRequest request =
        VideoRequest.of(FrameSampling.Uniform.of(frames)).within(within).with(preprocess());
    try (MediaSource source = MediaSource.of(video)) {
      return value(decoder.frames(source, request, limits)).uniform(frames);
    }
  }

  /** The filter bank of a sound. */
  public FloatBuffer bank(Path sound) {
    return bank(value(sound(sound, false)));
  }

  /** The filter bank of the sound of a video, or null if it has none. */
  public FloatBuffer bankOfVideo(Path video) {
    Decoded<Sound> sound = sound(video, true);
    boolean silent =
        sound instanceof Decoded.Rejected<Sound> rejected && rejected.reason() == Reason.NO_SOUND;
    return silent ? null : bank(value(sound));
  }

  private Decoded<Sound> sound(Path file, boolean ofVideo) {
    SoundShape shape =
        switch (model.shown().sound()) {
          case PAPER -> SoundShape.PAPER;
          case REFERENCE -> SoundShape.REFERENCE;
        };
    SoundRequest request = shape.request(ofVideo, within, model.shown().soundSeconds(), 0);
    try (MediaSource source = MediaSource.of(file)) {
      return decoder.sound(source, request, limits);
    }
  }

  private static FloatBuffer bank(Sound sound) {
    FilterBank filters = new FilterBank(VideoLlama2.MEL_BINS, Sound.RATE);
    return FloatBuffer.wrap(filters.compute(sound.samples()));
  }

  private Preprocess preprocess() {
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

  private Example.Clip clip(List<RgbImage> pictures) {
    Preprocess preprocess = preprocess();
    int each = 3 * preprocess.size() * preprocess.size();
    FloatBuffer pixels =
        ByteBuffer.allocateDirect(each * pictures.size() * Float.BYTES)
            .order(ByteOrder.nativeOrder())
            .asFloatBuffer();
    pictures.forEach(picture -> preprocess.normalise(picture, pixels));
    return new Example.Clip(pixels.flip(), model.shown().frames());
  }

  private static <T> T value(Decoded<T> decoded) {
    if (decoded instanceof Decoded.Rejected<T> rejected) {
      throw new BadData("Cannot read the file: " + rejected.detail());
    }
    return ((Decoded.Ok<T>) decoded).value();
  }
}
