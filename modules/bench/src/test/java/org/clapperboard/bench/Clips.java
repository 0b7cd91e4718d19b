package org.clapperboard.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import org.clapperboard.media.ClipFormat;
import org.clapperboard.media.ClipWriter;
import org.clapperboard.media.pixels.RgbImage;

/** Videos to ask about. */
final class Clips {
  private Clips() {}

  /** Writes a video of two seconds that turns from dark to light. */
  static Path write(Path file) throws IOException {
    List<RgbImage> frames =
        IntStream.range(0, 20)
            .mapToObj(i -> RgbImage.filled(96, 64, 12 * i, 255 - 12 * i, 100))
            .toList();
    return Files.write(file, ClipWriter.write(ClipFormat.mpeg4(10), frames));
  }
}
