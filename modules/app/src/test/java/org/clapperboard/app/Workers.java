package org.clapperboard.app;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.lang.ProcessBuilder.Redirect;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A master, and workers of one core that come and go. Drivers are processes of their own. */
final class Workers implements AutoCloseable {
  private final Process script;
  private final BufferedReader out;
  private final PrintWriter in;
  private final String master;

  private Workers(Process script) throws IOException {
    this.script = script;
    this.out = script.inputReader();
    this.in = new PrintWriter(script.outputWriter(), true);
    this.master = out.readLine();
  }

  /** Starts a master alone. */
  static Workers none() {
    String body =
        """
        source jobs/common.sh; choose_spark; start_cluster; echo "$SPARK_MASTER"
        while read -r command argument; do
          case $command in
            add)
              daemon worker.Worker --host "$argument" --cores 1 --memory 2g --webui-port 0 \\
                -d "$cluster_work" "$SPARK_MASTER"
              echo "${cluster_pids[-1]}" ;;
            kill) kill -KILL -- "-$argument"; echo killed ;;
          esac
        done
        """;
    ProcessBuilder builder =
        new ProcessBuilder("bash", "-c", body)
            .directory(Jobs.REPOSITORY.toFile())
            .redirectError(Redirect.INHERIT);
    builder.environment().remove("SPARK_HOME");
    builder.environment().put("CLAPPERBOARD_WORKERS", "0");
    try {
      return new Workers(builder.start());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  String master() {
    return master;
  }

  /** Starts a worker at an address of this machine; it is known by what is returned. */
  String add(String host) {
    return tell("add " + host);
  }

  /** Kills a worker with its executors, as a machine that goes does. */
  void kill(String worker) {
    tell("kill " + worker);
  }

  private String tell(String line) {
    in.println(line);
    try {
      return out.readLine();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The executors' processes at an address. */
  List<ProcessHandle> executors(String host) {
    return Jvms.of(
        script,
        command ->
            command.contains("CoarseGrainedExecutorBackend")
                && command.contains("--hostname " + host + " "));
  }

  @Override
  public void close() {
    // At the end of its input the script stops the cluster.
    in.close();
    try {
      if (!script.waitFor(30, TimeUnit.SECONDS)) {
        script.destroyForcibly();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
