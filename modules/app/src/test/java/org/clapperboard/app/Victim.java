package org.clapperboard.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;

/** A process that is harmed: stopped where it stands, looked at, killed. */
record Victim(ProcessHandle process) {

  /** Stops it, as a debugger or a machine that swaps does. */
  void stop() {
    signal("STOP");
  }

  void goOn() {
    signal("CONT");
  }

  void kill() {
    assertThat(process.destroyForcibly()).isTrue();
  }

  private void signal(String name) {
    run("/bin/kill", "-" + name, String.valueOf(process.pid()));
  }

  private static String run(String program, String... arguments) {
    String path =
        program.startsWith("/")
            ? program
            : Path.of(System.getProperty("java.home"), "bin", program).toString();
    ProcessBuilder builder = new ProcessBuilder(path).redirectErrorStream(true);
    builder.command().addAll(List.of(arguments));
    try {
      Process started = builder.start();
      String said = new String(started.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      assertThat(started.waitFor()).as(said).isZero();
      return said;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }
}
