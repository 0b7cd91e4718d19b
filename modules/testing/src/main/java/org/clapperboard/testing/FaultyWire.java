package org.clapperboard.testing;

import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Function;

/**
 * Stands between a client and an HTTP server and does to some requests what networks and busy
 * servers do. Every connection carries one request.
 */
public final class FaultyWire implements AutoCloseable {
  private static final int SOME_BYTES = 500;
  private static final int MILLIS_LATE = 200;

  /** What happens to a request. */
  public enum Fault {
    /** Nothing. */
    NONE,
    /** The server says that it has a problem of its own. */
    INTERNAL_ERROR,
    /** The server asks to be asked less. */
    SLOW_DOWN,
    /** Nothing, but it takes a while. */
    LATE,
    /** The connection is reset before the server hears of the request. */
    RESET,
    /** The connection is reset within the answer. */
    CUT_ANSWER,
    /** The server does what it is asked for, and the client never hears of it. */
    LOST_ANSWER
  }

  private final ServerSocket socket;
  private final int server;
  private final Function<String, Fault> faults;
  private final Map<Fault, Integer> counts = new EnumMap<>(Fault.class);
  private final ExecutorService threads =
      Executors.newCachedThreadPool(
          task -> {
            Thread thread = new Thread(task, "faulty-wire");
            thread.setDaemon(true);
            return thread;
          });

  private FaultyWire(ServerSocket socket, int server, Function<String, Fault> faults) {
    this.socket = socket;
    this.server = server;
    this.faults = faults;
  }

  /**
   * A wire to a port of this machine.
   *
   * @param faults what happens to a request, of which it is given the first line
   */
  public static FaultyWire to(int server, Function<String, Fault> faults) throws IOException {
    FaultyWire wire =
        new FaultyWire(new ServerSocket(0, 50, InetAddress.getLoopbackAddress()), server, faults);
    wire.threads.execute(wire::accept);
    return wire;
  }

  /** What clients connect to. */
  public int port() {
    return socket.getLocalPort();
  }

  /** How often what happened. */
  public synchronized Map<Fault, Integer> counts() {
    return new EnumMap<>(counts);
  }

  private void accept() {
    while (!socket.isClosed()) {
      try {
        Socket client = socket.accept();
        threads.execute(() -> serve(client));
      } catch (IOException e) {
        return;
      }
    }
  }

  private void serve(Socket client) {
    try (client) {
      String head = head(client.getInputStream());
      String request = head.substring(0, head.indexOf('\r'));
      Fault fault;
      synchronized (this) {
        fault = faults.apply(request);
        counts.merge(fault, 1, Integer::sum);
      }
      switch (fault) {
        case INTERNAL_ERROR -> refuse(client, request, 500, "InternalError");
        case SLOW_DOWN -> refuse(client, request, 503, "SlowDown");
        case RESET -> reset(client);
        case LATE -> {
          Thread.sleep(MILLIS_LATE);
          pass(client, head, fault);
        }
        case NONE, CUT_ANSWER, LOST_ANSWER -> pass(client, head, fault);
      }
    } catch (IOException e) {
      // The client went away, or the server did: that is what this is for.
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static String head(InputStream in) throws IOException {
    ByteArrayOutputStream head = new ByteArrayOutputStream();
    int ends = 0;
    while (ends < 4) {
      int next = in.read();
      if (next < 0) {
        throw new EOFException();
      }
      head.write(next);
      ends = next == (ends % 2 == 0 ? '\r' : '\n') ? ends + 1 : next == '\r' ? 1 : 0;
    }
    return head.toString(StandardCharsets.ISO_8859_1);
  }

  private static void refuse(Socket client, String request, int status, String code)
      throws IOException {
    String body = "<Error><Code>" + code + "</Code><Message>" + code + "</Message></Error>";
    String answer =
        "HTTP/1.1 %d %s\r\nContent-Type: application/xml\r\nContent-Length: %d\r\n"
                .formatted(status, code, body.length())
            + "Connection: close\r\n\r\n"
            + (request.startsWith("HEAD") ? "" : body);
    client.getOutputStream().write(answer.getBytes(StandardCharsets.ISO_8859_1));
    client.shutdownOutput();
    client.setSoTimeout(200);
    client.getInputStream().transferTo(OutputStream.nullOutputStream());
  }

  private static void reset(Socket client) throws IOException {
    client.setSoLinger(true, 0);
    client.close();
  }

  private void pass(Socket client, String head, Fault fault) throws IOException {
    try (Socket upstream = new Socket(InetAddress.getLoopbackAddress(), server)) {
      upstream.getOutputStream().write(withoutKeepAlive(head));
      threads.execute(() -> copy(client, upstream));
      InputStream answer = upstream.getInputStream();
      String start = head(answer);
      while (start.startsWith("HTTP/1.1 100")) {
        client.getOutputStream().write(start.getBytes(StandardCharsets.ISO_8859_1));
        start = head(answer);
      }
      if (fault == Fault.LOST_ANSWER) {
        answer.transferTo(OutputStream.nullOutputStream());
        reset(client);
        return;
      }
      OutputStream out = client.getOutputStream();
      out.write(withoutKeepAlive(start));
      if (fault == Fault.CUT_ANSWER) {
        out.write(answer.readNBytes(SOME_BYTES));
        out.flush();
        reset(client);
        return;
      }
      answer.transferTo(out);
    }
  }

  private static byte[] withoutKeepAlive(String head) {
    String plain = head.replaceAll("(?i)\r\nConnection:[^\r]*", "");
    return plain
        .replaceFirst("\r\n", "\r\nConnection: close\r\n")
        .getBytes(StandardCharsets.ISO_8859_1);
  }

  private static void copy(Socket from, Socket to) {
    try {
      from.getInputStream().transferTo(to.getOutputStream());
    } catch (IOException e) {
      // Both ends are closed when the answer is there.
    }
  }

  @Override
  public void close() throws IOException {
    socket.close();
    threads.shutdownNow();
  }
}
