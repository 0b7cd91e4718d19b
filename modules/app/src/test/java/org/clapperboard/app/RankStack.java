package org.clapperboard.app;

import com.sun.tools.attach.AttachNotSupportedException;
import com.sun.tools.attach.VirtualMachine;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadInfo;
import java.lang.management.ThreadMXBean;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import javax.management.remote.JMXConnector;
import javax.management.remote.JMXConnectorFactory;
import javax.management.remote.JMXServiceURL;

/** What the rank in an executor does, looked at from outside, in a millisecond or two. */
final class RankStack implements AutoCloseable {
  private static final String LOOP = "TrainingLoop.run";

  private final JMXConnector connector;
  private final ThreadMXBean threads;
  private long rank = 1;

  private RankStack(JMXConnector connector) throws IOException {
    this.connector = connector;
    this.threads =
        ManagementFactory.getPlatformMXBean(
            connector.getMBeanServerConnection(), ThreadMXBean.class);
  }

  /** That of an executor, which must run now. */
  @SuppressWarnings("BanJNDI") // The address is that of a process which this test has started.
  static RankStack of(ProcessHandle executor) {
    try {
      VirtualMachine jvm = VirtualMachine.attach(String.valueOf(executor.pid()));
      String agent = jvm.startLocalManagementAgent();
      jvm.detach();
      return new RankStack(JMXConnectorFactory.connect(new JMXServiceURL(agent)));
    } catch (AttachNotSupportedException e) {
      throw new IllegalStateException(e);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * The methods that the rank's thread is in, innermost first, as {@code Class.method}; none if no
   * rank takes steps there. The executor must run, or this waits for it.
   */
  List<String> frames() {
    List<String> frames = frames(threads.getThreadInfo(rank, Integer.MAX_VALUE));
    if (frames.contains(LOOP)) {
      return frames;
    }
    for (ThreadInfo thread : threads.dumpAllThreads(false, false)) {
      List<String> of = frames(thread);
      if (of.contains(LOOP)) {
        rank = thread.getThreadId();
        return of;
      }
    }
    return List.of();
  }

  private static List<String> frames(ThreadInfo thread) {
    return thread == null
        ? List.of()
        : Arrays.stream(thread.getStackTrace())
            .map(
                frame ->
                    frame.getClassName().replaceFirst(".*\\.", "") + "." + frame.getMethodName())
            .toList();
  }

  /** Whether the rank's thread is in these methods, each called by the next. */
  boolean isIn(String... calls) {
    return Collections.indexOfSubList(frames(), List.of(calls)) >= 0;
  }

  @Override
  public void close() {
    try {
      connector.close();
    } catch (IOException e) {
      // What it looked at has been killed.
    }
  }
}
