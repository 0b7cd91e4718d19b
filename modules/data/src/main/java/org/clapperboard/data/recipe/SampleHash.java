package org.clapperboard.data.recipe;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import org.apache.commons.codec.digest.DigestUtils;

/** Choices that depend on nothing but a seed and a sample's name. */
public final class SampleHash {
  private SampleHash() {}

  /** An evenly distributed number for a sample and a purpose. */
  public static long of(long seed, String purpose, String id) {
    MessageDigest digest = DigestUtils.getSha256Digest();
    digest.update(ByteBuffer.allocate(Long.BYTES).putLong(0, seed));
    digest.update(purpose.getBytes(StandardCharsets.UTF_8));
    digest.update((byte) 0);
    return ByteBuffer.wrap(digest.digest(id.getBytes(StandardCharsets.UTF_8))).getLong();
  }
}
