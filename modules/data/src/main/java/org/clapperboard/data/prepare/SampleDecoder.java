package org.clapperboard.data.prepare;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.clapperboard.data.Modality;
import org.clapperboard.data.prepare.PrepareConfig.Settings;
import org.clapperboard.data.recipe.SampleHash;
import org.clapperboard.data.recipe.SampleSpec;
import org.clapperboard.data.shard.SourceFacts;
import org.clapperboard.data.shard.StoredSample;
import org.clapperboard.data.storage.MediaFiles;
import org.clapperboard.media.Clip;
import org.clapperboard.media.DecodeStats;
import org.clapperboard.media.Decoded;
import org.clapperboard.media.FrameCodec;
import org.clapperboard.media.FrameSampler;
import org.clapperboard.media.FrameSampling;
import org.clapperboard.media.FrameSet;
import org.clapperboard.media.MediaDecoder;
import org.clapperboard.media.MediaSource;
import org.clapperboard.media.Pictures;
import org.clapperboard.media.Reason;
import org.clapperboard.media.Sound;
import org.clapperboard.media.SoundRequest;
import org.clapperboard.media.VideoRequest;
import org.clapperboard.media.pixels.RgbImage;

/** Reads the media of samples and brings them into the form that shards hold. Runs on executors. */
final class SampleDecoder implements AutoCloseable {
  private final Settings settings;
  private final Configuration configuration;
  private final MediaDecoder decoder;
  private final MediaKey keys;
  private final FrameCodec codec;

  /** A decoder on top of another, which is closed with it. */
  SampleDecoder(Settings settings, Configuration configuration, MediaDecoder decoder) {
    this.settings = settings;
    this.configuration = configuration;
    this.decoder = decoder;
    this.keys = new MediaKey(settings, configuration);
    this.codec = new FrameCodec(settings.encoding());
  }

  /** Why a sample cannot be used. */
  static final class Rejection extends Exception {
    private static final long serialVersionUID = 1;
    private final transient Reason reason;

    Rejection(Reason reason, String detail) {
      super(detail);
      this.reason = reason;
    }

    static Rejection of(String file, IOException e) {
      return new Rejection(
          e instanceof FileNotFoundException ? Reason.MISSING : Reason.UNREADABLE,
          "Cannot read " + file + ": " + e);
    }

    Reason reason() {
      return reason;
    }
  }

  /**
   * The medium of a sample.
   *
   * @param file where it is, or empty for text
   * @param clip the part that is shown
   * @param key see {@link MediaKey}; empty for text
   */
  record Medium(String file, Clip clip, String key) {}

  /** Looks for a sample's medium; of files only length and time are read. */
  Medium find(SampleSpec spec) throws Rejection {
    Clip clip = new Clip(spec.startSeconds(), spec.endSeconds());
    if (spec.modality() == Modality.TEXT) {
      return new Medium("", clip, "");
    }
    try {
      String file = MediaFiles.found(spec.candidates(), configuration);
      Clip shown = spec.isCut(file) ? Clip.from(0) : clip;
      return new Medium(file, shown, keys.of(spec.modality(), file, shown));
    } catch (UncheckedIOException e) {
      throw Rejection.of(spec.media(), e.getCause());
    } catch (IOException e) {
      throw Rejection.of(spec.media(), e);
    }
  }

  /** What became of a medium. */
  private record Shown(StoredSample.Frames frames, short[] sound, SourceFacts source) {
    static final Shown NOTHING = new Shown(null, null, null);
  }

  /** Decodes a sample's medium. */
  StoredSample decode(SampleSpec spec, Medium medium) throws Rejection {
    long start = System.nanoTime();
    Shown shown = Shown.NOTHING;
    if (!medium.file().isEmpty()) {
      try (MediaSource source = MediaFiles.open(medium.file(), configuration)) {
        shown = shown(spec, medium.clip(), source);
      } catch (UncheckedIOException e) {
        throw Rejection.of(medium.file(), e.getCause());
      }
    }
    return sample(spec, medium, shown, (int) ((System.nanoTime() - start) / 1_000_000));
  }

