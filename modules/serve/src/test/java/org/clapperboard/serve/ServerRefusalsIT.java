package org.clapperboard.serve;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.openai.client.OpenAIClient;
import com.openai.core.JsonValue;
import com.openai.core.http.StreamResponse;
import com.openai.errors.BadRequestException;
import com.openai.errors.NotFoundException;
import com.openai.errors.OpenAIServiceException;
import com.openai.errors.UnauthorizedException;
import com.openai.models.chat.completions.ChatCompletionChunk;
import com.openai.models.chat.completions.ChatCompletionContentPart;
import com.openai.models.chat.completions.ChatCompletionContentPartText;
import com.openai.models.chat.completions.ChatCompletionCreateParams;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.clapperboard.eval.MediaFiles;
import org.clapperboard.media.Clip;
import org.clapperboard.model.Sampling;
import org.clapperboard.model.prompt.Conversation;
import org.junit.jupiter.api.Test;

/** What the server refuses, and how it bears crowds, clients that leave, and its own end. */
class ServerRefusalsIT extends ServerCase {

  @Test
  void without_the_right_key_nothing_is_answered() throws Exception {
    for (OpenAIClient stranger : List.of(client(server, "a secre"), client(server, "a secret!"))) {
      assertThatThrownBy(
              () -> stranger.chat().completions().create(params().addUserMessage("hello").build()))
          .isInstanceOf(UnauthorizedException.class)
          .hasMessageContaining("The token is missing or wrong");
    }
    for (String path : List.of("/v1/models", "/metrics")) {
      assertThat(get(server, path, null).statusCode()).as(path).isEqualTo(401);
    }
    HttpResponse<String> health = get(server, "/health", null);
    assertThat(health.body()).isEqualTo("{\"status\":\"ready\"}");
  }

  @Test
  void what_is_too_large_is_refused_before_it_is_looked_at() throws Exception {
    assertThatThrownBy(() -> ask("x".repeat(3 << 20)))
        .isInstanceOf(OpenAIServiceException.class)
        .hasMessageContaining("The body is too large (expected: at most 1048576 bytes).")
        .satisfies(e -> assertThat(((OpenAIServiceException) e).statusCode()).isEqualTo(413));
    assertThatThrownBy(() -> show(data("image/png", new byte[600_000])))
        .isInstanceOf(OpenAIServiceException.class)
        .hasMessageContaining("The file is too large (expected: at most 500000 bytes).")
        .satisfies(e -> assertThat(((OpenAIServiceException) e).statusCode()).isEqualTo(413));
    assertThatThrownBy(() -> ask("x".repeat(3000)))
        .isInstanceOf(BadRequestException.class)
        .hasMessageContaining(
            "The conversation takes 3019 positions (expected: fewer than the model's 2048).");
    assertThatThrownBy(
            () ->
                client
                    .chat()
                    .completions()
                    .create(params().maxCompletionTokens(2000).addUserMessage("hello").build()))
        .hasMessageContaining("max_tokens is 2000 (expected: at most 1500).");
    assertThat(
            post(
                    server,
                    KEY,
                    "{'model': 'tiny', 'messages': [{'role': 'user', 'content': ["
                        + "{'type': 'image_url', 'image_url': {'url': 'a.png'}},".repeat(4)
                        + "{'type': 'text', 'text': 'what ?'}]}]}")
                .body())
        .contains("There are 4 media (expected: at most 3).");
  }

  @Test
  void files_outside_of_the_folder_are_not_shown() {
    for (String url :
        List.of(
            "file:///etc/hostname",
            "../outside.png",
            temporary.resolve("outside.png").toString(),
            "link.png")) {
      assertThatThrownBy(() -> show(url))
          .as(url)
          .isInstanceOf(BadRequestException.class)
          .hasMessageContaining("The file is outside of the folder that may be read.")
          .satisfies(e -> assertThat(((BadRequestException) e).code()).hasValue("path_not_allowed"))
          .satisfies(
              e ->
                  assertThat(((BadRequestException) e).param())
                      .hasValue("messages[0].content[0].image_url"));
    }
  }

