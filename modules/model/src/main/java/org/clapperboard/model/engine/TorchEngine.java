package org.clapperboard.model.engine;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDManager;
import ai.djl.pytorch.engine.PtNDManager;
import ai.djl.pytorch.jni.JniUtils;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.function.Supplier;

/**
 * The one PyTorch engine of this process (DJL on libtorch).
 *
 * <p>Natives come from jars on the class path and are unpacked once per cache folder; nothing is
 * ever downloaded. The folder is {@code ENGINE_CACHE_DIR} when set (environment variable or system
 * property), else {@code clapperboard-engine-<user>} below the system's temporary folder.
 */
public final class TorchEngine {
  private TorchEngine() {}

  /** Loads the engine if this process has not done so yet, with the given number of threads. */
  public static void start(int threads) {
    if (threads < 1) {
      throw new IllegalArgumentException(
          "threads is " + threads + " (expected: a whole number from 1)");
    }
    Loaded.ENGINE.getEngineName();
    JniUtils.setNumThreads(threads);
  }

  /** A new memory scope: closing it frees every tensor made in it. */
  public static NDManager newScope() {
    PtNDManager scope = (PtNDManager) Loaded.ENGINE.newBaseManager();
    // Thread-local in libtorch: eager semantics, no profiling runs before the first real one.
    JniUtils.setGraphExecutorOptimize(false);
    return scope;
  }

  /** Runs the work with gradients recorded on this thread, then restores the thread's mode. */
  public static <T> T withGradients(Supplier<T> work) {
    return inMode(true, work);
  }

  /** Runs the work without recording gradients on this thread, then restores the thread's mode. */
  public static <T> T withoutGradients(Supplier<T> work) {
    return inMode(false, work);
  }

  private static <T> T inMode(boolean gradients, Supplier<T> work) {
    boolean before = JniUtils.isGradMode();
    JniUtils.setGradMode(gradients);
    JniUtils.setGraphExecutorOptimize(false);
    try {
      return work.get();
    } finally {
      JniUtils.setGradMode(before);
    }
  }

  /** Holds the engine; the class is initialised once, by the first thread that asks. */
  private static final class Loaded {
    static final Engine ENGINE = load();

    private static Engine load() {
      Path cache = cacheFolder();
      System.setProperty("DJL_OFFLINE", "true");
      System.setProperty("OPT_OUT_TRACKING", "true");
      System.setProperty("ai.djl.pytorch.graph_optimizer", "false");
      System.setProperty("ENGINE_CACHE_DIR", cache.toString());
      System.setProperty("DJL_CACHE_DIR", cache.toString());
      // Several ranks may start on one host at once: the first unpacks, the others wait.
      try {
        Files.createDirectories(cache);
        try (FileChannel channel =
                FileChannel.open(
                    cache.resolve(".lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
            FileLock lock = channel.lock()) {
          assert lock.isValid();
          return Engine.getEngine("PyTorch");
        }
      } catch (IOException e) {
        throw new UncheckedIOException("Cannot unpack the engine into " + cache, e);
      }
    }

    private static Path cacheFolder() {
      String set = System.getProperty("ENGINE_CACHE_DIR", System.getenv("ENGINE_CACHE_DIR"));
      if (set != null && !set.isEmpty()) {
        return Path.of(set).toAbsolutePath();
      }
      String folder = "clapperboard-engine-" + System.getProperty("user.name");
      return Path.of(System.getProperty("java.io.tmpdir"), folder).toAbsolutePath();
    }
  }
}
