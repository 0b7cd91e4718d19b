package org.clapperboard.model.engine;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * What libtorch's products of matrices depend on of a machine's processors.
 *
 * @param told by Linux in {@code /proc/cpuinfo}; nothing elsewhere
 */
record Processor(String told) {
  private static final Path FILE = Path.of("/proc/cpuinfo");

  /** This machine's. */
  static final Processor HERE = new Processor(read());

  private static String read() {
    try {
      return Files.isReadable(FILE) ? Files.readString(FILE) : "";
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot read " + FILE, e);
    }
  }

  boolean isOfAmd() {
    return told.contains(": AuthenticAMD");
  }

  /** Whether it is one that libtorch has no fast products of bfloat16 for. */
  boolean lacksBfloat16() {
    // Of other makes than x86 it says "Features", and libtorch has ways of its own for them.
    boolean x86 = told.lines().anyMatch(line -> line.startsWith("flags"));
    return x86 && !told.contains(" avx512bw") && !told.contains(" avx_ne_convert");
  }

  /** Whether it multiplies pairs of bfloat16, but no tiles of them. */
  boolean multipliesPairs() {
    return told.contains(" avx512_bf16") && !told.contains(" amx_bf16");
  }
}
