package org.clapperboard.nccl;

import java.util.function.Supplier;

/** Whether this process can call CUDA and NCCL at all. */
final class Natives {
  private static final String NEEDED =
      " NCCL needs a build with mvn -Pcuda, and of the host an NVIDIA driver (libcuda.so.1),"
          + " libcudart.so.12 and libnccl.so.2 where the loader finds them, for example in"
          + " LD_LIBRARY_PATH. Without them set cluster.collective to tcp.";

  private Natives() {}

  /** What the first native calls say: that this rank is ready, or what it lacks. */
  static Readiness readiness(Supplier<Readiness> firstCalls) {
    try {
      return firstCalls.get();
    } catch (LinkageError e) {
      return Readiness.unable(reason(e) + "." + NEEDED);
    } catch (NativeFailure e) {
      return Readiness.unable(e.getMessage() + ".");
    }
  }

  /**
   * The first line of the last cause. A class whose natives are missing says so only to the first
   * who asks; to others it gives that failure as the cause.
   */
  private static String reason(LinkageError e) {
    Throwable last = e;
    while (last.getCause() != null) {
      last = last.getCause();
    }
    String text = String.valueOf(last.getMessage()).lines().findFirst().orElse("");
    if (e instanceof NoClassDefFoundError && last == e) {
      return "the CUDA bindings are not on the class path (no " + text.replace('/', '.') + ")";
    }
    return text.replaceFirst("^Exception [\\w.]+: ", "").replaceFirst(" \\[in thread .*\\]$", "");
  }
}