  /** A sample whose medium was decoded before, for a row of the same key. */
  static StoredSample again(SampleSpec spec, Medium medium, StoredSample before) {
    Shown shown = new Shown(before.frames(), before.sound(), before.source());
    return sample(spec, medium, shown, before.decodeMillis());
  }

  private static StoredSample sample(SampleSpec spec, Medium medium, Shown shown, int millis) {
    return new StoredSample(
        spec.id(),
        spec.dataset(),
        spec.modality(),
        spec.kind(),
        medium.file(),
        medium.key(),
        medium.clip().startSeconds(),
        medium.clip().endSeconds(),
        spec.exchanges(),
        shown.source(),
        shown.frames(),
        shown.sound(),
        millis);
  }

  private Shown shown(SampleSpec spec, Clip clip, MediaSource source) throws Rejection {
    Modality modality = spec.modality();
    StoredSample.Frames frames = null;
    DecodeStats seen = null;
    if (modality.seen()) {
      Decoded<FrameSet> set = modality == Modality.IMAGE ? picture(source) : frames(clip, source);
      frames = stored(value(set));
      seen = set.stats();
    }
    short[] samples = null;
    DecodeStats heard = null;
    if (modality.heard()) {
      Decoded<Sound> sound = sound(spec, clip, source);
      samples = value(sound).toShorts();
      heard = sound.stats();
    }
    return new Shown(frames, samples, SourceFacts.of(seen, heard));
  }

  private Decoded<FrameSet> picture(MediaSource source) {
    Decoded<RgbImage> picture =
        decoder.picture(source, Pictures.Orientation.AS_STORED, settings.limits());
    if (picture instanceof Decoded.Ok<RgbImage> ok) {
      RgbImage image = settings.preprocess().apply(ok.value());
      List<FrameSet.Frame> only = List.of(new FrameSet.Frame(0, image));
      return new Decoded.Ok<>(new FrameSet(only, 1, new FrameSampler.Range(0, 0), 0), ok.stats());
    }
    Decoded.Rejected<RgbImage> rejected = (Decoded.Rejected<RgbImage>) picture;
    return new Decoded.Rejected<>(rejected.reason(), rejected.detail(), rejected.stats());
  }

  private Decoded<FrameSet> frames(Clip clip, MediaSource source) {
    VideoRequest request =
        VideoRequest.of(FrameSampling.Uniform.of(settings.frameCounts()))
            .within(clip)
            .with(settings.preprocess());
    return decoder.frames(source, request, settings.limits());
  }

  private StoredSample.Frames stored(FrameSet set) {
    List<FrameSet.Frame> frames = set.frames();
    return new StoredSample.Frames(
        frames.get(0).image().width(),
        frames.get(0).image().height(),
        set.range().first(),
        set.range().last(),
        frames.stream().map(FrameSet.Frame::index).toList(),
        frames.stream().map(frame -> codec.encode(frame.image())).toList());
  }

  /** A clip without a sound track is silent (paper section 3.3). */
  private Decoded<Sound> sound(SampleSpec spec, Clip clip, MediaSource source) {
    boolean ofVideo = spec.modality() == Modality.AUDIO_VISUAL;
    SoundRequest request =
        settings.sound().request(ofVideo, clip, settings.soundSeconds(), cropPosition(spec.id()));
    Decoded<Sound> sound = decoder.sound(source, request, settings.limits());
    boolean silent =
        ofVideo
            && sound instanceof Decoded.Rejected<Sound> rejected
            && rejected.reason() == Reason.NO_SOUND;
    return silent ? new Decoded.Ok<>(Sound.silence(settings.soundSeconds()), sound.stats()) : sound;
  }

  /** The reference draws it anew each time; here it belongs to the sample. */
  private static double cropPosition(String id) {
    return (SampleHash.of(0, "crop position", id) >>> 11) * 0x1p-53;
  }

  @Override
  public void close() {
    codec.close();
    decoder.close();
  }

  private static <T> T value(Decoded<T> decoded) throws Rejection {
    if (decoded instanceof Decoded.Rejected<T> rejected) {
      throw new Rejection(rejected.reason(), rejected.detail());
    }
    return ((Decoded.Ok<T>) decoded).value();
  }
}