  @Test
  void what_is_no_base64_no_picture_or_no_known_model_is_told() throws Exception {
    assertThatThrownBy(() -> show("data:image/png;base64,AA*A"))
        .isInstanceOf(BadRequestException.class)
        .hasMessageContaining("Not base64: Illegal base64 character 2a.");
    assertThatThrownBy(() -> show(data("image/png", "no picture".getBytes(UTF_8))))
        .isInstanceOf(BadRequestException.class)
        .hasMessageContaining("Cannot read the file: its bytes are of no known picture format")
        .satisfies(e -> assertThat(((BadRequestException) e).code()).hasValue("invalid_media"));
    assertThatThrownBy(
            () ->
                client
                    .chat()
                    .completions()
                    .create(params().model("other").addUserMessage("hello").build()))
        .isInstanceOf(NotFoundException.class)
        .hasMessageContaining("There is no model other here (expected: tiny).");
    HttpResponse<String> broken = post(server, KEY, videoBody("{'url': 'broken.mp4'}"));
    assertThat(broken.statusCode()).isEqualTo(400);
    assertThat(broken.body()).contains("Cannot read the file: ", "invalid_media");
    assertThat(post(server, KEY, "{'model'").statusCode()).isEqualTo(400);
    assertThat(get(server, "/v1/other", KEY).statusCode()).isEqualTo(404);
    assertThat(get(server, "/v1/chat/completions", KEY).statusCode()).isEqualTo(405);
    assertThat(server.uploads()).as("nothing is left of uploads").isEmptyDirectory();
  }

  @Test
  void of_32_requests_at_once_each_gets_the_answer_it_would_get_alone() throws Exception {
    double before = metric(server, KEY, "clapperboard_batch_rows_count");
    ExecutorService threads = Executors.newFixedThreadPool(32);
    List<Future<String>> answers = new ArrayList<>();
    for (int i = 0; i < 32; i++) {
      int number = i;
      answers.add(threads.submit(() -> text(client.chat().completions().create(numbered(number)))));
    }
    MediaFiles files = new MediaFiles(oracle.folder(), Clip.WHOLE);
    Conversation.Medium still = files.image(root.resolve("a.png"));
    for (int i = 0; i < 32; i++) {
      Conversation said =
          Conversation.EMPTY.asked(i % 8 == 3 ? List.of(still) : List.of(), numberedText(i));
      Sampling sampling = new Sampling(i % 4 == 0 ? 0.8 : 0, 1, i);
      assertThat(answers.get(i).get()).as("question %d", i).isEqualTo(alone(said, sampling, MOST));
    }
    threads.shutdown();
    double batches = metric(server, KEY, "clapperboard_batch_rows_count") - before;
    assertThat(batches).as("batches for 32 requests").isBetween(4.0, 20.0);
  }

  private static String numberedText(int number) {
    return "question " + "and ".repeat(number % 5) + number;
  }

  /** Every fourth draws its tokens, every eighth shows a picture. */
  private static ChatCompletionCreateParams numbered(int number) {
    List<ChatCompletionContentPart> parts = new ArrayList<>();
    if (number % 8 == 3) {
      parts.add(image("a.png"));
    }
    parts.add(
        ChatCompletionContentPart.ofText(
            ChatCompletionContentPartText.builder().text(numberedText(number)).build()));
    return params()
        .addUserMessageOfArrayOfContentParts(parts)
        .temperature(number % 4 == 0 ? 0.8 : 0)
        .putAdditionalBodyProperty("seed", JsonValue.from(number))
        .build();
  }

  @Test
  void a_stream_that_is_closed_frees_the_model() throws Exception {
    double before = metric(server, KEY, "clapperboard_tokens_total{of=\"answers\"}");
    try (StreamResponse<ChatCompletionChunk> stream =
        client
            .chat()
            .completions()
            .createStreaming(params().maxCompletionTokens(1500).addUserMessage("go on").build())) {
      assertThat(stream.stream().limit(3)).hasSize(3);
    }
    assertThat(ask("hello")).isEqualTo(alone("hello"));
    double spent = metric(server, KEY, "clapperboard_tokens_total{of=\"answers\"}") - before;
    assertThat(spent).isLessThan(1400);
  }

