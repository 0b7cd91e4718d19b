package org.clapperboard.model.engine;

import ai.djl.Device;
import ai.djl.engine.Engine;
import ai.djl.ndarray.NDManager;
import ai.djl.pytorch.engine.PtNDManager;
import ai.djl.pytorch.jni.JniUtils;
import ai.djl.pytorch.jni.LibUtils;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.clapperboard.config.BadConfig;
import org.clapperboard.config.Problem;

/**
 * The one PyTorch engine of this process (DJL on libtorch).
 *
 * <p>Natives come from jars on the class path and are unpacked once per cache folder; nothing is
 * ever downloaded. The folder is {@code ENGINE_CACHE_DIR} when set (environment variable or system
 * property), else {@code clapperboard-engine-<user>} below the system's temporary folder.
 */
public final class TorchEngine {
  private TorchEngine() {}

  private static final String PLACE = "PYTORCH_LIBRARY_PATH";

  /**
   * Loads the engine if this process has not done so yet, with the given number of threads.
   *
   * @throws BadConfig if there is no libtorch to load
   */
  public static void start(int threads) {
    if (threads < 1) {
      throw new IllegalArgumentException(
          "threads is " + threads + " (expected: a whole number from 1)");
    }
    requireNatives();
    Loaded.ENGINE.getEngineName();
    JniUtils.setNumThreads(threads);
  }

  /** DJL would look for it on the network. */
  private static void requireNatives() {
    boolean brought = TorchEngine.class.getResource("/native/lib/pytorch.properties") != null;
    if (!brought && System.getenv(PLACE) == null && System.getProperty(PLACE) == null) {
      throw new BadConfig(
          List.of(
              Problem.of(
                  PLACE,
                  "is not set (expected: the folder of a libtorch of the host's, since this build"
                      + " brings none). Set PYTORCH_FLAVOR to cu128 with it.")));
    }
  }

  /**
   * Why this process cannot have tensors on a GPU; nothing if it can. Asked of libtorch itself,
   * which may be built without CUDA on a host that has it.
   *
   * @param gpu its number, as CUDA counts them
   */
  public static Optional<String> lackingFor(int gpu) {
    try (NDManager scope = newScope()) {
      Pack.load("tensors").tensor(scope, "copy_on", scope.create(0f), "cuda:" + gpu);
      return Optional.empty();
    } catch (IllegalStateException e) {
      return Optional.of(lastSentence(e.getMessage()));
    }
  }

  /** Of what TorchScript says: a traceback, the error in the middle of a line, and more lines. */
  private static String lastSentence(String message) {
    String error = message.substring(message.lastIndexOf("Error: ") + 1);
    String line = error.replaceFirst("^rror: ", "").lines().findFirst().orElse("");
    return line.replaceFirst("\\.( .*)?$", "");
  }

  /**
   * A new memory scope: closing it frees every tensor made in it. What is made from host memory in
   * it stays there, on hosts with GPUs too.
   */
  public static NDManager newScope() {
    PtNDManager scope = (PtNDManager) Loaded.ENGINE.newBaseManager(Device.cpu());
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
          Engine engine = Engine.getEngine("PyTorch");
          MklDispatch.settle(Path.of(LibUtils.getLibtorchPath()));
          return engine;
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
