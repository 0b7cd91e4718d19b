package org.clapperboard.serve;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Locale;
import java.util.Set;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** All paths of the server. Each request has a thread, which waits for the model. */
final class Api extends Handler.Abstract {
  private static final Logger LOG = LoggerFactory.getLogger(Api.class);
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Set<String> PATHS =
      Set.of(
          "/v1/chat/completions",
          "/v1/models",
          "/health",
          "/metrics",
          "/",
          "/page/about",
          "/page/preview");

  private final ServedModel served;
  private final ServeLimits limits;
  private final Doorman doorman;
  private final ServeMetrics metrics;
  private final Desk desk;
  private final ChatEndpoint chat;
  private final PageEndpoint page;

  Api(ServedModel served, ServeConfig config, ServeMetrics metrics, Desk desk, MediaIntake intake)
      throws IOException {
    this.served = served;
    this.limits = config.limits();
    this.doorman = new Doorman(config.token());
    this.metrics = metrics;
    this.desk = desk;
    this.page = new PageEndpoint(served, limits, intake);
    this.chat = new ChatEndpoint(served, limits, intake, desk);
  }

  @Override
  public boolean handle(Request request, Response response, Callback callback) {
    Exchange exchange = new Exchange(request, response, limits);
    String path = PATHS.contains(exchange.path()) ? exchange.path() : "other";
    try {
      metrics.request(path, answered(exchange));
      callback.succeeded();
    } catch (IOException e) {
      metrics.request(path, Completion.LEFT);
      callback.failed(e);
    }
    return true;
  }

  private int answered(Exchange exchange) throws IOException {
    try {
      return route(exchange);
    } catch (Refusal refusal) {
      exchange.refuse(refusal);
      return refusal.status();
    } catch (RuntimeException e) {
      LOG.error("Cannot answer {}", exchange.path(), e);
      if (exchange.isCommitted()) {
        throw new IOException(e);
      }
      exchange.refuse(new Refusal(500, "internal", null, "A bug; the server's log says more."));
      return 500;
    }
  }

  private int route(Exchange exchange) throws IOException {
    switch (exchange.path()) {
      case "/" -> {
        requireMethod(exchange, "GET");
        page.page(exchange);
      }
      case "/page/about" -> {
        requireMethod(exchange, "GET");
        doorman.admit(exchange);
        page.about(exchange);
      }
      case "/page/preview" -> {
        requireMethod(exchange, "POST");
        doorman.admit(exchange);
        page.preview(exchange);
      }
      case "/health" -> {
        requireMethod(exchange, "GET");
        boolean ready = desk.isOpen();
        exchange.reply(
            ready ? 200 : 503, JSON.createObjectNode().put("status", ready ? "ready" : "stopping"));
      }
      case "/metrics" -> {
        requireMethod(exchange, "GET");
        doorman.admit(exchange);
        ByteArrayOutputStream text = new ByteArrayOutputStream();
        metrics.write(text);
        exchange.reply(200, "text/plain;version=0.0.4;charset=utf-8", text.toByteArray());
      }
      case "/v1/models" -> {
        requireMethod(exchange, "GET");
        doorman.admit(exchange);
        exchange.reply(200, models());
      }
      case "/v1/chat/completions" -> {
        requireMethod(exchange, "POST");
        doorman.admit(exchange);
        requireJson(exchange);
        long start = System.nanoTime();
        try {
          return chat.handle(exchange);
        } finally {
          metrics.question(System.nanoTime() - start);
        }
      }
      default ->
          throw new Refusal(404, "unknown_path", null, "There is no " + exchange.path() + ".");
    }
    return exchange.status();
  }

  private ObjectNode models() {
    ObjectNode root = JSON.createObjectNode().put("object", "list");
    root.putArray("data")
        .addObject()
        .put("id", served.name())
        .put("object", "model")
        .put("created", 0)
        .put("owned_by", "clapperboard");
    return root;
  }

  private static void requireMethod(Exchange exchange, String method) {
    boolean head = method.equals("GET") && exchange.method().equals("HEAD");
    if (!head && !exchange.method().equals(method)) {
      exchange.response().getHeaders().put(HttpHeader.ALLOW, method);
      throw new Refusal(
          405,
          "wrong_method",
          null,
          "The method is " + exchange.method() + " (expected: " + method + ").");
    }
  }

  /** Forms of strange pages can send text, but not JSON. */
  private static void requireJson(Exchange exchange) {
    String type = exchange.header(HttpHeader.CONTENT_TYPE);
    if (type == null || !type.toLowerCase(Locale.ROOT).startsWith("application/json")) {
      throw new Refusal(
          415, "wrong_type", null, "Content-Type is " + type + " (expected: application/json).");
    }
  }
}
