package org.clapperboard.bench;

import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.clapperboard.config.WorkerLost;

/** The standalone cluster that scripts start on this machine, kept for several of them. */
final class LocalCluster implements AutoCloseable {
  private static final String SCRIPT =
      "source \"$1/common.sh\"; choose_spark; start_cluster; echo \"$SPARK_MASTER\"; read -r _ || :";
  private static final Pattern EXECUTOR = Pattern.compile("--executor-id (\\d+) ");
  private static final int PATIENCE_SECONDS = 30;

  private final Process script;
  private final String master;

  /** An executor by its number, which Spark never gives again. */
  record Executor(int id, ProcessHandle process) {}

  private LocalCluster(Process script, String master) {
    this.script = script;
    this.master = master;
  }

  /** Starts a master and so many workers of one core. */
  static LocalCluster start(Path jobs, int workers) throws IOException {
    ProcessBuilder builder =
        new ProcessBuilder("bash", "-c", SCRIPT, "cluster", jobs.toString())
            .redirectError(Redirect.INHERIT);
    builder.environment().remove("SPARK_HOME");
    builder.environment().put("CLAPPERBOARD_WORKERS", String.valueOf(workers));
    Process script = builder.start();
    String master = script.inputReader().readLine();
    if (master == null) {
      throw new WorkerLost("Cannot start a cluster on this machine. See the message above.");
    }
    return new LocalCluster(script, master);
  }

  String master() {
    return master;
  }

  /** The executors that run, by their numbers. */
  List<Executor> executors() {
    return Jvms.below(script).entrySet().stream()
        .map(jvm -> new Executor(id(jvm.getValue()), jvm.getKey()))
        .filter(executor -> executor.id() >= 0)
        .sorted(Comparator.comparingInt(Executor::id))
        .toList();
  }

  /** The number of an executor by its command; of another process -1. */
  private static int id(String command) {
    Matcher id = EXECUTOR.matcher(command + " ");
    return id.find() ? Integer.parseInt(id.group(1)) : -1;
  }

  @Override
  public void close() throws IOException {
    // The script waits for a line; at the end of its input it stops the cluster.
    script.outputWriter().close();
    try {
      if (!script.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
        script.destroyForcibly();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
