package org.clapperboard.collective;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** Someone between the ranks: passes bytes on, slowly if wanted, and takes down what was said. */
final class Relay implements AutoCloseable {

  private static final int BYTES_AT_A_TIME = 4096;

  private final ServerSocket front = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
  private final List<Socket> sockets = new CopyOnWriteArrayList<>();
  private final ByteArrayOutputStream firstCaller = new ByteArrayOutputStream();
  private final Peer behind;
  private final Duration pause;
  private final Change change;

  /** What becomes of the bytes of the first caller. */
  interface Change {
    /** The byte that is passed on in place of the one at an offset of what was said so far. */
    byte of(byte[] said, int offset);
  }

  /**
   * Starts to pass on.
   *
   * @param behind where callers are passed on to
   * @param pause after every 4 KiB
   */
  Relay(Peer behind, Duration pause) throws IOException {
    this(behind, pause, (said, offset) -> said[offset]);
  }

  /** One that changes what the first caller says. */
  Relay(Peer behind, Change change) throws IOException {
    this(behind, Duration.ZERO, change);
  }

  private Relay(Peer behind, Duration pause, Change change) throws IOException {
    this.behind = behind;
    this.pause = pause;
    this.change = change;
    start(this::acceptCallers);
  }

  /** The peer that callers have to call instead. */
  Peer peer() {
    return new Peer("127.0.0.1", front.getLocalPort(), behind.name());
  }

  /** What the first caller said in the beginning. */
  byte[] beginning(int count) {
    synchronized (firstCaller) {
      return Arrays.copyOf(firstCaller.toByteArray(), count);
    }
  }

  @Override
  public void close() throws IOException {
    front.close();
    for (Socket socket : sockets) {
      socket.close();
    }
  }

  private interface Work {
    void run() throws IOException, InterruptedException;
  }

  private void start(Work work) {
    Thread thread =
        new Thread(
            () -> {
              try {
                work.run();
              } catch (IOException | InterruptedException e) {
                log(e); // One end has hung up, or the test is over.
              }
            });
    thread.start();
  }

  private static void log(Exception e) {
    System.getLogger(Relay.class.getName()).log(System.Logger.Level.DEBUG, "A relay ends.", e);
  }

  private void acceptCallers() throws IOException {
    while (true) {
      Socket caller = front.accept();
      boolean first = sockets.isEmpty();
      Socket called = new Socket(InetAddress.getLoopbackAddress(), behind.port());
      sockets.addAll(List.of(caller, called));
      start(() -> passOn(caller, called, first));
      start(() -> passOn(called, caller, false));
    }
  }

  private void passOn(Socket from, Socket to, boolean takesDown)
      throws IOException, InterruptedException {
    byte[] bytes = new byte[BYTES_AT_A_TIME];
    int count = from.getInputStream().read(bytes);
    while (count >= 0) {
      if (takesDown) {
        synchronized (firstCaller) {
          firstCaller.write(bytes, 0, count);
          byte[] said = firstCaller.toByteArray();
          for (int i = 0; i < count; i++) {
            bytes[i] = change.of(said, said.length - count + i);
          }
        }
      }
      to.getOutputStream().write(bytes, 0, count);
      Thread.sleep(pause.toMillis());
      count = from.getInputStream().read(bytes);
    }
    to.shutdownOutput();
  }
}
