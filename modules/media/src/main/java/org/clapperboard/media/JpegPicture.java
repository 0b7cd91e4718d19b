package org.clapperboard.media;

import java.awt.image.DataBufferByte;
import java.awt.image.Raster;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.Iterator;
import javax.imageio.ImageIO;
import javax.imageio.ImageReader;
import javax.imageio.stream.ImageInputStream;
import javax.imageio.stream.MemoryCacheImageInputStream;
import org.clapperboard.media.pixels.RgbImage;

/**
 * JPEG pictures with the very bytes of PIL.
 *
 * <p>The JDK's reader is used here and nowhere else: it is libjpeg, as PIL's is, and gives the same
 * samples, which FFmpeg's own decoder does not. It is asked for the stored samples only; the way to
 * RGB is libjpeg's and PIL's published arithmetic, since the JDK would apply colour profiles and
 * knows no CMYK.
 */
final class JpegPicture {

  private JpegPicture() {}

  static RgbImage read(byte[] bytes, Attempt attempt, Pictures.Orientation orientation) {
    JpegHeader header = JpegHeader.of(bytes);
    attempt.width = header.width();
    attempt.height = header.height();
    attempt.checkPixels(header.width(), header.height());
    if (!header.isWhole()) {
      throw new MediaRejection(Reason.TRUNCATED, "the picture's end is missing");
    }
    RgbImage image = rgb(samples(bytes, attempt), header);
    return switch (orientation) {
      case AS_STORED -> image;
      case UPRIGHT -> upright(image, header.orientation());
    };
  }

  private static Raster samples(byte[] bytes, Attempt attempt) {
    Iterator<ImageReader> readers = ImageIO.getImageReadersByFormatName("jpeg");
    ImageReader reader = readers.next();
    try (ImageInputStream input =
        new MemoryCacheImageInputStream(new ByteArrayInputStream(bytes))) {
      reader.addIIOReadWarningListener((source, warning) -> attempt.damaged());
      reader.setInput(input, true, true);
      return reader.readRaster(0, null);
    } catch (IOException | RuntimeException e) {
      // The reader throws its own programming errors at damaged files.
      throw new MediaRejection(Reason.CORRUPT, "the picture cannot be decoded: " + e.getMessage());
    } finally {
      reader.dispose();
    }
  }

  private static RgbImage rgb(Raster raster, JpegHeader header) {
    byte[] samples = ((DataBufferByte) raster.getDataBuffer()).getData();
    int pixels = raster.getWidth() * raster.getHeight();
    byte[] rgb = new byte[3 * pixels];
    switch (raster.getNumBands()) {
      case 1 -> {
        for (int i = 0; i < pixels; i++) {
          rgb[3 * i] = samples[i];
          rgb[3 * i + 1] = samples[i];
          rgb[3 * i + 2] = samples[i];
        }
      }
      case 3 -> {
        if (header.isLumaChroma()) {
          YccColour.toRgb(samples, 3, rgb);
        } else {
          System.arraycopy(samples, 0, rgb, 0, rgb.length);
        }
      }
      case 4 -> fromFourBands(samples, header, rgb);
      default ->
          throw new MediaRejection(
              Reason.UNSUPPORTED, "a JPEG of " + raster.getNumBands() + " bands");
    }
    return new RgbImage(raster.getWidth(), raster.getHeight(), rgb);
  }

  /** Cyan, magenta, yellow, black stored upside down, as Adobe does and PIL takes for granted. */
  private static void fromFourBands(byte[] samples, JpegHeader header, byte[] rgb) {
    int pixels = rgb.length / 3;
    if (header.isLumaChroma()) {
      YccColour.toRgb(samples, 4, rgb);
    }
    for (int i = 0; i < pixels; i++) {
      int light = samples[4 * i + 3] & 0xff;
      for (int channel = 0; channel < 3; channel++) {
        int stored =
            header.isLumaChroma() ? 255 - (rgb[3 * i + channel] & 0xff) : samples[4 * i + channel];
        int ink = 255 - (stored & 0xff);
        int product = ink * light + 128;
        rgb[3 * i + channel] = (byte) (light - (((product >> 8) + product) >> 8));
      }
    }
  }

  private static RgbImage upright(RgbImage image, int orientation) {
    RgbImage turned =
        switch (orientation) {
          case 3, 4 -> Turn.HALF.apply(image);
          case 5, 6 -> Turn.RIGHT.apply(image);
          case 7, 8 -> Turn.LEFT.apply(image);
          default -> image;
        };
    boolean mirrored = orientation == 2 || orientation == 4 || orientation == 5 || orientation == 7;
    return mirrored ? mirrored(turned) : turned;
  }

  private static RgbImage mirrored(RgbImage image) {
    byte[] from = image.rgb();
    byte[] to = new byte[from.length];
    for (int y = 0; y < image.height(); y++) {
      for (int x = 0; x < image.width(); x++) {
        int source = y * image.width() + image.width() - 1 - x;
        System.arraycopy(from, 3 * source, to, 3 * (y * image.width() + x), 3);
      }
    }
    return new RgbImage(image.width(), image.height(), to);
  }
}
