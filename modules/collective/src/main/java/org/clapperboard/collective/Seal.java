package org.clapperboard.collective;

import java.net.ProtocolException;
import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import javax.crypto.AEADBadTagException;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/**
 * One direction of an encrypted connection: AES-256-GCM. The nonce is a counter that is not sent,
 * so that whatever is changed, repeated, left out or moved does not open.
 *
 * <p>The key belongs to one direction of one connection, and no counter is used twice with it.
 */
final class Seal {

  /** What sealing adds to a text. */
  static final int TAG_BYTES = 16;

  private static final int NONCE_BYTES = 12;

  private final int mode;
  private final SecretKeySpec key;
  private final Cipher cipher;
  private final byte[] nonce = new byte[NONCE_BYTES];
  private final ByteBuffer counter = ByteBuffer.wrap(nonce);
  private long sealed;

  private Seal(int mode, byte[] key) {
    this.mode = mode;
    this.key = new SecretKeySpec(key, "AES");
    try {
      this.cipher = Cipher.getInstance("AES/GCM/NoPadding");
    } catch (GeneralSecurityException e) {
      throw unusable(e);
    }
  }

  /** What this side sends, or what it receives, with a key of 32 bytes. */
  static Seal sending(byte[] key) {
    return new Seal(Cipher.ENCRYPT_MODE, key);
  }

  static Seal receiving(byte[] key) {
    return new Seal(Cipher.DECRYPT_MODE, key);
  }

  /** Seals what remains of a text into a buffer with room for the tag too. */
  void seal(ByteBuffer text, ByteBuffer out) {
    try {
      begin();
      cipher.doFinal(text, out);
    } catch (GeneralSecurityException e) {
      throw unusable(e);
    }
  }

  /**
   * Opens what remains of a sealed text.
   *
   * @throws ProtocolException if it is not what the peer sealed next
   */
  void open(ByteBuffer sealedText, ByteBuffer out) throws ProtocolException {
    try {
      begin();
      cipher.doFinal(sealedText, out);
    } catch (AEADBadTagException e) {
      ProtocolException changed =
          new ProtocolException("sent something that was changed on the way");
      changed.initCause(e);
      throw changed;
    } catch (GeneralSecurityException e) {
      throw unusable(e);
    }
  }

  private void begin() throws GeneralSecurityException {
    counter.putLong(NONCE_BYTES - Long.BYTES, sealed++);
    cipher.init(mode, key, new GCMParameterSpec(TAG_BYTES * Byte.SIZE, nonce));
  }

  private static IllegalStateException unusable(GeneralSecurityException e) {
    return new IllegalStateException("This JVM cannot use AES-GCM.", e);
  }
}