  @Test
  void a_client_that_leaves_without_a_word_frees_the_model() throws Exception {
    double before =
        metric(
            server,
            KEY,
            "clapperboard_requests_total{path=\"/v1/chat/completions\",status=\"499\"}");
    String body =
        "{\"model\": \"tiny\", \"max_tokens\": 1500, \"messages\": [{\"role\": \"user\", \"content\": \"go on\"}]}";
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.address().getPort())) {
      socket.getOutputStream().write(head(body.length()).getBytes(UTF_8));
      socket.getOutputStream().write(body.getBytes(UTF_8));
      socket.getOutputStream().flush();
    }
    await(
        () ->
            metric(
                    server,
                    KEY,
                    "clapperboard_requests_total{path=\"/v1/chat/completions\",status=\"499\"}")
                > before);
  }

  private static String head(int length) {
    return "POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        + "Authorization: Bearer "
        + KEY
        + "\r\nContent-Length: "
        + length
        + "\r\n\r\n";
  }

  @Test
  void a_client_that_sends_nothing_more_is_left_and_others_are_answered() throws Exception {
    ServeLimits brief =
        new ServeLimits(
            1 << 20, 1 << 20, 3, 1500, 8, 8, Duration.ofSeconds(60), Duration.ofSeconds(1));
    try (ModelServer hasty =
            ModelServer.start(oracleServed(), new ServeConfig("127.0.0.1", 0, KEY, null, brief));
        Socket socket = new Socket(InetAddress.getLoopbackAddress(), hasty.address().getPort())) {
      socket.getOutputStream().write((head(500) + "{").getBytes(UTF_8));
      socket.getOutputStream().flush();
      String body =
          "{'model': 'tiny', 'max_tokens': 2, 'messages': [{'role': 'user', 'content': 'a'}]}";
      assertThat(post(hasty, KEY, body).statusCode()).isEqualTo(200);
      socket.setSoTimeout(10_000);
      byte[] told = socket.getInputStream().readAllBytes();
      assertThat(new String(told, UTF_8)).doesNotContain("200 OK");
    }
  }

  @Test
  void two_requests_in_one_breath_are_both_answered() throws Exception {
    String body =
        "{\"model\": \"tiny\", \"max_tokens\": 500, \"messages\": [{\"role\": \"user\", \"content\": \"go on\"}]}";
    String second = "GET /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.address().getPort())) {
      socket.getOutputStream().write((head(body.length()) + body).getBytes(UTF_8));
      socket.getOutputStream().flush();
      // While the first is at work, when the server looks whether we are still there.
      Thread.sleep(50);
      socket.getOutputStream().write(second.getBytes(UTF_8));
      socket.getOutputStream().flush();
      socket.setSoTimeout(20_000);
      String replies = new String(socket.getInputStream().readAllBytes(), UTF_8);
      assertThat(replies).containsSubsequence("200 OK", "chat.completion", "200 OK", "ready");
    }
  }

  @Test
  void too_many_and_too_long_requests_are_turned_away() throws Exception {
    ServeLimits tight =
        new ServeLimits(
            1 << 20, 1 << 20, 3, 1500, 1, 1, Duration.ofMillis(250), Duration.ofSeconds(5));
    try (ModelServer small =
        ModelServer.start(oracleServed(), new ServeConfig("127.0.0.1", 0, null, null, tight))) {
      String body =
          "{'model': 'tiny', 'max_tokens': 1500, 'messages': [{'role': 'user', 'content': 'go on'}]}";
      List<CompletableFuture<HttpResponse<String>>> all = new ArrayList<>();
      for (int i = 0; i < 4; i++) {
        all.add(HTTP.sendAsync(request(small, null, body), HttpResponse.BodyHandlers.ofString()));
        Thread.sleep(40);
      }
      List<Integer> statuses = all.stream().map(one -> one.join().statusCode()).toList();
      assertThat(statuses).contains(504, 429);
      HttpResponse<String> refused =
          all.stream()
              .map(CompletableFuture::join)
              .filter(one -> one.statusCode() == 429)
              .findFirst()
              .orElseThrow();
      assertThat(refused.headers().firstValue("Retry-After")).hasValue("1");
      assertThat(refused.body()).contains("Too many requests wait already: 1.", "rate_limit_error");
      assertThat(all.get(0).join().body())
          .contains("The answer was not finished within the time that is allowed.");
    }
  }

  private static ServedModel oracleServed() {
    return new ServedModel("tiny", served.folder(), oracle.model(), oracle.tokenizer());
  }

  @Test
  void without_a_token_only_this_machine_and_no_strange_page_may_ask() throws Exception {
    try (ModelServer open =
        ModelServer.start(oracleServed(), new ServeConfig("127.0.0.1", 0, null, null, LIMITS))) {
      String body =
          "{'model': 'tiny', 'max_tokens': 2, 'messages': [{'role': 'user', 'content': 'a'}]}";
      assertThat(post(open, null, body).statusCode()).isEqualTo(200);
      HttpRequest page =
          HttpRequest.newBuilder(request(open, null, body), (name, value) -> true)
              .header("Origin", "http://evil.example")
              .build();
      assertThat(HTTP.send(page, HttpResponse.BodyHandlers.ofString()).body())
          .contains("Pages of http://evil.example may not ask.");
      HttpRequest form =
          HttpRequest.newBuilder(open.address().resolve("/v1/chat/completions"))
              .header("Content-Type", "text/plain")
              .POST(HttpRequest.BodyPublishers.ofString(body))
              .build();
      assertThat(HTTP.send(form, HttpResponse.BodyHandlers.ofString()).statusCode()).isEqualTo(415);
      try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), open.address().getPort())) {
        socket
            .getOutputStream()
            .write(
                "GET /v1/models HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n"
                    .getBytes(UTF_8));
        assertThat(new String(socket.getInputStream().readAllBytes(), UTF_8))
            .contains("403", "Host is evil.example");
      }
      assertThat(post(open, null, videoBody("{'url': 'a.mp4'}")).body())
          .contains("it was started without a folder");
    }
  }

  @Test
  void a_server_that_stops_finishes_what_it_has_begun_and_begins_nothing() throws Exception {
    ModelServer ending =
        ModelServer.start(oracleServed(), new ServeConfig("127.0.0.1", 0, null, null, LIMITS));
    String body =
        "{'model': 'tiny', 'max_tokens': 600, 'stream': true,"
            + " 'messages': [{'role': 'user', 'content': 'go on'}]}";
    HttpRequest again = request(ending, null, body);
    HttpResponse<Stream<String>> begun =
        HTTP.send(request(ending, null, body), HttpResponse.BodyHandlers.ofLines());
    Iterator<String> lines = begun.body().iterator();
    assertThat(lines.next()).contains("chat.completion.chunk");
    CompletableFuture<Void> stopped = CompletableFuture.runAsync(ending::close);
    List<String> rest = new ArrayList<>();
    lines.forEachRemaining(rest::add);
    assertThat(rest).contains("data: [DONE]");
    stopped.join();
    assertThat(ending.uploads()).doesNotExist();
    assertThatThrownBy(() -> HTTP.send(again, HttpResponse.BodyHandlers.ofString()))
        .isInstanceOf(ConnectException.class);
  }

  @Test
  void what_is_no_http_is_refused_in_the_same_form() throws Exception {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.address().getPort())) {
      socket.getOutputStream().write("GET / HTTP/1.1\r\nHost: a b\r\n\r\n".getBytes(UTF_8));
      socket.setSoTimeout(10_000);
      String told = new String(socket.getInputStream().readAllBytes(), UTF_8);
      assertThat(told)
          .startsWith("HTTP/1.1 400 ")
          .contains("{\"error\":{\"message\":\"Bad Request.\"");
    }
  }
}
