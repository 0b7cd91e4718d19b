package org.clapperboard.train.optimizer;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.clapperboard.config.WorkerLost;
import org.clapperboard.model.engine.Pack;

/** Where the state of an optimizer lies. */
public final class StateRoom {
  private static final int FLOAT32 = 6;
  private static final int CHUNK_BYTES = 1 << 20;

  private final Path folder;
  private final boolean beside;
  private final Pack tensors = Pack.load("tensors");

  private StateRoom(Path folder, boolean beside) {
    this.folder = folder;
    this.beside = beside;
  }

  /** Memory. */
  public static StateRoom memory() {
    return new StateRoom(null, false);
  }

  /**
   * The room that a stage asks for.
   *
   * @param scratch a folder of this machine's own disks
   */
  public static StateRoom of(OptimizerState where, Path scratch) {
    return switch (where) {
      case MEMORY -> memory();
      case DISK -> new StateRoom(scratch, false);
      case DEVICE -> new StateRoom(null, true);
    };
  }

  /** Whether updates happen beside layers that compute on a device; this is for copies then. */
  boolean isBeside() {
    return beside;
  }

  /**
   * As many zeros, float32, for as long as the scope.
   *
   * @throws WorkerLost if the disk has no room for them
   */
  NDArray zeros(NDManager scope, long count) {
    if (folder == null || count == 0) {
      return tensors.tensor(scope, "zeros", new long[] {count}, FLOAT32);
    }
    long bytes = count * Float.BYTES;
    try {
      Path file = Files.createTempFile(folder, "optimizer-state", null);
      try {
        fill(file, bytes);
        return tensors.tensor(scope, "share_file", file.toString(), count);
      } finally {
        // It has no name any more, and is gone with the process, however that ends.
        Files.delete(file);
      }
    } catch (IOException | UncheckedIOException e) {
      throw new WorkerLost(
          String.format(
              "Cannot keep the optimizer's state on disk: %s does not take %.2f GB more: %s. Give"
                  + " spark.local.dir more room, or set memory.optimizer-state to memory.",
              folder, bytes / 1e9, e.getMessage()),
          e);
    }
  }

  /** A file with holes would kill the process in the middle of a step, if the disk is full then. */
  private static void fill(Path file, long bytes) throws IOException {
    ByteBuffer zeros = ByteBuffer.allocateDirect(CHUNK_BYTES);
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      for (long left = bytes; left > 0; ) {
        zeros.clear().limit((int) Math.min(left, CHUNK_BYTES));
        left -= channel.write(zeros);
      }
    }
  }
}
