package org.clapperboard.bench;

import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.clapperboard.config.BadData;
import org.clapperboard.media.Decoded;
import org.clapperboard.media.FrameCodec;
import org.clapperboard.media.FrameEncoding;
import org.clapperboard.media.FrameSampling;
import org.clapperboard.media.FrameSet;
import org.clapperboard.media.MediaLimits;
import org.clapperboard.media.MediaSource;
import org.clapperboard.media.VideoFrames;
import org.clapperboard.media.VideoRequest;
import org.clapperboard.media.pixels.Preprocess;
import org.clapperboard.media.pixels.RgbImage;

/** What each way of storing frames takes, on frames as shards hold them. */
final class EncodingsBench {
  private static final int REPEATS = 3;

  private final List<RgbImage> frames;

  /** Measures with these frames, at least one. */
  EncodingsBench(List<RgbImage> frames) {
    this.frames = List.copyOf(frames);
  }

  /** A way of storing frames, by its name in a prepare file. */
  record Way(String name, FrameEncoding encoding) {
    static final List<Way> ALL =
        List.of(
            new Way("jpeg, quality 80", new FrameEncoding.Jpeg(80)),
            new Way("jpeg, quality 90", new FrameEncoding.Jpeg(90)),
            new Way("jpeg, quality 95", new FrameEncoding.Jpeg(95)),
            new Way("jpeg, quality 100", new FrameEncoding.Jpeg(100)),
            new Way("webp", new FrameEncoding.Webp()),
            new Way("png", new FrameEncoding.Png()),
            new Way("raw", new FrameEncoding.Raw()));
  }

  /**
   * What a way takes.
   *
   * @param name the way
   * @param bytes of a frame
   * @param meanError absolute, over all values, of 255
   * @param worstError of any value, of 255
   * @param peakSignalToNoise in dB, infinite where nothing is lost
   * @param writeMillis processor time to write a frame
   * @param readMillis processor time to read one
   */
  record Cost(
      String name,
      double bytes,
      double meanError,
      int worstError,
      double peakSignalToNoise,
      double writeMillis,
      double readMillis) {

    static final List<String> HEAD =
        List.of(
            "| frames-as | KB a frame | mean error of 255 | worst | PSNR | ms to write | ms to read |",
            "|---|---:|---:|---:|---:|---:|---:|");

    String row() {
      return String.format(
          Locale.ROOT,
          "| %s | %.1f | %.2f | %d | %s | %.2f | %.2f |",
          name,
          bytes / 1000,
          meanError,
          worstError,
          Double.isInfinite(peakSignalToNoise)
              ? "exact"
              : String.format(Locale.ROOT, "%.1f dB", peakSignalToNoise),
          writeMillis,
          readMillis);
    }
  }

  /** Frames of videos in the size of a vision encoder; files without any are refused. */
  static List<RgbImage> frames(List<Path> videos, int each, int size) {
    Preprocess preprocess = new Preprocess(Preprocess.Encoder.CLIP, size, Preprocess.Aspect.PAD);
    VideoRequest request = VideoRequest.of(FrameSampling.Uniform.of(each)).with(preprocess);
    List<RgbImage> frames = new ArrayList<>();
    for (Path video : videos) {
      try (MediaSource source = MediaSource.of(video)) {
        Decoded<FrameSet> read = VideoFrames.read(source, request, MediaLimits.DEFAULT);
        if (read instanceof Decoded.Rejected<FrameSet> rejected) {
          throw new BadData("Cannot measure with " + video + ": " + rejected.detail());
        }
        frames.addAll(((Decoded.Ok<FrameSet>) read).value().uniform(each));
      }
    }
    return frames;
  }

  /** Measures one way: sizes and errors of all frames, times of the quickest round. */
  Cost measure(Way way) {
    long bytes = 0;
    long absolute = 0;
    long squared = 0;
    int worst = 0;
    long write = Long.MAX_VALUE;
    long read = Long.MAX_VALUE;
    List<byte[]> encoded = new ArrayList<>();
    List<RgbImage> decoded = new ArrayList<>();
    try (FrameCodec codec = new FrameCodec(way.encoding())) {
      for (int repeat = 0; repeat < REPEATS; repeat++) {
        encoded.clear();
        decoded.clear();
        long start = processorNanos();
        frames.forEach(frame -> encoded.add(codec.encode(frame)));
        write = Math.min(write, processorNanos() - start);
        start = processorNanos();
        encoded.forEach(one -> decoded.add(FrameCodec.decode(one)));
        read = Math.min(read, processorNanos() - start);
      }
    }
    long values = 0;
    for (int i = 0; i < frames.size(); i++) {
      byte[] was = frames.get(i).rgb();
      byte[] is = decoded.get(i).rgb();
      bytes += encoded.get(i).length;
      values += was.length;
      for (int j = 0; j < was.length; j++) {
        int error = Math.abs((was[j] & 255) - (is[j] & 255));
        absolute += error;
        squared += (long) error * error;
        worst = Math.max(worst, error);
      }
    }
    return new Cost(
        way.name(),
        (double) bytes / frames.size(),
        (double) absolute / values,
        worst,
        10 * Math.log10(255.0 * 255 / ((double) squared / values)),
        write / 1e6 / frames.size(),
        read / 1e6 / frames.size());
  }

  /** Encoders and decoders run on the calling thread. */
  private static long processorNanos() {
    return ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
  }
}
