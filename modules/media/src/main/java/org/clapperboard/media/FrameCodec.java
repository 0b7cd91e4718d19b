package org.clapperboard.media;

import org.clapperboard.media.pixels.RgbImage;

/**
 * Frames to bytes and back, for shards. Keeps its native encoder, so an instance belongs to one
 * thread; reading needs no instance.
 */
public final class FrameCodec implements AutoCloseable {

  private final FrameEncoding encoding;
  private FrameEncoder encoder;

  /** Writes frames so. */
  public FrameCodec(FrameEncoding encoding) {
    this.encoding = encoding;
  }

  /** The bytes of a frame; the same for the same frame on every machine of one kind. */
  public byte[] encode(RgbImage frame) {
    if (encoding instanceof FrameEncoding.Raw) {
      return Ppm.write(frame);
    }
    if (encoder == null || !encoder.fits(frame)) {
      closeEncoder();
      encoder = new FrameEncoder(encoding, frame.width(), frame.height());
    }
    return encoder.encode(frame);
  }

  /**
   * The frame of bytes that {@link #encode} made, with whatever encoding.
   *
   * @throws IllegalArgumentException where they are of no such frame
   */
  public static RgbImage decode(byte[] bytes) {
    if (Ppm.isPpm(bytes)) {
      return Ppm.read(bytes);
    }
    PictureFormat format = PictureFormat.of(bytes);
    if (format == null) {
      throw new IllegalArgumentException("Cannot read a stored frame: unknown format");
    }
    return FrameDecoder.decode(bytes, format);
  }

  @Override
  public void close() {
    closeEncoder();
  }

  private void closeEncoder() {
    if (encoder != null) {
      encoder.close();
      encoder = null;
    }
  }
}
