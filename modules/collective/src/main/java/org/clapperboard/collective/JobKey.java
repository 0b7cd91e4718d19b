package org.clapperboard.collective;

import java.io.Serializable;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.Arrays;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * The secret that the ranks of one job share, and the job's name. Never printed.
 *
 * <p>The driver draws one per attempt and sends it with the closure.
 */
public final class JobKey implements Serializable {

  static final int SECRET_BYTES = 32;
  static final int JOB_BYTES = 16;
  static final int MAC_BYTES = 32;

  private final String job;
  private final byte[] secret;

  private JobKey(String job, byte[] secret) {
    this.job = job;
    this.secret = secret;
  }

  /** A fresh secret for a job. */
  public static JobKey random(String job) {
    byte[] secret = new byte[SECRET_BYTES];
    new SecureRandom().nextBytes(secret);
    return new JobKey(job, secret);
  }

  /** A given secret of 32 bytes. */
  public static JobKey of(String job, byte[] secret) {
    if (secret.length != SECRET_BYTES) {
      throw new IllegalArgumentException(
          "The secret has " + secret.length + " bytes (expected: " + SECRET_BYTES + ").");
    }
    return new JobKey(job, secret.clone());
  }

  /** HMAC-SHA-256 over the parts, one after the other, after a label that says what it proves. */
  byte[] mac(String label, byte[]... parts) {
    try {
      Mac mac = Mac.getInstance("HmacSHA256");
      mac.init(new SecretKeySpec(secret, "HmacSHA256"));
      mac.update(label.getBytes(StandardCharsets.US_ASCII));
      mac.update((byte) 0);
      for (byte[] part : parts) {
        mac.update(part);
      }
      return mac.doFinal();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("This JVM has no HmacSHA256.", e);
    }
  }

  /** The job's name as it stands on the wire: the first 16 bytes of its SHA-256. */
  byte[] jobHash() {
    try {
      byte[] hash =
          MessageDigest.getInstance("SHA-256").digest(job.getBytes(StandardCharsets.UTF_8));
      return Arrays.copyOf(hash, JOB_BYTES);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("This JVM has no SHA-256.", e);
    }
  }

  @Override
  public String toString() {
    return "JobKey[" + job + "]";
  }
}
