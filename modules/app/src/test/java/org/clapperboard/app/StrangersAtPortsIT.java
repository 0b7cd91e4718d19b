package org.clapperboard.app;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.apache.commons.codec.digest.DigestUtils;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerJobStart;
import org.assertj.core.api.Condition;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * Who calls at the ports of ranks without belonging to their job: all that can call, since a rank
 * listens only until it knows the others.
 */
@Tag("full")
@ExtendWith(World.Shared.class)
class StrangersAtPortsIT {
  private static final InetAddress HERE = InetAddress.getLoopbackAddress();

  /** Hears what a job of Spark is called, which is what its ranks take for the name of theirs. */
  private static final class JobName extends SparkListener {
    private volatile String name;

    @Override
    public void onJobStart(SparkListenerJobStart job) {
      String group = job.properties().getProperty("spark.jobGroup.id");
      name = group == null ? name : group;
    }
  }

  @Test
  void strangers_are_refused_and_told_of_and_change_nothing(World world) throws Exception {
    Path undisturbed = world.joint(World.MOST_RANKS);
    Path run = world.run("strangers");
    List<ProcessHandle> executors = world.cluster().executors();
    JobName job = new JobName();
    world.spark().sc().addSparkListener(job);
    // While one rank is not there yet, the others keep their ports open.
    Victim late = new Victim(executors.get(0));
    List<ProcessHandle> others = executors.subList(1, executors.size());
    List<Set<Integer>> before = others.stream().map(Ports::of).toList();
    List<Long> told = others.stream().map(of -> (long) errors(of).length()).toList();
    List<Socket> strangers = new ArrayList<>();
    List<Integer> ports = new ArrayList<>();
    CompletableFuture<String> training;
    late.stop();
    try {
      training =
          CompletableFuture.supplyAsync(
              () -> world.train("joint", run, "cluster.ranks=" + World.MOST_RANKS));
      for (int i = 0; i < others.size(); i++) {
        ports.add(awaitPort(others.get(i), before.get(i)));
      }
      Faults.await("the name of the job", () -> job.name != null);
      for (int port : ports) {
        call(port, job.name, strangers);
      }
    } finally {
      late.goOn();
    }
    Faults.await(
        "the end of the meeting",
        () -> others.stream().noneMatch(of -> ports.stream().anyMatch(Ports.of(of)::contains)));
    for (int port : ports) {
      assertThatThrownBy(() -> new Socket(HERE, port).close())
          .isInstanceOf(ConnectException.class)
          .hasMessageContaining("refused");
    }
    assertThat(training.join()).contains("joint  40 steps, ").doesNotContain("attempt");
    for (Socket stranger : strangers) {
      stranger.close();
    }
    world.spark().sc().removeSparkListener(job);
    for (int i = 0; i < others.size(); i++) {
      assertThat(refusals(others.get(i), told.get(i)))
          .allMatch(line -> line.contains("Refused a connection from /127.0.0.1:"))
          .areExactly(2, ending(": it does not speak this protocol."))
          .areExactly(1, ending(": it does not hold the key of this job."))
          .areExactly(World.MOST_RANKS - 1, ending(": it calls rank \\d."))
          .areExactly(1, ending(": it belongs to another job."));
    }
    assertThat(Faults.attempts(world, run)).hasSize(1).allMatch(attempt -> attempt.isNullAt(3));
    Faults.assertSame(world, run, undisturbed);
  }

  private static Condition<String> ending(String pattern) {
    return new Condition<>(
        line -> line.matches(".*" + pattern.replace(".", "\\.")),
        "line that ends with %s",
        pattern);
  }

  /** The port that a process has begun to listen at. */
  private static int awaitPort(ProcessHandle executor, Set<Integer> before) {
    List<Integer> found = new ArrayList<>();
    Faults.await(
        "a port of a rank",
        () -> {
          found.addAll(Ports.of(executor));
          found.removeAll(before);
          return !found.isEmpty();
        });
    assertThat(found).hasSize(1);
    return found.get(0);
  }

  private static void call(int port, String job, List<Socket> strangers) throws IOException {
    byte[] noise = new byte[500];
    new Random(1).nextBytes(noise);
    List<byte[]> calls = new ArrayList<>();
    calls.add(noise);
    calls.add("GET / HTTP/1.0\r\n\r\n".getBytes(US_ASCII));
    calls.add("CLAPHE".getBytes(US_ASCII));
    calls.add(new byte[0]);
    calls.add(forged(0, "another job"));
    for (int rank = 0; rank < World.MOST_RANKS; rank++) {
      calls.add(forged(rank, job));
    }
    for (byte[] bytes : calls) {
      Socket stranger = new Socket(HERE, port);
      stranger.getOutputStream().write(bytes);
      strangers.add(stranger);
    }
  }

  /**
   * What the last rank of a job says to another one, but for the proof, which takes the key of the
   * job: see {@code Handshake}.
   */
  private static byte[] forged(int rank, String job) {
    byte[] nonce = new byte[32];
    byte[] proof = new byte[32];
    return ByteBuffer.allocate(88 + proof.length)
        .put("CLAPHELO".getBytes(US_ASCII))
        .putInt(3)
        .putInt(World.MOST_RANKS - 1)
        .putInt(rank)
        .putInt(0)
        .putInt(World.MOST_RANKS)
        .putInt(256 << 10)
        .putInt(1)
        .putInt(2)
        .put(Arrays.copyOf(DigestUtils.sha256(job), 16))
        .put(nonce)
        .put(proof)
        .array();
  }

  private static List<String> refusals(ProcessHandle executor, long from) {
    return errors(executor)
        .substring((int) from)
        .lines()
        .filter(line -> line.contains("Refused"))
        .toList();
  }

  /** What an executor has written to its standard error, which a worker keeps in its folder. */
  private static String errors(ProcessHandle executor) {
    try {
      return Files.readString(Path.of("/proc/" + executor.pid() + "/cwd/stderr"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
