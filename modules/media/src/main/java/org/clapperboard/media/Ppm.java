package org.clapperboard.media;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.clapperboard.media.pixels.RgbImage;

/** Binary PPM of 8 bits, without comments: a line of text, then the bytes. */
final class Ppm {

  private static final Pattern HEADER = Pattern.compile("P6\n(\\d{1,6}) (\\d{1,6})\n255\n");
  private static final int MAX_HEADER_BYTES = 24;

  private Ppm() {}

  static boolean isPpm(byte[] bytes) {
    return bytes.length > 2 && bytes[0] == 'P' && bytes[1] == '6';
  }

  static byte[] write(RgbImage image) {
    byte[] header =
        "P6\n%d %d\n255\n"
            .formatted(image.width(), image.height())
            .getBytes(StandardCharsets.US_ASCII);
    return ByteBuffer.allocate(header.length + image.rgb().length)
        .put(header)
        .put(image.rgb())
        .array();
  }

  static RgbImage read(byte[] bytes) {
    int headerBytes = Math.min(bytes.length, MAX_HEADER_BYTES);
    Matcher header = HEADER.matcher(new String(bytes, 0, headerBytes, StandardCharsets.ISO_8859_1));
    if (!header.lookingAt()) {
      throw new IllegalArgumentException("Cannot read a stored frame: not a PPM of ours");
    }
    byte[] rgb = new byte[bytes.length - header.end()];
    System.arraycopy(bytes, header.end(), rgb, 0, rgb.length);
    return new RgbImage(Integer.parseInt(header.group(1)), Integer.parseInt(header.group(2)), rgb);
  }
}
