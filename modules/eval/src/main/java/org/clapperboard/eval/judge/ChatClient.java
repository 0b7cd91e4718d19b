package org.clapperboard.eval.judge;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.MissingNode;
import java.io.IOException;
import java.net.ProxySelector;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpHeaders;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.clapperboard.eval.judge.Attempt.End;

/**
 * Sends requests for chat completions, each once, over HTTP/1.1 and without following redirects,
 * which would take the key to another place. The key is in no message: where an endpoint repeats
 * it, it is blotted out.
 */
final class ChatClient {
  private static final JsonMapper JSON = JsonMapper.builder().build();
  private static final long MAX_BYTES = 4 << 20;
  private static final int SHOWN = 200;
  private static final List<String> FILTERS =
      List.of("content_filter", "content_policy", "content-filter", "moderation", "ResponsibleAI");

  private final HttpClient client;
  private final URI uri;
  private final String header;
  private final String key;
  private final Duration timeout;

  /**
   * A client.
   *
   * @param key what authorizes requests; empty if the endpoint wants nothing
   * @param timeout longest time for an attempt, from its start to the last byte of its reply
   */
  ChatClient(URI uri, String header, String key, Duration timeout) {
    this.uri = uri;
    this.header = header;
    this.key = key;
    this.timeout = timeout;
    this.client =
        HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .followRedirects(HttpClient.Redirect.NEVER)
            .proxy(ProxySelector.getDefault())
            .connectTimeout(timeout)
            .build();
  }

  /** Sends a request; nothing is thrown that the endpoint or the network is to blame for. */
  Attempt send(String body) throws InterruptedException {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(uri)
            .header("Content-Type", "application/json")
            .header("Accept", "application/json")
            .POST(HttpRequest.BodyPublishers.ofString(body));
    if (!key.isEmpty()) {
      boolean bearer = header.equalsIgnoreCase("authorization");
      request.header(header, bearer ? "Bearer " + key : key);
    }
    // A request's own timeout ends with the headers, and a body may drip for ever after them.
    CompletableFuture<HttpResponse<byte[]>> sent =
        client.sendAsync(request.build(), info -> new CappedBody(MAX_BYTES));
    try {
      HttpResponse<byte[]> response = sent.get(timeout.toMillis(), TimeUnit.MILLISECONDS);
      String text = clean(new String(response.body(), StandardCharsets.UTF_8));
      return response.statusCode() == 200
          ? completion(text, body)
          : failure(response.statusCode(), response.headers(), text);
    } catch (TimeoutException e) {
      return Attempt.failed(End.BROKEN, "no reply within " + timeout.toMillis() / 1000.0 + " s");
    } catch (ExecutionException e) {
      Throwable cause = e.getCause() instanceof IOException ? e.getCause() : e;
      return Attempt.failed(End.BROKEN, "the connection failed (" + shown(reason(cause)) + ")");
    } finally {
      sent.cancel(true);
    }
  }

  private static String reason(Throwable cause) {
    return cause.getMessage() == null ? cause.getClass().getSimpleName() : cause.getMessage();
  }

  /** A text that can be written as UTF-8, without the key. */
  private String clean(String text) {
    return key.isEmpty() ? text : text.replace(key, "***");
  }

  private Attempt completion(String text, String asked) {
    JsonNode root = json(text);
    JsonNode choice = root.path("choices").path(0);
    JsonNode message = choice.path("message");
    if (!message.isObject()) {
      return Attempt.failed(End.BROKEN, "the reply is no chat completion (" + shown(text) + ")");
    }
    String content = content(message.path("content"));
    String finish = choice.path("finish_reason").asText("");
    String refusal = message.path("refusal").asText("");
    JsonNode usage = root.path("usage").path("total_tokens");
    // About four letters make a token where the endpoint does not count.
    String said = content == null ? "" : content;
    long tokens = usage.isNumber() ? usage.asLong() : (asked.length() + said.length()) / 4 + 1;
    if (finish.equals("content_filter") || (said.isEmpty() && !refusal.isEmpty())) {
      String why = refusal.isEmpty() ? "" : ": " + shown(refusal);
      return Attempt.replied(new Reply("", false, "The endpoint refused" + why + "."), tokens);
    }
    if (content == null) {
      return new Attempt(End.BROKEN, null, tokens, "the reply has no text", null);
    }
    return Attempt.replied(new Reply(content, finish.equals("length"), ""), tokens);
  }

