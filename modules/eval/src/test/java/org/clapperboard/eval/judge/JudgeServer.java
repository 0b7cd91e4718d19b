package org.clapperboard.eval.judge;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;

/** An endpoint on this machine that answers chat completions by a script, well or badly. */
final class JudgeServer implements AutoCloseable {
  /** How an answer is sent. */
  enum Manner {
    WHOLE,
    CUT_BEFORE_HEADERS,
    CUT_IN_BODY,
    DRIPPING,
    ENDLESS
  }

  /** What is answered, after a delay. */
  record Answer(
      int status, Map<String, String> headers, String body, Manner manner, Duration delay) {

    static Answer of(int status, String body) {
      return new Answer(status, Map.of(), body, Manner.WHOLE, Duration.ZERO);
    }

    /** A chat completion with this text. */
    static Answer says(String text) {
      String escaped = text.replace("\"", "\\\"").replace("\n", "\\n");
      return of(
          200,
          "{\"choices\":[{\"index\":0,\"finish_reason\":\"stop\",\"message\":{\"role\":\"assistant\","
              + "\"content\":\""
              + escaped
              + "\"}}],\"usage\":{\"total_tokens\":100}}");
    }

    /** The verdict that most tests want. */
    static Answer yes() {
      return says("{\"pred\": \"yes\", \"score\": 4}");
    }

    Answer with(String header, String value) {
      return new Answer(status, Map.of(header, value), body, manner, delay);
    }

    Answer sent(Manner how) {
      return new Answer(status, headers, body, how, delay);
    }

    Answer after(Duration wait) {
      return new Answer(status, headers, body, manner, wait);
    }
  }

  /** What to answer to the n-th request, from 1. */
  interface Script {
    Answer answer(int request, String body) throws InterruptedException;
  }

  private final HttpServer server;
  private final ExecutorService threads = Executors.newCachedThreadPool();
  private final Script script;
  private final AtomicInteger count = new AtomicInteger();
  private final AtomicInteger now = new AtomicInteger();
  private final AtomicInteger most = new AtomicInteger();
  private final List<String> bodies = new CopyOnWriteArrayList<>();
  private final List<String> heads = new CopyOnWriteArrayList<>();

  JudgeServer(Script script) throws IOException {
    this.script = script;
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext("/", this::handle);
    server.setExecutor(threads);
    server.start();
  }

  String url() {
    return "http://127.0.0.1:" + server.getAddress().getPort() + "/v1";
  }

  /** The bodies of all requests. */
  List<String> bodies() {
    return bodies;
  }

  /** Method, address and authorization of all requests. */
  List<String> heads() {
    return heads;
  }

  /** How many were answered at a time at most. */
  int most() {
    return most.get();
  }

  private void handle(HttpExchange exchange) throws IOException {
    most.accumulateAndGet(now.incrementAndGet(), Math::max);
    try (exchange) {
      String body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
      bodies.add(body);
      heads.add(
          exchange.getRequestMethod()
              + " "
              + exchange.getRequestURI()
              + " "
              + exchange.getRequestHeaders().getFirst("Authorization"));
      Answer answer = script.answer(count.incrementAndGet(), body);
      Thread.sleep(answer.delay().toMillis());
      if (answer.manner() != Manner.CUT_BEFORE_HEADERS) {
        send(exchange, answer);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      now.decrementAndGet();
    }
  }

  private static void send(HttpExchange exchange, Answer answer)
      throws IOException, InterruptedException {
    byte[] bytes = answer.body().getBytes(StandardCharsets.UTF_8);
    answer.headers().forEach(exchange.getResponseHeaders()::add);
    boolean whole = answer.manner() == Manner.WHOLE;
    long none = -1;
    long length = bytes.length > 0 ? bytes.length : none;
    exchange.sendResponseHeaders(answer.status(), whole ? length : 1L << 40);
    OutputStream out = exchange.getResponseBody();
    switch (answer.manner()) {
      case WHOLE -> out.write(bytes);
      case CUT_IN_BODY -> out.write(bytes, 0, bytes.length / 2);
      case DRIPPING -> {
        for (int i = 0; i < 200; i++) {
          out.write(' ');
          out.flush();
          Thread.sleep(50);
        }
      }
      case ENDLESS -> {
        byte[] much = new byte[1 << 20];
        for (int i = 0; i < 1000; i++) {
          out.write(much);
        }
      }
      case CUT_BEFORE_HEADERS -> throw new IllegalStateException("There are headers");
    }
  }

  @Override
  public void close() {
    server.stop(0);
    threads.shutdownNow();
  }
}
