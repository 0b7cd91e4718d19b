package org.clapperboard.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * How much of everything is measured, and with what.
 *
 * @param folder for files of the measurements
 * @param videos to decode; made where there are none
 * @param quick whether sizes are the smallest, which tells that all works and little else
 * @param rounds rounds that count
 * @param python interpreter of PyTorch
 * @param mediaPython interpreter of what reads media, and of tar
 */
record AllBench(
    Path folder, List<Path> videos, boolean quick, int rounds, String python, String mediaPython) {

  /** One of two sizes. */
  <T> T size(T whole, T small) {
    return quick ? small : whole;
  }

  /** A folder of its own for one of the measurements. */
  Path place(BenchedPath path) throws IOException {
    return Files.createDirectories(folder.resolve(path.key()));
  }
}
