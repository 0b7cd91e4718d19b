package org.clapperboard.bench;

import java.util.Arrays;
import java.util.random.RandomGenerator;

/** Damage as disks, networks and bad writers do it to files. */
final class Mutations {
  private static final int HEADER = 512;
  private static final int LONGEST = 40;

  private final RandomGenerator random;

  Mutations(RandomGenerator random) {
    this.random = random;
  }

  /** A copy with one to four damages; it is never empty. */
  byte[] of(byte[] original, byte[] other) {
    byte[] file = original.clone();
    int changes = 1 + random.nextInt(4);
    for (int i = 0; i < changes; i++) {
      file = one(file, other);
    }
    return file;
  }

  private byte[] one(byte[] file, byte[] other) {
    // Every second damage hits the header, where it does most.
    int reach = random.nextBoolean() ? file.length : Math.min(HEADER, file.length);
    int from = random.nextInt(reach);
    int length = Math.min(1 + random.nextInt(LONGEST), file.length - from);
    switch (random.nextInt(6)) {
      case 0 -> file[from] ^= (byte) (1 << random.nextInt(8));
      case 1 -> Arrays.fill(file, from, from + length, (byte) (random.nextBoolean() ? 0 : -1));
      case 2 -> {
        return Arrays.copyOf(file, Math.max(from, 1));
      }
      case 3 -> {
        byte[] noise = new byte[length];
        random.nextBytes(noise);
        System.arraycopy(noise, 0, file, from, length);
      }
      case 4 ->
          System.arraycopy(file, random.nextInt(file.length - length + 1), file, from, length);
      default -> {
        return spliced(file, from, other);
      }
    }
    return file;
  }

  /** The beginning of one file and the end of another. */
  private byte[] spliced(byte[] file, int length, byte[] other) {
    int from = random.nextInt(other.length);
    byte[] spliced = Arrays.copyOf(file, length + other.length - from);
    System.arraycopy(other, from, spliced, length, other.length - from);
    return spliced.length == 0 ? file : spliced;
  }
}
