package org.clapperboard.data.prepare;

import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.clapperboard.data.Modality;
import org.clapperboard.data.prepare.PrepareConfig.Settings;
import org.clapperboard.data.recipe.SampleSpec;
import org.clapperboard.data.shard.StoredSample;
import org.clapperboard.data.storage.MediaFiles;
import org.clapperboard.media.Clip;
import org.clapperboard.media.Decoded;
import org.clapperboard.media.FrameCodec;
import org.clapperboard.media.FrameSampler;
import org.clapperboard.media.FrameSampling;
import org.clapperboard.media.FrameSet;
import org.clapperboard.media.MediaSource;
import org.clapperboard.media.Pictures;
import org.clapperboard.media.Reason;
import org.clapperboard.media.Sound;
import org.clapperboard.media.SoundReader;
import org.clapperboard.media.SoundRequest;
import org.clapperboard.media.SoundRoute;
import org.clapperboard.media.VideoFrames;
import org.clapperboard.media.VideoRequest;
import org.clapperboard.media.pixels.RgbImage;

/** Reads the media of samples and brings them into the form that shards hold. Runs on executors. */
final class SampleDecoder implements AutoCloseable {
  private final Settings settings;
  private final Configuration configuration;
  private final FrameCodec codec;

  SampleDecoder(Settings settings, Configuration configuration) {
    this.settings = settings;
    this.configuration = configuration;
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

    Reason reason() {
      return reason;
    }
  }

  StoredSample decode(SampleSpec spec) throws Rejection {
    long start = System.nanoTime();
    StoredSample.Frames frames = null;
    short[] sound = null;
    String media = "";
    Clip clip = new Clip(spec.startSeconds(), spec.endSeconds());
    if (spec.modality() != Modality.TEXT) {
      media = MediaFiles.found(spec.candidates(), configuration);
      clip = spec.isCut(media) ? Clip.from(0) : clip;
      try (MediaSource source = MediaFiles.open(media, configuration)) {
        frames = spec.modality().seen() ? frames(spec, clip, source) : null;
        sound = spec.modality().heard() ? sound(spec, clip, source) : null;
      }
    }
    return new StoredSample(
        spec.id(),
        spec.dataset(),
        spec.modality(),
        spec.kind(),
        media,
        clip.startSeconds(),
        clip.endSeconds(),
        spec.exchanges(),
        frames,
        sound,
        (int) ((System.nanoTime() - start) / 1_000_000));
  }

  private StoredSample.Frames frames(SampleSpec spec, Clip clip, MediaSource source)
      throws Rejection {
    if (spec.modality() == Modality.IMAGE) {
      RgbImage picture =
          settings.preprocess().apply(value(Pictures.read(source, settings.limits())));
      return stored(new FrameSampler.Range(0, 0), List.of(new FrameSet.Frame(0, picture)));
    }
    VideoRequest request =
        VideoRequest.of(FrameSampling.Uniform.of(settings.frameCounts()))
            .within(clip)
            .with(settings.preprocess());
    FrameSet set = value(VideoFrames.read(source, request, settings.limits()));
    return stored(set.range(), set.frames());
  }

  private StoredSample.Frames stored(FrameSampler.Range range, List<FrameSet.Frame> frames) {
    return new StoredSample.Frames(
        frames.get(0).image().width(),
        frames.get(0).image().height(),
        range.first(),
        range.last(),
        frames.stream().map(FrameSet.Frame::index).toList(),
        frames.stream().map(frame -> codec.encode(frame.image())).toList());
  }

  /** A clip without a sound track is silent (paper section 3.3). */
  private short[] sound(SampleSpec spec, Clip clip, MediaSource source) throws Rejection {
    SoundRequest request =
        SoundRequest.of(new SoundRoute.Paper(settings.soundSeconds())).within(clip);
    Decoded<Sound> sound = SoundReader.read(source, request, settings.limits());
    boolean silent =
        spec.modality() == Modality.AUDIO_VISUAL
            && sound instanceof Decoded.Rejected<Sound> rejected
            && rejected.reason() == Reason.NO_SOUND;
    return (silent ? Sound.silence(settings.soundSeconds()) : value(sound)).toShorts();
  }

  @Override
  public void close() {
    codec.close();
  }

  private static <T> T value(Decoded<T> decoded) throws Rejection {
    if (decoded instanceof Decoded.Rejected<T> rejected) {
      throw new Rejection(rejected.reason(), rejected.detail());
    }
    return ((Decoded.Ok<T>) decoded).value();
  }
}
