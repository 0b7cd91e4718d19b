package org.clapperboard.nccl;

import java.util.function.Supplier;

/** Whether this process can call CUDA and NCCL at all. */
final class Natives {
  private static final String NEEDED =
      " NCCL needs a build with mvn -Pcuda, and of the host an NVIDIA driver (libcuda.so.1),"
          + " libcudart.so.12 and libnccl.so.2 where the loader finds them, for example in"
          + " LD_LIBRARY_PATH. Without them set cluster.collective to tcp.";

  private Natives() {}

  /**
   * Whether this rank is ready, or what it lacks.
   *
   * @param firstCalls native calls that say so, where there is something to call
   */
  static Readiness readiness(Supplier<Readiness> firstCalls) {
    if (!Bindings.LACKING.isEmpty()) {
      return Readiness.unable(Bindings.LACKING + "." + NEEDED);
    }
    try {
      return firstCalls.get();
    } catch (NativeFailure e) {
      return Readiness.unable(e.getMessage() + ".");
    }
  }

  /** Tried once: of a class that could not be initialised only the first who asks learns why. */
  private static final class Bindings {
    static final String LACKING = lacking();

    private static String lacking() {
      try {
        Class.forName("org.bytedeco.cuda.global.cudart");
        Class.forName("org.bytedeco.cuda.global.nccl");
        return "";
      } catch (ClassNotFoundException | NoClassDefFoundError e) {
        return "the CUDA bindings are not on the class path (no " + e.getMessage() + ")";
      } catch (UnsatisfiedLinkError e) {
        return unlinked(e);
      }
    }

    /** The last cause is what the system's loader said, after the file that it was to load. */
    private static String unlinked(UnsatisfiedLinkError e) {
      Throwable last = e;
      while (last.getCause() != null) {
        last = last.getCause();
      }
      String text = String.valueOf(last.getMessage()).lines().findFirst().orElse("");
      return text.replaceFirst("^/[^:]*: ", "");
    }
  }
}
