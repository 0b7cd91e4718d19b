package org.clapperboard.media;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/** WAV files of 16 bits. */
public final class WavWriter {

  private static final int HEADER_BYTES = 44;
  private static final short PCM = 1;

  private WavWriter() {}

  /** The bytes of a file. */
  public static byte[] write(PcmTrack sound) {
    int dataBytes = Math.multiplyExact(sound.samples().length, Short.BYTES);
    int frameBytes = Short.BYTES * sound.channels();
    ByteBuffer file =
        ByteBuffer.allocate(Math.addExact(HEADER_BYTES, dataBytes)).order(ByteOrder.LITTLE_ENDIAN);
    file.put(tag("RIFF")).putInt(HEADER_BYTES - 8 + dataBytes).put(tag("WAVE"));
    file.put(tag("fmt ")).putInt(16).putShort(PCM).putShort((short) sound.channels());
    file.putInt(sound.sampleRate()).putInt(sound.sampleRate() * frameBytes);
    file.putShort((short) frameBytes).putShort((short) Short.SIZE);
    file.put(tag("data")).putInt(dataBytes);
    file.asShortBuffer().put(sound.samples());
    return file.array();
  }

  private static byte[] tag(String name) {
    return name.getBytes(StandardCharsets.US_ASCII);
  }
}
