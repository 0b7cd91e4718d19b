package org.clapperboard.model.weights;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.clapperboard.config.BadCheckpoint;

/**
 * Elements of one type that lie in a file one after the other. They are mapped in windows, since a
 * buffer cannot be longer than 2 GiB and a tensor can.
 *
 * @param file the file
 * @param dtype how elements are stored, little-endian
 * @param start position of the first byte
 * @param count number of elements
 */
record StoredElements(Path file, Dtype dtype, long start, long count) {
  private static final long WINDOW_BYTES = 1L << 30;

  /** Copies as many elements as the target has room for, beginning with an element. */
  void read(long first, FloatBuffer target) {
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
      long end = start + (first + target.remaining()) * dtype.bytes();
      for (long at = start + first * dtype.bytes(); at < end; at += WINDOW_BYTES) {
        dtype.toFloats(map(channel, at, Math.min(WINDOW_BYTES, end - at)), target);
      }
    } catch (IOException e) {
      throw unreadable(e);
    }
  }

  /**
   * Copies elements of a tensor that is laid over this storage with strides.
   *
   * @param layout which element of the storage each element of the tensor is
   * @param first element of the tensor to begin with, in row-major order
   */
  void read(Strides layout, long first, FloatBuffer target) {
    if (layout.isRowMajor()) {
      read(layout.offset() + first, target);
      return;
    }
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
      long perWindow = WINDOW_BYTES / dtype.bytes();
      ByteBuffer[] windows = new ByteBuffer[Math.toIntExact(count / perWindow + 1)];
      for (long element = first; target.hasRemaining(); element++) {
        long place = layout.place(element);
        int window = (int) (place / perWindow);
        if (windows[window] == null) {
          long from = window * WINDOW_BYTES;
          long bytes = Math.min(WINDOW_BYTES, count * dtype.bytes() - from);
          windows[window] = map(channel, start + from, bytes);
        }
        target.put(dtype.at(windows[window], (int) (place % perWindow) * dtype.bytes()));
      }
    } catch (IOException e) {
      throw unreadable(e);
    }
  }

  private static ByteBuffer map(FileChannel channel, long at, long bytes) throws IOException {
    return channel.map(FileChannel.MapMode.READ_ONLY, at, bytes).order(ByteOrder.LITTLE_ENDIAN);
  }

  private BadCheckpoint unreadable(IOException e) {
    return new BadCheckpoint("Cannot read " + file + ": " + e.getMessage(), e);
  }
}
