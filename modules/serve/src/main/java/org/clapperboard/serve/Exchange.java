package org.clapperboard.serve;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.concurrent.TimeoutException;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;

/** One request and its response, with plain streams. Belongs to one thread. */
final class Exchange {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final int DRAINED_BYTES = 16 << 20;
  private static final long DRAINED_NANOS = 5_000_000_000L;

  private final Request request;
  private final Response response;
  private final ServeLimits limits;

  Exchange(Request request, Response response, ServeLimits limits) {
    this.request = request;
    this.response = response;
    this.limits = limits;
    // Silence while the model thinks is no failure; a read or write that is stuck is one.
    request.addIdleTimeoutListener(Exchange::ignored);
  }

  private static boolean ignored(TimeoutException silence) {
    return false;
  }

  String method() {
    return request.getMethod();
  }

  String path() {
    return Request.getPathInContext(request);
  }

  String header(HttpHeader header) {
    return request.getHeaders().get(header);
  }

  String parameter(String name) {
    return Request.extractQueryParameters(request).getValue(name);
  }

  /** Bytes of the body as the client says, or -1. */
  long length() {
    return request.getLength();
  }

  boolean hasLeft() {
    return WatchedConnector.hasLeft(request);
  }

  boolean isCommitted() {
    return response.isCommitted();
  }

  int status() {
    return response.getStatus();
  }

  Response response() {
    return response;
  }

  /**
   * The body.
   *
   * @throws Refusal if it is longer than allowed, or takes too long to come
   */
  byte[] body(long mostBytes) throws IOException {
    if (length() > mostBytes) {
      throw Refusal.tooLarge(null, "The body", mostBytes);
    }
    long end = System.nanoTime() + limits.read().toNanos();
    ByteArrayOutputStream body = new ByteArrayOutputStream();
    byte[] part = new byte[1 << 16];
    InputStream in = Content.Source.asInputStream(request);
    for (int read = in.read(part); read >= 0; read = in.read(part)) {
      body.write(part, 0, read);
      if (body.size() > mostBytes) {
        throw Refusal.tooLarge(null, "The body", mostBytes);
      }
      if (System.nanoTime() - end > 0) {
        throw new Refusal(408, "slow", null, "The body did not come within the time allowed.");
      }
    }
    return body.toByteArray();
  }

  void reply(int status, JsonNode value) throws IOException {
    reply(status, "application/json", JSON.writeValueAsBytes(value));
  }

  void reply(int status, String type, byte[] bytes) throws IOException {
    response.setStatus(status);
    response.getHeaders().put(HttpHeader.CONTENT_TYPE, type);
    response.getHeaders().put(HttpHeader.CONTENT_LENGTH, bytes.length);
    response.getHeaders().put("X-Content-Type-Options", "nosniff");
    try (OutputStream out = Content.Sink.asOutputStream(response)) {
      out.write(bytes);
    }
  }

  /** Begins a stream of events. */
  OutputStream events() {
    response.setStatus(200);
    response.getHeaders().put(HttpHeader.CONTENT_TYPE, "text/event-stream;charset=utf-8");
    response.getHeaders().put(HttpHeader.CACHE_CONTROL, "no-cache");
    return Content.Sink.asOutputStream(response);
  }

  void refuse(Refusal refusal) throws IOException {
    drain();
    if (refusal.status() == 401) {
      response.getHeaders().put(HttpHeader.WWW_AUTHENTICATE, "Bearer");
    }
    if (refusal.passes()) {
      response.getHeaders().put(HttpHeader.RETRY_AFTER, "1");
    }
    reply(refusal.status(), error(refusal));
  }

  static ObjectNode error(Refusal refusal) {
    ObjectNode root = JSON.createObjectNode();
    root.putObject("error")
        .put("message", refusal.getMessage())
        .put("type", refusal.type())
        .put("param", refusal.param())
        .put("code", refusal.code());
    return root;
  }

  /** A client that is still sending does not listen; up to some bytes it is let have its say. */
  private void drain() {
    long end = System.nanoTime() + DRAINED_NANOS;
    byte[] part = new byte[1 << 16];
    try {
      InputStream in = Content.Source.asInputStream(request);
      int all = 0;
      for (int read = in.read(part); read >= 0; read = in.read(part)) {
        all += read;
        if (all > DRAINED_BYTES || System.nanoTime() - end > 0) {
          return;
        }
      }
    } catch (IOException e) {
      // Then it is not there to be told either, which the reply will find out.
      return;
    }
  }
}
