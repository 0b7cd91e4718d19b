package org.clapperboard.media;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** What the markers of a JPEG say, and whether its end is there. */
final class JpegHeader {

  private static final int END = 0xD9;
  private static final int SCAN = 0xDA;
  private static final int JFIF = 0xE0;
  private static final int EXIF = 0xE1;
  private static final int ADOBE = 0xEE;
  private static final int ORIENTATION_TAG = 0x0112;

  private final ByteBuffer bytes;
  private boolean jfif;
  private int adobeTransform = -1;
  private int[] componentIds = {};
  private int width;
  private int height;
  private int orientation = 1;
  private boolean whole;

  private JpegHeader(byte[] bytes) {
    this.bytes = ByteBuffer.wrap(bytes);
  }

  static JpegHeader of(byte[] bytes) {
    JpegHeader header = new JpegHeader(bytes);
    try {
      header.walk();
    } catch (BufferUnderflowException | IndexOutOfBoundsException e) {
      header.whole = false;
    }
    return header;
  }

  int width() {
    return width;
  }

  int height() {
    return height;
  }

  /** Whether the end marker was found. */
  boolean isWhole() {
    return whole;
  }

  /** EXIF orientation, 1 to 8. */
  int orientation() {
    return orientation;
  }

  /** Whether colours are stored as luma and chroma: the rules of libjpeg. */
  boolean isLumaChroma() {
    if (componentIds.length == 4) {
      return adobeTransform > 0;
    }
    if (jfif || adobeTransform > 0) {
      return true;
    }
    if (adobeTransform == 0) {
      return false;
    }
    return !Arrays.equals(componentIds, new int[] {'R', 'G', 'B'});
  }

  private void walk() {
    bytes.position(2);
    while (true) {
      int marker = nextMarker();
      if (marker == END) {
        whole = true;
        return;
      }
      if (marker == 0x01 || (marker >= 0xD0 && marker <= 0xD8)) {
        continue;
      }
      int end = bytes.position() + (bytes.getShort(bytes.position()) & 0xffff);
      bytes.getShort();
      segment(marker, end - bytes.position());
      bytes.position(Math.min(end, bytes.limit()));
      if (marker == SCAN) {
        skipScan();
      }
    }
  }

  private int nextMarker() {
    while (bytes.get() != (byte) 0xFF) {
      // Bytes between segments mean nothing.
    }
    int marker = bytes.get() & 0xff;
    while (marker == 0xFF) {
      marker = bytes.get() & 0xff;
    }
    return marker;
  }

  /** Goes to the next marker that does not belong to the coded data. */
  private void skipScan() {
    while (true) {
      while (bytes.get() != (byte) 0xFF) {
        // Coded data.
      }
      int next = bytes.get() & 0xff;
      boolean data = next == 0 || (next >= 0xD0 && next <= 0xD7);
      if (!data) {
        bytes.position(bytes.position() - (next == 0xFF ? 1 : 2));
        if (next != 0xFF) {
          return;
        }
      }
    }
  }

  private void segment(int marker, int length) {
    ByteBuffer content = bytes.slice(bytes.position(), Math.min(length, bytes.remaining()));
    if (marker == JFIF && startsWith(content, "JFIF\0")) {
      jfif = true;
    } else if (marker == ADOBE && startsWith(content, "Adobe") && content.limit() >= 12) {
      adobeTransform = content.get(11) & 0xff;
    } else if (marker == EXIF && startsWith(content, "Exif\0\0")) {
      orientation = exifOrientation(content.slice(6, content.limit() - 6));
    } else if (isFrame(marker) && componentIds.length == 0) {
      frame(content);
    }
  }

  private static boolean isFrame(int marker) {
    return marker >= 0xC0 && marker <= 0xCF && marker != 0xC4 && marker != 0xC8 && marker != 0xCC;
  }

  private void frame(ByteBuffer content) {
    height = content.getShort(1) & 0xffff;
    width = content.getShort(3) & 0xffff;
    componentIds = new int[content.get(5) & 0xff];
    for (int i = 0; i < componentIds.length; i++) {
      componentIds[i] = content.get(6 + 3 * i) & 0xff;
    }
  }

  private static int exifOrientation(ByteBuffer tiff) {
    try {
      tiff.order(tiff.get(0) == 'I' ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN);
      int directory = tiff.getInt(4);
      int entries = tiff.getShort(directory) & 0xffff;
      for (int i = 0; i < entries; i++) {
        int entry = directory + 2 + 12 * i;
        if ((tiff.getShort(entry) & 0xffff) == ORIENTATION_TAG) {
          int value = tiff.getShort(entry + 8);
          return value >= 1 && value <= 8 ? value : 1;
        }
      }
    } catch (IndexOutOfBoundsException e) {
      // Damaged notes of the camera do not make the picture bad.
      return 1;
    }
    return 1;
  }

  private static boolean startsWith(ByteBuffer content, String text) {
    byte[] wanted = text.getBytes(StandardCharsets.ISO_8859_1);
    return content.limit() >= wanted.length
        && content.slice(0, wanted.length).equals(ByteBuffer.wrap(wanted));
  }
}
