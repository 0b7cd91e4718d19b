package org.clapperboard.train.checkpoint;

import java.io.OutputStream;
import java.security.DigestOutputStream;
import org.apache.commons.codec.binary.Hex;
import org.apache.commons.codec.digest.DigestUtils;

/** Hashes what is written through it. */
final class HashingStream extends DigestOutputStream {
  HashingStream(OutputStream out) {
    super(out, DigestUtils.getSha256Digest());
  }

  String hash() {
    return Hex.encodeHexString(getMessageDigest().digest());
  }
}
