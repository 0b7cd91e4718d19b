package org.clapperboard.media;

/** Sound of 16 bits: samples of all channels in turn. The samples are not copied. */
public final class PcmTrack {

  private final short[] samples;
  private final int channels;
  private final int sampleRate;

  /** Takes interleaved samples of one or two channels. */
  public PcmTrack(short[] samples, int channels, int sampleRate) {
    if (channels < 1 || channels > 2 || samples.length % channels != 0 || sampleRate < 1) {
      throw new IllegalArgumentException(
          "%d samples of %d channels at %d Hz are no sound (expected: 1 or 2 channels)"
              .formatted(samples.length, channels, sampleRate));
    }
    this.samples = samples;
    this.channels = channels;
    this.sampleRate = sampleRate;
  }

  /** The samples themselves. */
  public short[] samples() {
    return samples;
  }

  /** One or two. */
  public int channels() {
    return channels;
  }

  /** Samples per second and channel. */
  public int sampleRate() {
    return sampleRate;
  }

  /** Samples of each channel. */
  public int length() {
    return samples.length / channels;
  }
}
