package org.clapperboard.media;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.IntStream;
import org.clapperboard.media.pixels.RgbImage;

/** Pictures, sounds and files made for tests, and short ways to read outcomes. */
public final class TestMedia {

  private TestMedia() {}

  /** Pictures in which everything moves, so that a wrong frame shows. */
  public static List<RgbImage> frames(int count, int width, int height) {
    return IntStream.range(0, count).mapToObj(k -> frame(k, width, height)).toList();
  }

  private static RgbImage frame(int number, int width, int height) {
    byte[] rgb = new byte[3 * width * height];
    for (int y = 0; y < height; y++) {
      for (int x = 0; x < width; x++) {
        int at = 3 * (y * width + x);
        boolean bar = (x + 3 * number) % width < 8;
        rgb[at] = (byte) (bar ? 255 : 2 * x);
        rgb[at + 1] = (byte) (2 * y + 5 * number);
        rgb[at + 2] = (byte) (bar ? 0 : 128 + x - y);
      }
    }
    return new RgbImage(width, height, rgb);
  }

  /** A tone that rises, half as loud as can be, with a click after a quarter of a second. */
  public static short[] tone(double seconds, int sampleRate) {
    short[] samples = new short[(int) (seconds * sampleRate)];
    for (int i = 0; i < samples.length; i++) {
      double time = (double) i / sampleRate;
      samples[i] = (short) (12_000 * Math.sin(2 * Math.PI * (300 + 400 * time) * time));
    }
    for (int i = 0; i < sampleRate / 500 && sampleRate / 4 + i < samples.length; i++) {
      samples[sampleRate / 4 + i] = 25_000;
    }
    return samples;
  }

  /** 16 pictures of 112 x 112 and a second of sound. */
  public static byte[] clip() {
    return ClipWriter.write(
        ClipFormat.mpeg4(16), frames(16, 112, 112), new PcmTrack(tone(1, 16_000), 1, 16_000));
  }

  /** A source in memory. */
  public static MediaSource source(byte[] bytes) {
    return MediaSource.of("test.mp4", bytes);
  }

  /** So many frames, at their original size. */
  public static VideoRequest uniform(Integer... counts) {
    return VideoRequest.of(FrameSampling.Uniform.of(List.of(counts)));
  }

  /** The value, or a failure that shows the reason. */
  public static <T> T value(Decoded<T> decoded) {
    assertThat(decoded).isInstanceOf(Decoded.Ok.class);
    return ((Decoded.Ok<T>) decoded).value();
  }

  /** The reason, or a failure that shows the value. */
  public static Reason reason(Decoded<?> decoded) {
    assertThat(decoded).isInstanceOf(Decoded.Rejected.class);
    return ((Decoded.Rejected<?>) decoded).reason();
  }

  /** The detail of a rejection. */
  public static String detail(Decoded<?> decoded) {
    assertThat(decoded).isInstanceOf(Decoded.Rejected.class);
    return ((Decoded.Rejected<?>) decoded).detail();
  }

  /** Root of the mean squared difference of two pictures of one size. */
  public static double distance(RgbImage a, RgbImage b) {
    assertThat(a.rgb()).hasSameSizeAs(b.rgb());
    double sum = 0;
    for (int i = 0; i < a.rgb().length; i++) {
      double difference = (a.rgb()[i] & 0xff) - (b.rgb()[i] & 0xff);
      sum += difference * difference;
    }
    return Math.sqrt(sum / a.rgb().length);
  }
}