  /** The text of a message, which some endpoints send in parts; null if it has none. */
  private static String content(JsonNode content) {
    if (content.isTextual()) {
      return writable(content.textValue());
    }
    if (!content.isArray()) {
      return null;
    }
    StringBuilder parts = new StringBuilder();
    content.forEach(part -> parts.append(part.path("text").asText("")));
    return writable(parts.toString());
  }

  /** Half a surrogate pair, which JSON can hold and UTF-8 cannot, becomes a question mark. */
  private static String writable(String text) {
    return new String(text.getBytes(StandardCharsets.UTF_8), StandardCharsets.UTF_8);
  }

  private Attempt failure(int status, HttpHeaders headers, String text) {
    JsonNode error = json(text).path("error");
    String said = error.isTextual() ? error.asText() : error.path("message").asText(text);
    String why = "it answers " + status + (said.isBlank() ? "" : " (" + shown(said) + ")");
    String codes = error.path("code").asText("") + " " + error.path("type").asText("");
    boolean client = status >= 400 && status < 500;
    if (client
        && FILTERS.stream()
            .anyMatch(filter -> (codes + error.path("innererror")).contains(filter))) {
      String refusal = "The endpoint refused: " + shown(said) + ".";
      return Attempt.replied(new Reply("", false, refusal), 0);
    }
    if (status == 402 || codes.contains("insufficient_quota")) {
      return Attempt.failed(End.NOTHING_LEFT, why);
    }
    if (status == 429 || status == 503) {
      return new Attempt(End.BUSY, null, 0, why, wait(headers));
    }
    return switch (status) {
      case 408, 409, 425 -> Attempt.failed(End.BROKEN, why);
      case 400, 413, 422 -> Attempt.failed(End.REJECTED, why);
      default -> Attempt.failed(status >= 500 ? End.BROKEN : End.HOPELESS, why);
    };
  }

  /** {@code retry-after-ms}, or {@code Retry-After} in seconds or as a date. */
  private static Duration wait(HttpHeaders headers) {
    String millis = headers.firstValue("retry-after-ms").orElse("");
    if (millis.matches("\\d{1,12}")) {
      return Duration.ofMillis(Long.parseLong(millis));
    }
    String after = headers.firstValue("retry-after").orElse("").strip();
    if (after.matches("\\d{1,9}")) {
      return Duration.ofSeconds(Long.parseLong(after));
    }
    try {
      Instant until = ZonedDateTime.parse(after, DateTimeFormatter.RFC_1123_DATE_TIME).toInstant();
      Duration wait = Duration.between(Instant.now(), until);
      return wait.isNegative() ? Duration.ZERO : wait;
    } catch (DateTimeException e) {
      return null;
    }
  }

  private static JsonNode json(String text) {
    try {
      JsonNode root = JSON.readTree(text);
      return root == null ? MissingNode.getInstance() : root;
    } catch (JsonProcessingException e) {
      return MissingNode.getInstance();
    }
  }

  private String shown(String text) {
    String line = clean(writable(text)).strip().replaceAll("\\s+", " ");
    String stop = line.endsWith(".") ? line.substring(0, line.length() - 1) : line;
    return stop.length() <= SHOWN ? stop : stop.substring(0, SHOWN) + "…";
  }

  @Override
  public String toString() {
    return String.format(
        Locale.ROOT, "%s://%s%s", uri.getScheme(), uri.getAuthority(), uri.getPath());
  }
}
