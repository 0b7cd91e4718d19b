package org.clapperboard.media;

import java.nio.ByteOrder;
import java.nio.DoubleBuffer;
import java.nio.ShortBuffer;
import java.util.Arrays;
import org.bytedeco.ffmpeg.avutil.AVFrame;

/**
 * The samples of a stream from one place to another. Samples before the span are counted, not kept.
 */
final class SoundSpan {

  private final long first;
  private final long end;
  private float[] kept = new float[1 << 14];
  private int keptCount;
  private long position;

  SoundSpan(long first, long end) {
    this.first = first;
    this.end = end;
  }

  /** Where the next sample lies; negative before the beginning. */
  long position() {
    return position;
  }

  /** The first sample behind the span. */
  long end() {
    return end;
  }

  /** Begins at another place than 0; what lies between is silence, and what lies before is lost. */
  void startAt(long sample) {
    for (position = Math.min(sample, 0); position < sample && position < end; ) {
      keep(0);
    }
  }

  /** The samples of a frame of one channel of 16 bits. */
  void addShorts(AVFrame frame) {
    addShorts(
        frame
            .data(0)
            .capacity((long) Short.BYTES * frame.nb_samples())
            .asByteBuffer()
            .order(ByteOrder.nativeOrder())
            .asShortBuffer());
  }

  /** Samples of 16 bits. */
  void addShorts(ShortBuffer samples) {
    int count = samples.remaining();
    int from = (int) Math.max(0, Math.min(count, first - position));
    // The end may be the last of all numbers, and the position below 0.
    int to = end - count >= position ? count : (int) Math.max(from, end - position);
    short[] wanted = new short[to - from];
    samples.get(from, wanted);
    if (keptCount + wanted.length > kept.length) {
      kept = Arrays.copyOf(kept, Math.max(2 * keptCount, keptCount + wanted.length));
    }
    for (int i = 0; i < wanted.length; i++) {
      kept[keptCount + i] = wanted[i] / 32768f;
    }
    keptCount += wanted.length;
    position += count;
  }

  /** The first channel of a frame of doubles. */
  void addFirstChannel(AVFrame frame) {
    DoubleBuffer samples =
        frame
            .data(0)
            .capacity((long) Double.BYTES * frame.nb_samples())
            .asByteBuffer()
            .order(ByteOrder.nativeOrder())
            .asDoubleBuffer();
    while (samples.hasRemaining()) {
      // Exact for samples of up to 24 bits and for floats.
      keep((float) samples.get());
    }
  }

  /** What was kept, cut or filled with zeros to a length. */
  float[] samples(int length) {
    float[] samples = new float[length];
    System.arraycopy(kept, 0, samples, 0, Math.min(length, keptCount));
    return samples;
  }

  int count() {
    return keptCount;
  }

  private void keep(float sample) {
    if (position >= first && position < end) {
      if (keptCount == kept.length) {
        kept = Arrays.copyOf(kept, 2 * keptCount);
      }
      kept[keptCount++] = sample;
    }
    position++;
  }
}
