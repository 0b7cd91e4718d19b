package org.clapperboard.serve;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.File;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.WebSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** A Chromium without a window, driven by its DevTools protocol. */
final class Browser implements AutoCloseable {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final List<String> NAMES =
      List.of("chromium", "chromium-browser", "google-chrome", "google-chrome-stable");
  private static final int SECONDS = 40;

  private final Process process;
  private final WebSocket socket;
  private final Map<Integer, CompletableFuture<JsonNode>> replies = new ConcurrentHashMap<>();
  private final List<String> complaints = new CopyOnWriteArrayList<>();
  private int next;

  private Browser(Process process, URI page) {
    this.process = process;
    this.socket =
        HttpClient.newHttpClient().newWebSocketBuilder().buildAsync(page, new Listener()).join();
  }

  /** The program, if one is installed. */
  static Optional<Path> installed() {
    return Stream.of(System.getenv("PATH").split(File.pathSeparator, -1))
        .flatMap(folder -> NAMES.stream().map(name -> Path.of(folder, name)))
        .filter(Files::isExecutable)
        .findFirst();
  }

  /** Starts one that keeps what it must keep in a folder. */
  static Browser start(Path program, Path folder) throws IOException, InterruptedException {
    Process process =
        new ProcessBuilder(
                program.toString(),
                "--headless=new",
                // Tests often run as root in a container, where Chromium has no sandbox.
                "--no-sandbox",
                "--disable-gpu",
                "--disable-dev-shm-usage",
                "--disable-extensions",
                "--no-first-run",
                "--remote-debugging-port=0",
                "--user-data-dir=" + folder,
                "about:blank")
            .redirectErrorStream(true)
            .redirectOutput(folder.resolveSibling("browser.log").toFile())
            .start();
    try {
      Path told = folder.resolve("DevToolsActivePort");
      for (int i = 0; i < 10 * SECONDS && (!Files.exists(told) || Files.size(told) == 0); i++) {
        Thread.sleep(100);
      }
      String port = Files.readAllLines(told).get(0);
      return new Browser(process, page(port));
    } catch (IOException | RuntimeException e) {
      process.destroy();
      throw e;
    }
  }

  private static URI page(String port) throws IOException, InterruptedException {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/json/list")).build();
    for (int i = 0; i < 10 * SECONDS; i++) {
      JsonNode targets =
          JSON.readTree(
              HttpClient.newHttpClient()
                  .send(request, HttpResponse.BodyHandlers.ofString())
                  .body());
      for (JsonNode target : targets) {
        if (target.path("type").asText().equals("page")) {
          return URI.create(target.get("webSocketDebuggerUrl").asText());
        }
      }
      Thread.sleep(100);
    }
    throw new IOException("the browser has no page");
  }

  /** Opens an address in a window of a size; what goes wrong in the page is remembered. */
  void open(URI address, int width, int height) {
    for (String domain : List.of("Page", "Runtime", "Log", "DOM")) {
      send(domain + ".enable", JSON.createObjectNode());
    }
    resize(width, height);
    // A picture of the whole page has no place for them.
    send("Emulation.setScrollbarsHidden", JSON.createObjectNode().put("hidden", true));
    send("Page.navigate", JSON.createObjectNode().put("url", address.toString()));
    await("document.readyState === 'complete' && location.href !== 'about:blank'");
  }

  void resize(int width, int height) {
    send(
        "Emulation.setDeviceMetricsOverride",
        JSON.createObjectNode()
            .put("width", width)
            .put("height", height)
            .put("deviceScaleFactor", 1)
            .put("mobile", false));
  }

  /** As if the person liked {@code light} or {@code dark}. */
  void prefer(String scheme) {
    ObjectNode media = JSON.createObjectNode();
    media.putArray("features").addObject().put("name", "prefers-color-scheme").put("value", scheme);
    send("Emulation.setEmulatedMedia", media);
  }

  /** What an expression is in the page. */
  JsonNode value(String expression) {
    JsonNode reply =
        send(
            "Runtime.evaluate",
            JSON.createObjectNode()
                .put("expression", expression)
                .put("awaitPromise", true)
                .put("returnByValue", true));
    if (reply.has("exceptionDetails")) {
      throw new AssertionError(expression + ": " + reply.get("exceptionDetails"));
    }
    return reply.path("result").path("value");
  }

