package org.clapperboard.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.clapperboard.app.demo.TokenizerFiles;
import org.clapperboard.config.ConfigFile;
import org.clapperboard.model.ModelConfig;
import org.clapperboard.model.ModelExport;
import org.clapperboard.model.ModelFolder;
import org.clapperboard.model.VideoLlama2;
import org.clapperboard.model.engine.TorchEngine;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The server as a script, beside Spark's libraries; what it answers is tested in its module. */
class ServeIT {
  private static final String MODEL =
      """
      language-model: {family: qwen2, vocabulary: 128, width: 16, layers: 1, heads: 2, kv-heads: 1,
        mlp-width: 8, rope-theta: 100, embedding-start: 0.5}
      """;
  private static final Pattern ADDRESS = Pattern.compile("Serving tiny at (\\S+)\n");

  @TempDir private static Path temporary;
  private static Path folder;

  @BeforeAll
  static void export() throws Exception {
    TorchEngine.start(1);
    folder = temporary.resolve("tiny");
    Path tokenizer = temporary.resolve("tokenizer");
    TokenizerFiles.write(tokenizer, 128);
    ModelConfig config =
        ConfigFile.ofText(Path.of("x.yaml"), MODEL, List.of()).read(ModelConfig::read);
    try (VideoLlama2 model = VideoLlama2.allocate(config)) {
      model.parameters().values().forEach(parameters -> parameters.initialise(3));
      ModelFolder.Shown shown =
          new ModelFolder.Shown(4, ModelFolder.Aspect.PAD, ModelFolder.SoundShape.PAPER, 1);
      ModelExport.whole().write(folder, model, shown, tokenizer, "# A model");
    }
  }

  @Test
  void the_script_serves_until_it_is_stopped() throws Exception {
    Jobs jobs = new Jobs(temporary.resolve("logs"));
    Jobs.Running running =
        jobs.start(
            Map.of("CLAPPERBOARD_TOKEN", "secret"),
            "serve.sh",
            List.of("--model", folder.toString(), "--port", "0"));
    try {
      URI address = address(running);
      String body =
          "{\"model\": \"tiny\", \"max_tokens\": 3,"
              + " \"messages\": [{\"role\": \"user\", \"content\": \"what ?\"}]}";
      assertThat(post(address, "secret", body))
          .contains("\"finish_reason\":\"length\"", "\"completion_tokens\":3");
      assertThat(post(address, "other", body)).contains("invalid_api_key");
    } finally {
      running.process().destroy();
    }
    Jobs.Ended ended = running.await();
    assertThat(ended.exitCode()).as(ended.err()).isEqualTo(143);
    assertThat(ended.err()).isEmpty();
  }

  private static URI address(Jobs.Running running) throws Exception {
    for (int i = 0; i < 600 && running.process().isAlive(); i++) {
      Matcher told = ADDRESS.matcher(Files.readString(running.out()));
      if (told.find()) {
        return URI.create(told.group(1));
      }
      Thread.sleep(100);
    }
    throw new AssertionError("It did not start: " + Files.readString(running.err()));
  }

  private static String post(URI address, String key, String body) throws Exception {
    HttpRequest request =
        HttpRequest.newBuilder(address.resolve("/v1/chat/completions"))
            .header("Content-Type", "application/json")
            .header("Authorization", "Bearer " + key)
            .POST(HttpRequest.BodyPublishers.ofString(body))
            .build();
    return HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.ofString()).body();
  }

  @Test
  void strangers_are_not_served_without_a_token() {
    Told told = Told.by(new ServeCommand(), "--model", folder.toString(), "--host", "0.0.0.0");
    assertThat(told.exitCode()).isEqualTo(2);
    assertThat(told.text())
        .startsWith(
            "Cannot serve at 0.0.0.0 without a token: whoever reaches this machine could ask.");
  }
}
