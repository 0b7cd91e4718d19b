package org.clapperboard.data.shard;

import java.nio.FloatBuffer;
import java.util.List;
import java.util.function.IntFunction;
import org.clapperboard.media.FrameCodec;
import org.clapperboard.media.Sound;
import org.clapperboard.media.pixels.Preprocess;
import org.clapperboard.media.pixels.RgbImage;
import org.clapperboard.media.sound.FilterBank;

/** Stored media as the floats that encoders take. One thread at a time. */
public final class MediaBuffers {
  private final Preprocess preprocess;
  private final FilterBank bank;
  private final IntFunction<FloatBuffer> allocate;
  private double[] samples = new double[0];

  /** Buffers for a vision encoder of that recipe and size, and filter banks of that many bins. */
  public MediaBuffers(Preprocess.Encoder encoder, int imageSize, int bins) {
    this(encoder, imageSize, bins, FloatPool::direct);
  }

  /**
   * The same in memory that comes from elsewhere.
   *
   * @param allocate gives a buffer of so many floats, such as {@link FloatPool#take}
   */
  public MediaBuffers(
      Preprocess.Encoder encoder, int imageSize, int bins, IntFunction<FloatBuffer> allocate) {
    this.preprocess = new Preprocess(encoder, imageSize, Preprocess.Aspect.PAD);
    this.bank = new FilterBank(bins, Sound.RATE);
    this.allocate = allocate;
  }

  /**
   * Frames as normalised pixels (T, 3, S, S).
   *
   * @throws IllegalArgumentException if a frame was stored in another size
   */
  public FloatBuffer pixels(List<byte[]> encoded) {
    int size = preprocess.size();
    FloatBuffer pixels = allocate.apply(Math.multiplyExact(encoded.size(), 3 * size * size));
    for (byte[] frame : encoded) {
      RgbImage image = FrameCodec.decode(frame);
      if (image.width() != size || image.height() != size) {
        throw new IllegalArgumentException(
            "a stored frame is "
                + image.width()
                + " x "
                + image.height()
                + " (expected: "
                + size
                + " x "
                + size
                + ", the vision encoder's input)");
      }
      preprocess.normalise(image, pixels);
    }
    return pixels.flip();
  }

  /** A sound as its log-mel filter bank (frames, bins). */
  public FloatBuffer bank(short[] sound) {
    if (samples.length != sound.length) {
      samples = new double[sound.length];
    }
    Sound.toDoubles(sound, samples);
    FloatBuffer out = allocate.apply(Math.multiplyExact(bank.frames(sound.length), bank.bins()));
    bank.compute(samples, out);
    return out.flip();
  }
}
