package org.clapperboard.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.clapperboard.media.ClipFormat;
import org.clapperboard.media.ClipWriter;
import org.clapperboard.media.pixels.RgbImage;

/** Videos for where none are at hand: H.264 of ten seconds in which everything moves. */
final class MadeClips {
  private static final int FRAMES_PER_SECOND = 25;
  private static final int SECONDS = 10;
  private static final int KEY_FRAMES = 250;
  private static final int CELL = 16;

  private MadeClips() {}

  /** Writes 640 x 480 and 1280 x 720 into a folder. */
  static List<Path> write(Path folder) throws IOException {
    List<Path> files = new ArrayList<>();
    files.add(write(folder, 640, 480, SECONDS * FRAMES_PER_SECOND));
    files.add(write(folder, 1280, 720, SECONDS * FRAMES_PER_SECOND / 2));
    return files;
  }

  static Path write(Path folder, int width, int height, int count) throws IOException {
    List<RgbImage> frames = new ArrayList<>();
    for (int number = 0; number < count; number++) {
      frames.add(frame(number, width, height));
    }
    ClipFormat.H264 codec = new ClipFormat.H264(3 * width * height);
    ClipFormat format = new ClipFormat(codec, FRAMES_PER_SECOND, KEY_FRAMES, 32_000);
    return Files.write(
        folder.resolve(width + "x" + height + ".mp4"), ClipWriter.write(format, frames));
  }

  /** Cells of random colours that move to the left, under a light that moves down. */
  static RgbImage frame(int number, int width, int height) {
    byte[] rgb = new byte[3 * width * height];
    SplittableRandom random = new SplittableRandom(1);
    int[] colours = random.ints(1024).toArray();
    for (int y = 0; y < height; y++) {
      int light = Math.floorMod(y - 2 * number, height) * 64 / height;
      for (int x = 0; x < width; x++) {
        int cell = (x + 3 * number) / CELL * 31 + y / CELL * 17;
        int colour = colours[cell & 1023];
        int at = 3 * (y * width + x);
        rgb[at] = (byte) ((colour & 127) + light + (x & 7));
        rgb[at + 1] = (byte) ((colour >> 8 & 127) + light);
        rgb[at + 2] = (byte) ((colour >> 16 & 127) + (y & 7));
      }
    }
    return new RgbImage(width, height, rgb);
  }
}
