package org.clapperboard.serve;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.openai.client.OpenAIClient;
import com.openai.client.okhttp.OpenAIOkHttpClient;
import com.openai.models.chat.completions.ChatCompletion;
import com.openai.models.chat.completions.ChatCompletionContentPart;
import com.openai.models.chat.completions.ChatCompletionContentPartImage;
import com.openai.models.chat.completions.ChatCompletionCreateParams;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Set;
import java.util.function.BooleanSupplier;
import org.clapperboard.model.Generator;
import org.clapperboard.model.Sampling;
import org.clapperboard.model.prompt.Conversation;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;

/** A server with a tiny model, and what its tests ask it with. */
abstract class ServerCase {
  static final String KEY = "a secret";
  static final int MOST = 24;
  static final ObjectMapper JSON = new ObjectMapper();
  static final HttpClient HTTP = HttpClient.newHttpClient();
  static final ServeLimits LIMITS =
      new ServeLimits(
          1 << 20, 500_000, 3, 1500, 64, 8, Duration.ofSeconds(60), Duration.ofSeconds(20));

  @TempDir static Path temporary;
  static Path root;
  static ServedModel oracle;
  static ServedModel served;
  static ModelServer server;
  static OpenAIClient client;

  @BeforeAll
  static void start() throws IOException {
    Path model = TinyModel.write(temporary);
    oracle = ServedModel.load("tiny", model);
    served = ServedModel.load("tiny", model);
    root = Files.createDirectories(temporary.resolve("shown"));
    Files.write(root.resolve("a.mp4"), TinyModel.video());
    Files.write(root.resolve("a.png"), TinyModel.picture());
    Files.writeString(root.resolve("broken.mp4"), "no video at all");
    Files.write(temporary.resolve("outside.png"), TinyModel.picture());
    Files.createSymbolicLink(root.resolve("link.png"), temporary.resolve("outside.png"));
    server = ModelServer.start(served, new ServeConfig("127.0.0.1", 0, KEY, root, LIMITS));
    client = client(server, KEY);
  }

  @AfterAll
  static void stop() {
    server.close();
    served.close();
    oracle.close();
  }

  static OpenAIClient client(ModelServer server, String key) {
    return OpenAIOkHttpClient.builder()
        .baseUrl(server.address() + "/v1")
        .apiKey(key)
        .maxRetries(0)
        .build();
  }

  static ChatCompletionCreateParams.Builder params() {
    return ChatCompletionCreateParams.builder().model("tiny").maxCompletionTokens(MOST);
  }

  /** What the model says when nobody else asks. */
  static String alone(Conversation said, Sampling sampling, int most) {
    int[] ids =
        new Generator(oracle.model(), Set.of(oracle.tokenizer().endId()), most)
            .choosing(sampling)
            .answer(List.of(said.prompt(oracle.tokenizer().prompts())))
            .get(0);
    return oracle.tokenizer().decode(ids);
  }

  static String alone(String question) {
    return alone(Conversation.EMPTY.asked(List.of(), question), Sampling.GREEDY, MOST);
  }

  static String text(ChatCompletion completion) {
    return completion.choices().get(0).message().content().orElseThrow();
  }

  static String ask(String question) {
    return text(client.chat().completions().create(params().addUserMessage(question).build()));
  }

  static String show(String url) {
    return text(
        client
            .chat()
            .completions()
            .create(params().addUserMessageOfArrayOfContentParts(List.of(image(url))).build()));
  }

  static ChatCompletionContentPart image(String url) {
    return ChatCompletionContentPart.ofImageUrl(
        ChatCompletionContentPartImage.builder()
            .imageUrl(ChatCompletionContentPartImage.ImageUrl.builder().url(url).build())
            .build());
  }

  static String data(String type, byte[] bytes) {
    return "data:" + type + ";base64," + Base64.getEncoder().encodeToString(bytes);
  }

  static HttpRequest request(ModelServer to, String key, String body) {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(to.address().resolve("/v1/chat/completions"))
            .header("Content-Type", "application/json")
            .POST(HttpRequest.BodyPublishers.ofString(body.replace('\'', '"')));
    return (key == null ? request : request.header("Authorization", "Bearer " + key)).build();
  }

  static HttpResponse<String> post(ModelServer to, String key, String body)
      throws IOException, InterruptedException {
    return HTTP.send(request(to, key, body), HttpResponse.BodyHandlers.ofString());
  }

  static HttpResponse<String> get(ModelServer from, String path, String key)
      throws IOException, InterruptedException {
    HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(from.address() + path));
    return HTTP.send(
        (key == null ? request : request.header("Authorization", "Bearer " + key)).build(),
        HttpResponse.BodyHandlers.ofString());
  }

  static double metric(ModelServer from, String key, String name) {
    try {
      return get(from, "/metrics", key)
          .body()
          .lines()
          .filter(line -> line.startsWith(name + " "))
          .mapToDouble(line -> Double.parseDouble(line.substring(name.length() + 1)))
          .findFirst()
          .orElse(0);
    } catch (IOException | InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  static void await(BooleanSupplier condition) throws InterruptedException {
    long end = System.nanoTime() + 20_000_000_000L;
    while (!condition.getAsBoolean()) {
      assertThat(System.nanoTime()).as("it never came").isLessThan(end);
      Thread.sleep(20);
    }
  }

  static String videoBody(String link) {
    return "{'model': 'tiny', 'max_tokens': "
        + MOST
        + ", 'messages': [{'role': 'user', 'content': [{'type': 'video_url', 'video_url': "
        + link
        + "}, {'type': 'text', 'text': 'what ?'}]}]}";
  }
}
