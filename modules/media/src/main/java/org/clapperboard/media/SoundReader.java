package org.clapperboard.media;

import org.clapperboard.media.sound.ReferenceShape;

/**
 * The sound of a sound file or of a video, mono at 16 kHz.
 *
 * <p>Mixing and resampling are FFmpeg's, by which the reference extracts the sound of videos
 * ({@code -ac 1 -ar 16000 -acodec pcm_s16le}), so samples lie on the grid of 16 bits. Of several
 * sound tracks the one is taken that FFmpeg holds for the best.
 */
public final class SoundReader {

  private SoundReader() {}

  /** Reads the sound; a file without a sound track is rejected as such. */
  public static Decoded<Sound> read(MediaSource source, SoundRequest request, MediaLimits limits) {
    return Attempt.run(source, limits, attempt -> new Sound(samples(attempt, request)));
  }

  private static float[] samples(Attempt attempt, SoundRequest request) {
    SoundRoute route = request.route();
    if (route instanceof SoundRoute.ReferenceFile file) {
      return referenceFile(attempt, file);
    }
    if (route instanceof SoundRoute.Paper paper) {
      Clip clip = request.clip();
      double end = Math.min(clip.endSeconds(), clip.startSeconds() + paper.seconds());
      return mono(attempt, new Clip(clip.startSeconds(), end), !clip.isWhole())
          .samples(paper.seconds() * Sound.RATE);
    }
    SoundSpan all = mono(attempt, request.clip(), !request.clip().isWhole());
    float[] samples = all.samples(all.count());
    return route instanceof SoundRoute.ReferenceVideo ? ReferenceShape.ofVideo(samples) : samples;
  }

  private static SoundSpan mono(Attempt attempt, Clip clip, boolean aligned) {
    long first = Math.round(clip.startSeconds() * Sound.RATE);
    SoundSpan span = new SoundSpan(first, Math.round(clip.endSeconds() * Sound.RATE));
    try (SoundStream stream = SoundStream.open(attempt)) {
      if (aligned) {
        stream.readMonoOfVideo(span);
      } else {
        stream.readMono(span);
      }
    }
    if (first > 0 && span.count() == 0) {
      throw new MediaRejection(
          Reason.OUT_OF_RANGE,
          "the clip begins at %.3f s, the sound ends at %.3f s"
              .formatted(clip.startSeconds(), (double) span.position() / Sound.RATE));
    }
    return span;
  }

  /** Reads a long sound twice: which window is wanted depends on the length. */
  private static float[] referenceFile(Attempt attempt, SoundRoute.ReferenceFile route) {
    int rate;
    SoundSpan span;
    long start;
    try (SoundStream stream = SoundStream.open(attempt)) {
      rate = stream.sampleRate();
      span = new SoundSpan(0, ReferenceShape.windowLength(rate));
      stream.readFirstChannel(span, Long.MAX_VALUE);
      start = ReferenceShape.cropStart(span.position(), rate, route.cropPosition());
    }
    if (start > 0) {
      attempt.packets = 0;
      attempt.packetsDamaged = 0;
      span = new SoundSpan(start, start + ReferenceShape.windowLength(rate));
      try (SoundStream stream = SoundStream.open(attempt)) {
        stream.readFirstChannel(span, span.end());
      }
    }
    return toFloats(ReferenceShape.ofWindow(toDoubles(span.samples(span.count())), rate));
  }

  private static double[] toDoubles(float[] floats) {
    double[] doubles = new double[floats.length];
    for (int i = 0; i < floats.length; i++) {
      doubles[i] = floats[i];
    }
    return doubles;
  }

  private static float[] toFloats(double[] doubles) {
    float[] floats = new float[doubles.length];
    for (int i = 0; i < floats.length; i++) {
      floats[i] = (float) doubles[i];
    }
    return floats;
  }
}
