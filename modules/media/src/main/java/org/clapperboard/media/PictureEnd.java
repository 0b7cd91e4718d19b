package org.clapperboard.media;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;

/** Rejects pictures whose end is missing but which a decoder would fill with grey or black. */
final class PictureEnd {

  private static final int IEND = 0x49454E44;

  private PictureEnd() {}

  static void check(byte[] bytes, PictureFormat format) {
    boolean whole =
        switch (format) {
          case PNG -> hasEndChunk(ByteBuffer.wrap(bytes));
          case WEBP ->
              Integer.toUnsignedLong(Integer.reverseBytes(ByteBuffer.wrap(bytes).getInt(4)))
                  <= bytes.length - 8L;
          case GIF -> hasFirstImage(ByteBuffer.wrap(bytes));
          case JPEG, BMP, TIFF -> true;
        };
    if (!whole) {
      throw new MediaRejection(Reason.TRUNCATED, "the picture's end is missing");
    }
  }

  private static boolean hasEndChunk(ByteBuffer png) {
    long at = 8;
    while (at + 12 <= png.limit()) {
      if (png.getInt((int) at + 4) == IEND) {
        return true;
      }
      at += 12 + Integer.toUnsignedLong(png.getInt((int) at));
    }
    return false;
  }

  /** Walks over a GIF's blocks to the end of its first image. */
  private static boolean hasFirstImage(ByteBuffer gif) {
    try {
      gif.position(10);
      int flags = gif.get();
      gif.position(13 + tableBytes(flags));
      while (true) {
        int block = gif.get();
        if (block == ',') {
          gif.position(gif.position() + 8);
          gif.position(gif.position() + 1 + tableBytes(gif.get(gif.position())) + 1);
          skipSubBlocks(gif);
          return true;
        }
        if (block != '!') {
          return false;
        }
        gif.get();
        skipSubBlocks(gif);
      }
    } catch (BufferUnderflowException | IndexOutOfBoundsException | IllegalArgumentException e) {
      return false;
    }
  }

  private static int tableBytes(int flags) {
    return (flags & 0x80) == 0 ? 0 : 3 << ((flags & 7) + 1);
  }

  private static void skipSubBlocks(ByteBuffer gif) {
    for (int length = gif.get() & 0xff; length > 0; length = gif.get() & 0xff) {
      gif.position(gif.position() + length);
    }
  }
}
