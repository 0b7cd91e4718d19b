package org.clapperboard.data.order;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.SplittableRandom;
import org.apache.commons.codec.digest.DigestUtils;

/** Seeded shuffles: pure functions of what they are given. */
final class Permutation {
  private Permutation() {}

  /** A random order of the numbers below {@code size} (Fisher and Yates). */
  static int[] of(int size, long seed) {
    int[] order = new int[size];
    SplittableRandom random = new SplittableRandom(seed);
    for (int i = 0; i < size; i++) {
      int j = random.nextInt(i + 1);
      order[i] = order[j];
      order[j] = i;
    }
    return order;
  }

  /** A seed for one purpose, derived from others; no two purposes share one by accident. */
  static long seed(String purpose, long... parts) {
    ByteBuffer bytes = ByteBuffer.allocate(parts.length * Long.BYTES);
    for (long part : parts) {
      bytes.putLong(part);
    }
    MessageDigest digest = DigestUtils.getSha256Digest();
    digest.update(purpose.getBytes(StandardCharsets.UTF_8));
    return ByteBuffer.wrap(digest.digest(bytes.array())).getLong();
  }
}
