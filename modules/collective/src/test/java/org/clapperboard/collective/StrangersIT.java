package org.clapperboard.collective;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Future;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.logging.SimpleFormatter;
import org.clapperboard.config.WorkerLost;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class StrangersIT {

  private static final int MILLIS_TO_REFUSE = 3000;

  private final Queue<String> log = new ConcurrentLinkedQueue<>();
  private final Logger logger = Logger.getLogger(Rendezvous.class.getName());
  private final Handler recorder =
      new Handler() {
        private final SimpleFormatter formatter = new SimpleFormatter();

        @Override
        public void publish(LogRecord entry) {
          log.add(formatter.formatMessage(entry));
        }

        @Override
        public void flush() {}

        @Override
        public void close() {}
      };

  @BeforeEach
  void listenToTheLog() {
    logger.addHandler(recorder);
    logger.setUseParentHandlers(false);
  }

  @AfterEach
  void leaveTheLog() {
    logger.removeHandler(recorder);
    logger.setUseParentHandlers(true);
  }

  @Test
  void garbage_is_refused_at_once_and_the_job_works() throws Exception {
    try (Ranks ranks = new Ranks(2, Ranks.OPTIONS)) {
      Future<double[]> first = ranks.start(0, StrangersIT::count);
      byte[] noise = new byte[500];
      new Random(1).nextBytes(noise);
      for (byte[] bytes :
          List.of(noise, "GET / HTTP/1.0\r\n\r\n".getBytes(StandardCharsets.UTF_8))) {
        try (Socket stranger = call(ranks, 0)) {
          stranger.getOutputStream().write(bytes);
          assertRefused(stranger);
        }
      }
      assertJobWorks(ranks, first);
      assertThat(log)
          .filteredOn(line -> line.endsWith(": it does not speak this protocol."))
          .hasSize(2)
          .allMatch(line -> line.startsWith("Refused a connection from /127.0.0.1:"));
    }
  }

  @Test
  void port_scanners_and_silent_connections_do_not_delay_the_job() throws Exception {
    try (Ranks ranks = new Ranks(2, Ranks.OPTIONS)) {
      Future<double[]> first = ranks.start(0, StrangersIT::count);
      List<Socket> strangers = new ArrayList<>();
      for (int i = 0; i < 300; i++) {
        strangers.add(call(ranks, 0));
        if (i % 3 == 0) {
          strangers.get(i).close();
        }
      }
      strangers.get(299).getOutputStream().write("CLAPHE".getBytes(StandardCharsets.US_ASCII));
      assertJobWorks(ranks, first);
      for (Socket stranger : strangers) {
        stranger.close();
      }
    }
  }

  @Test
  void the_oldest_silent_connections_go_when_too_many_wait() throws Exception {
    try (Ranks ranks = new Ranks(2, Ranks.OPTIONS)) {
      Future<double[]> first = ranks.start(0, StrangersIT::count);
      List<Socket> strangers = new ArrayList<>();
      for (int i = 0; i < 270; i++) {
        strangers.add(call(ranks, 0));
      }
      assertRefused(strangers.get(0));
      assertJobWorks(ranks, first);
      assertThat(log).anyMatch(line -> line.endsWith(": too many others wait."));
      for (Socket stranger : strangers) {
        stranger.close();
      }
    }
  }

  @Test
  void a_trickling_hello_does_not_delay_the_job() throws Exception {
    try (Ranks ranks = new Ranks(2, Ranks.OPTIONS)) {
      Future<double[]> first = ranks.start(0, StrangersIT::count);
      try (Socket stranger = call(ranks, 0)) {
        OutputStream out = stranger.getOutputStream();
        for (byte letter : "CLAPHELO".getBytes(StandardCharsets.US_ASCII)) {
          out.write(letter);
          Thread.sleep(20);
        }
        assertJobWorks(ranks, first);
      }
    }
  }

  @Test
  void a_rank_with_another_key_is_refused_and_refuses() throws Exception {
    try (Ranks ranks = new Ranks(2, Ranks.OPTIONS)) {
      Future<double[]> first = ranks.start(0, StrangersIT::count);
      Future<Object> intruder =
          ranks.start(
              () ->
                  TcpCollective.connect(
                      TcpCollective.listen(InetAddress.getLoopbackAddress()),
                      1,
                      ranks.peers,
                      JobKey.random("test"),
                      Ranks.OPTIONS));

      assertThat(Ranks.failure(intruder))
          .isInstanceOf(WorkerLost.class)
          .hasMessage(
              "Cannot connect rank 1 (host-1): rank 0 (host-0) does not hold the key of this job.");
      assertJobWorks(ranks, first);
      assertThat(log).anyMatch(line -> line.endsWith(": the other side hung up."));
    }
  }

  @Test
  void a_rank_of_another_job_is_refused() throws Exception {
    try (Ranks ranks = new Ranks(2, Ranks.OPTIONS)) {
      Future<double[]> first = ranks.start(0, StrangersIT::count);
      Membership members = new Membership(1, ranks.peers);
      JobKey otherJob = JobKey.random("another");
      assertHandshakeRefused(ranks, 0, Handshake.dialer(members, otherJob, Ranks.OPTIONS, 0, 0));
      assertJobWorks(ranks, first);
      assertThat(log).anyMatch(line -> line.endsWith(": it belongs to another job."));
    }
  }

  @Test
  void a_wrong_answer_to_the_challenge_is_refused() throws Exception {
    try (Ranks ranks = new Ranks(2, Ranks.OPTIONS)) {
      byte[] recorded = recordDialer(ranks);
      byte[] hello = Arrays.copyOf(recorded, Handshake.HELLO_BYTES);
      byte[] response = Arrays.copyOfRange(recorded, Handshake.HELLO_BYTES, recorded.length);
      try (Ranks again = new Ranks(ranks.key, 2, Ranks.OPTIONS)) {
        Future<double[]> first = again.start(0, StrangersIT::count);
        try (Socket replay = call(again, 0)) {
          replay.getOutputStream().write(hello);
          byte[] challenge = new byte[Handshake.CHALLENGE_BYTES];
          new DataInputStream(replay.getInputStream()).readFully(challenge);
          replay.getOutputStream().write(response);
          assertRefused(replay);
        }
        assertJobWorks(again, first);
        assertThat(log).anyMatch(line -> line.endsWith(": it does not hold the key of this job."));
      }
    }
  }

  @Test
  void a_member_that_claims_a_wrong_rank_is_refused() throws Exception {
    try (Ranks ranks = new Ranks(3, Ranks.OPTIONS)) {
      Future<double[]> middle = ranks.start(1, StrangersIT::count);
      Handshake lowerDialsHigher =
          Handshake.dialer(new Membership(0, ranks.peers), ranks.key, Ranks.OPTIONS, 1, 0);
      assertHandshakeRefused(ranks, 1, lowerDialsHigher);
      Handshake wrongNumber =
          Handshake.dialer(new Membership(2, ranks.peers), ranks.key, Ranks.OPTIONS, 0, 0);
      assertHandshakeRefused(ranks, 1, wrongNumber);
      Handshake noSuchStream =
          Handshake.dialer(new Membership(2, ranks.peers), ranks.key, Ranks.OPTIONS, 1, 2);
      assertHandshakeRefused(ranks, 1, noSuchStream);

      Future<double[]> first = ranks.start(0, StrangersIT::count);
      Future<double[]> last = ranks.start(2, StrangersIT::count);
      for (Future<double[]> future : List.of(first, middle, last)) {
        assertThat(Ranks.result(future)).containsExactly(3);
      }
      assertThat(log)
          .anyMatch(line -> line.endsWith(": it says that it is rank 0."))
          .anyMatch(line -> line.endsWith(": it calls rank 0."))
          .anyMatch(line -> line.endsWith(": it says that it is stream 2."));
    }
  }

  @Test
  void a_second_connection_of_a_rank_is_refused() throws Exception {
    try (Ranks ranks = new Ranks(3, Ranks.OPTIONS)) {
      Future<double[]> first = ranks.start(0, StrangersIT::count);
      Future<double[]> second = ranks.start(1, StrangersIT::count);
      Membership members = new Membership(1, ranks.peers);
      Thread.sleep(300);
      assertHandshakeRefused(ranks, 0, Handshake.dialer(members, ranks.key, Ranks.OPTIONS, 0, 0));

      Future<double[]> third = ranks.start(2, StrangersIT::count);
      for (Future<double[]> future : List.of(first, second, third)) {
        assertThat(Ranks.result(future)).containsExactly(3);
      }
      assertThat(log).anyMatch(line -> line.endsWith(": rank 1 (host-1) is connected already."));
    }
  }

  /** What rank 1 says in its first handshake with rank 0, taken down by someone in between. */
  private static byte[] recordDialer(Ranks ranks) throws Exception {
    try (Relay relay = new Relay(ranks.peers.get(0), Duration.ZERO)) {
      List<Peer> misled = List.of(relay.peer(), ranks.peers.get(1));
      Future<double[]> first = ranks.start(0, StrangersIT::count);
      Future<double[]> second = ranks.start(1, misled, StrangersIT::count);
      assertThat(Ranks.result(first)).containsExactly(2);
      assertThat(Ranks.result(second)).containsExactly(2);
      return relay.beginning(Handshake.HELLO_BYTES + JobKey.MAC_BYTES);
    }
  }

  private static double[] count(Collective collective) {
    return collective.sum(1);
  }

  private static void assertJobWorks(Ranks ranks, Future<double[]> first) throws Exception {
    Future<double[]> second = ranks.start(1, StrangersIT::count);
    assertThat(Ranks.result(first)).containsExactly(2);
    assertThat(Ranks.result(second)).containsExactly(2);
  }

  private static Socket call(Ranks ranks, int rank) throws IOException {
    Socket socket = new Socket(InetAddress.getLoopbackAddress(), ranks.peers.get(rank).port());
    socket.setSoTimeout(MILLIS_TO_REFUSE);
    return socket;
  }

  /** The other side closes without having sent a byte; fails with a timeout if it does not. */
  private static void assertRefused(Socket stranger) throws IOException {
    try {
      assertThat(stranger.getInputStream().read()).isEqualTo(-1);
    } catch (SocketException e) {
      assertThat(e).hasMessage("Connection reset");
    }
  }

  private static void assertHandshakeRefused(Ranks ranks, int rank, Handshake handshake)
      throws IOException {
    try (SocketChannel channel =
        SocketChannel.open(
            new InetSocketAddress(
                InetAddress.getLoopbackAddress(), ranks.peers.get(rank).port()))) {
      assertThatThrownBy(() -> handshake.advance(channel))
          .isInstanceOfAny(EOFException.class, SocketException.class);
    }
  }
}