  /** Waits until an expression is true in the page. */
  void await(String expression) {
    long end = System.nanoTime() + SECONDS * 1_000_000_000L;
    while (!value("Boolean(" + expression + ")").asBoolean()) {
      if (System.nanoTime() > end) {
        throw new AssertionError(
            expression + " did not come; the page says: " + value("document.body.innerText"));
      }
      try {
        Thread.sleep(50);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IllegalStateException(e);
      }
    }
  }

  /** Chooses a file as a person does in the dialogue. */
  void choose(String selector, Path file) {
    JsonNode found =
        send(
            "Runtime.evaluate",
            JSON.createObjectNode()
                .put("expression", "document.querySelector('" + selector + "')"));
    ObjectNode chosen =
        JSON.createObjectNode().put("objectId", found.at("/result/objectId").asText());
    chosen.putArray("files").add(file.toString());
    send("DOM.setFileInputFiles", chosen);
  }

  /** Types into an element. */
  void type(String selector, String text) {
    value("document.querySelector('" + selector + "').focus()");
    send("Input.insertText", JSON.createObjectNode().put("text", text));
  }

  /** Clicks at the middle of an element with the mouse. */
  void click(String selector) {
    JsonNode middle =
        value(
            "(() => { const e = document.querySelector('"
                + selector
                + "'); e.scrollIntoView({block: 'center'}); const r = e.getBoundingClientRect();"
                + " return [r.x + r.width / 2, r.y + r.height / 2]; })()");
    for (String event : List.of("mousePressed", "mouseReleased")) {
      send(
          "Input.dispatchMouseEvent",
          JSON.createObjectNode()
              .put("type", event)
              .put("x", middle.get(0).asDouble())
              .put("y", middle.get(1).asDouble())
              .put("button", "left")
              .put("clickCount", 1));
    }
  }

  /** A picture of the whole page as PNG. */
  void screenshot(Path file) throws IOException {
    JsonNode reply =
        send(
            "Page.captureScreenshot",
            JSON.createObjectNode().put("format", "png").put("captureBeyondViewport", true));
    Files.createDirectories(file.getParent());
    Files.write(file, Base64.getDecoder().decode(reply.get("data").asText()));
  }

  /** Errors of scripts, of the network and of what the page's policy forbids. */
  List<String> complaints() {
    return List.copyOf(complaints);
  }

  private JsonNode send(String method, ObjectNode parameters) {
    int id = ++next;
    CompletableFuture<JsonNode> reply = new CompletableFuture<>();
    replies.put(id, reply);
    ObjectNode command = JSON.createObjectNode().put("id", id).put("method", method);
    command.set("params", parameters);
    socket.sendText(command.toString(), true).join();
    JsonNode answer = reply.orTimeout(SECONDS, TimeUnit.SECONDS).join();
    if (answer.has("error")) {
      throw new AssertionError(method + ": " + answer.get("error"));
    }
    return answer.path("result");
  }

  private final class Listener implements WebSocket.Listener {
    private final StringBuilder message = new StringBuilder();

    @Override
    public CompletionStage<?> onText(WebSocket from, CharSequence part, boolean last) {
      message.append(part);
      if (last) {
        receive(message.toString());
        message.setLength(0);
      }
      from.request(1);
      return null;
    }

    private void receive(String text) {
      try {
        JsonNode event = JSON.readTree(text);
        if (event.has("id")) {
          replies.remove(event.get("id").asInt()).complete(event);
        } else if (event.path("method").asText().equals("Runtime.exceptionThrown")
            || event.at("/params/entry/level").asText().equals("error")) {
          complaints.add(text);
        }
      } catch (IOException e) {
        complaints.add(e + ": " + text);
      }
    }
  }

  @Override
  public void close() {
    try {
      socket.sendText("{\"id\": 0, \"method\": \"Browser.close\"}", true).join();
      if (!process.waitFor(10, TimeUnit.SECONDS)) {
        process.destroyForcibly();
      }
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    }
  }
}
