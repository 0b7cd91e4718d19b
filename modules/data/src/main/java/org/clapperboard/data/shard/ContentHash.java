package org.clapperboard.data.shard;

import java.io.DataOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.util.List;
import org.apache.commons.codec.binary.Hex;
import org.apache.commons.codec.digest.DigestUtils;
import org.clapperboard.data.Exchange;
import org.clapperboard.media.Warning;

/**
 * SHA-256 of what rows say, in their order, whatever wrote them into whichever file.
 *
 * <p>Where a medium lay ({@code media}, {@code media_key}) and how long it took ({@code
 * decode_millis}) is not content: the same clips on another storage have the same hash.
 */
public final class ContentHash {
  private final MessageDigest digest = DigestUtils.getSha256Digest();
  private final DataOutputStream out =
      new DataOutputStream(new DigestOutputStream(OutputStream.nullOutputStream(), digest));

  /** Adds the next row. */
  public void add(StoredSample sample) {
    try {
      text(sample.id());
      text(sample.dataset());
      text(sample.modality().key());
      text(sample.kind());
      out.writeDouble(sample.startSeconds());
      out.writeDouble(sample.endSeconds());
      out.writeInt(sample.exchanges().size());
      for (Exchange exchange : sample.exchanges()) {
        text(exchange.question());
        text(exchange.answer());
      }
      out.writeBoolean(sample.source() != null);
      if (sample.source() != null) {
        add(sample.source());
      }
      out.writeBoolean(sample.frames() != null);
      if (sample.frames() != null) {
        add(sample.frames());
      }
      out.writeBoolean(sample.sound() != null);
      if (sample.sound() != null) {
        bytes(SoundBytes.of(sample.sound()));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void add(SourceFacts source) throws IOException {
    text(source.container());
    text(source.codec());
    out.writeInt(source.width());
    out.writeInt(source.height());
    out.writeDouble(source.fps());
    out.writeInt(source.frames());
    out.writeDouble(source.seconds());
    out.writeInt(source.framesWanted());
    out.writeInt(source.framesHit());
    out.writeInt(source.packetsDamaged());
    out.writeInt(source.warnings().size());
    for (Warning warning : source.warnings()) {
      text(warning.code());
    }
    out.writeBoolean(source.hasSound());
  }

  private void add(StoredSample.Frames frames) throws IOException {
    out.writeInt(frames.width());
    out.writeInt(frames.height());
    out.writeInt(frames.firstFrame());
    out.writeInt(frames.lastFrame());
    out.writeInt(frames.indices().size());
    for (int index : frames.indices()) {
      out.writeInt(index);
    }
    for (byte[] frame : frames.encoded()) {
      bytes(frame);
    }
  }

  private void text(String text) throws IOException {
    bytes(text.getBytes(StandardCharsets.UTF_8));
  }

  private void bytes(byte[] bytes) throws IOException {
    out.writeInt(bytes.length);
    out.write(bytes);
  }

  /** The hash of all rows so far, in hexadecimal digits; ends the use of this object. */
  public String hex() {
    return Hex.encodeHexString(digest.digest());
  }

  /** The hash of a dataset whose shards have these hashes. */
  public static String ofShards(List<String> hashes) {
    return DigestUtils.sha256Hex(String.join("\n", hashes));
  }
}
