package org.clapperboard.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.StreamSupport;
import org.clapperboard.config.BadCheckpoint;
import org.clapperboard.model.prompt.ChatTemplate;
import org.clapperboard.model.prompt.ChatTemplate.GenerationPrompt;
import org.clapperboard.model.prompt.Prompts;
import org.clapperboard.model.prompt.Prompts.Style;
import org.clapperboard.model.prompt.Prompts.Tokens;
import org.clapperboard.model.prompt.Tokenizer;
import org.clapperboard.model.prompt.Turn;
import org.clapperboard.testing.GoldenFixtures.Fixture;

/** Checks prompts, token ids and which of them are learned. */
final class GoldenPrompts {
  private static final String SAFETY = "<<SYS>>\n<<SYS>>\n";

  private final GoldenNumbers numbers;
  private final JsonNode templates;
  private final GoldenBytes encoder;

  private GoldenPrompts(GoldenNumbers numbers, JsonNode templates, GoldenBytes encoder) {
    this.numbers = numbers;
    this.templates = templates;
    this.encoder = encoder;
  }

  static void prompts(GoldenNumbers numbers) {
    JsonNode json = numbers.json();
    // The audio-visual set uses the templates and the tokenizer of its sibling.
    Fixture sibling = new Fixture(numbers.run().fixture().folder(), "10_prompts");
    JsonNode main = json.has("templates") ? json : sibling.json();
    numbers.run().told("tokenizer");
    main.get("tokenizer").path("description"); // Of what the tokenizer below does.
    GoldenPrompts prompts =
        new GoldenPrompts(numbers, main.get("templates"), new GoldenBytes(main.get("tokenizer")));
    json.path("preprocess").forEach(prompts::chat);
    json.path("preprocess_plain_main").forEach(prompts::plain);
    json.path("preprocess_plain").forEach(prompts::bare);
    json.path("mm_infer").forEach(prompts::inference);
    prompts.legacy();
    if (json.has("modal_index_map")) {
      JsonNode map = json.get("modal_index_map");
      int[] expected = {
        map.get("<image>").asInt(), map.get("<video>").asInt(), map.get("<audio>").asInt()
      };
      int[] ours = {Example.IMAGE, Example.VIDEO, Example.AUDIO};
      numbers.run().equal("modal_index_map", ours, expected);
    }
  }

  private void chat(JsonNode sample) {
    String template = sample.get("template").asText();
    String name = "preprocess/" + template + "/" + sample.get("name").asText();
    Tokens tokens = prompts(template).training(turns(sample.get("conversation")), Style.CHAT);
    numbers.equal(name + "/ids", tokens.ids(), sample.get("input_ids"));
    numbers.run().equal(name + "/labels", tokens.labels(), labels(sample));
    numbers
        .run()
        .equal(name + "/prompt", encoder.decode(tokens.ids()), sample.get("prompt").asText());
    List<Turn> moved = turns(sample.get("after_preprocess_multimodal"));
    Tokens again = prompts(template).training(moved, Style.CHAT);
    numbers.equal(name + "/after_preprocess_multimodal", again.ids(), sample.get("input_ids"));
    sample.path("modal_token");
    assertThat(sample.get("unmasked_equals_input").asBoolean()).isTrue();
  }

  /** What the fixture says is learned, with its text. */
  private int[] labels(JsonNode sample) {
    int[] ids = GoldenNumbers.ints(sample.get("input_ids"));
    int[] labels = new int[ids.length];
    Arrays.fill(labels, Example.IGNORED);
    for (JsonNode span : sample.get("supervised")) {
      int from = span.get(0).asInt();
      int to = span.get(1).asInt();
      System.arraycopy(ids, from, labels, from, to - from);
      assertThat(encoder.decode(Arrays.copyOfRange(ids, from, to))).isEqualTo(span.get(2).asText());
    }
    return labels;
  }

  private void plain(JsonNode sample) {
    String name = "plain/" + sample.get("name").asText();
    sample.path("modal_token");
    Tokens tokens = prompts("qwen").training(turns(sample.get("conversation")), Style.PLAIN);
    if (sample.has("error")) {
      numbers
          .run()
          .otherwise(
              "fails in " + name + " with \"" + sample.get("error").asText() + "\"",
              "a conversation without its placeholder is refused when it meets its medium",
              () ->
                  assertThatThrownBy(() -> tokens.with(List.of(new Example.Media(null, null))))
                      .isInstanceOf(IllegalArgumentException.class)
                      .hasMessageContaining("0 placeholders")
                      .hasMessageContaining("1 media"));
      return;
    }
    same(name, sample, tokens);
    numbers.run().equal(name + "/text", encoder.decode(tokens.ids()), sample.get("text").asText());
  }

  private void bare(JsonNode sample) {
    String template = sample.get("template").asText();
    String name = "bare/" + template + "/" + sample.get("modal_token").asText();
    Tokens tokens = prompts(template).training(turns(sample.get("conversation")), Style.BARE);
    same(name, sample, tokens);
    numbers
        .run()
        .equal(name + "/prompt", encoder.decode(tokens.ids()), sample.get("prompt").asText());
  }

  private void same(String name, JsonNode sample, Tokens tokens) {
    numbers.equal(name + "/ids", tokens.ids(), sample.get("input_ids"));
    numbers.equal(name + "/labels", tokens.labels(), sample.get("labels"));
  }

  private void inference(JsonNode sample) {
    String modal = sample.get("modal").asText();
    JsonNode instruct = sample.path("instruct");
    boolean text = modal.equals("text");
    List<Turn> turns = instruction(text ? "" : "<" + modal + ">\n", instruct);
    String template = sample.has("template") ? sample.get("template").asText() : "qwen";
    sample.path("model_type");
    settings(sample.path("generate"));
    Tokens ours = prompts(template).question(turns);
    assertThat(Arrays.stream(ours.ids()).filter(id -> id < 0).count()).isEqualTo(text ? 0 : 1);
    assertThat(sample.path("images")).hasSize(text || !sample.has("images") ? 0 : 1);
    String theirs = sample.get("prompt").asText();
    String name = "mm_infer/" + template + "/" + modal + "/" + turns.size();
    int[] ids = GoldenNumbers.ints(sample.get("input_ids"));
    assertThat(encoder.decode(ids)).isEqualTo(theirs);
    if (theirs.contains(SAFETY)) {
      numbers
          .run()
          .otherwise(
              "puts a safety text with doubled markers before " + name + ", unseen in training",
              "the prompt is that of training" + (text ? ", without an empty line" : ""),
              () -> assertThat(encoder.decode(ours.ids())).isEqualTo(withoutSafety(theirs, text)));
    } else if (text) {
      numbers
          .run()
          .otherwise(
              "begins " + name + " with an empty line, unseen in training",
              "the question stands as it is",
              () ->
                  assertThat(encoder.decode(ours.ids()))
                      .isEqualTo(theirs.replace("user\n\n", "user\n")));
    } else {
      numbers.run().equal(name, ours.ids(), ids);
    }
  }

  /** The reference's prompt without what it added, and without its empty line. */
  private static String withoutSafety(String prompt, boolean text) {
    String end = "<</SYS>>\n<</SYS>>\n\n";
    int from = prompt.indexOf(SAFETY);
    int to = prompt.indexOf(end) + end.length();
    String rest = prompt.substring(to);
    return prompt.substring(0, from) + (text ? rest.stripLeading() : rest);
  }

  /** Greedy search is what our generator does unless asked otherwise. */
  private void settings(JsonNode generate) {
    if (!generate.isMissingNode()) {
      assertThat(generate.get("do_sample").asBoolean()).isFalse();
      List.of("temperature", "max_new_tokens", "top_p", "use_cache", "pad_token_id")
          .forEach(generate::path);
    }
  }

  private static List<Turn> instruction(String placeholder, JsonNode instruct) {
    if (!instruct.isArray()) {
      String question = instruct.isMissingNode() ? "What do you hear?" : instruct.asText();
      return List.of(Turn.user(placeholder + question));
    }
    List<Turn> turns = new ArrayList<>();
    for (JsonNode turn : instruct) {
      String text = turn.get("content").asText();
      boolean user = turn.get("role").asText().equals("user");
      String before = turns.isEmpty() ? placeholder : "";
      turns.add(user ? Turn.user(before + text) : Turn.assistant(text));
    }
    return turns;
  }

  /** conversation.py: templates of an older code base, and one that is the chat template's. */
  private void legacy() {
    JsonNode all = numbers.json().path("conversation_py");
    for (Map.Entry<String, JsonNode> each : all.properties()) {
      List<Turn> turns = new ArrayList<>();
      for (JsonNode message : each.getValue().get("messages")) {
        turns.add(Turn.user(message.get(0).asText()));
        if (!message.get(1).isNull()) {
          turns.add(Turn.assistant(message.get(1).asText()));
        }
      }
      String prompt = each.getValue().get("prompt").asText();
      assertThat(turns).allSatisfy(turn -> assertThat(prompt).contains(turn.text()));
      if (each.getKey().startsWith("qwen/")) {
        numbers.run().equal(each.getKey(), rendered("qwen", turns), prompt);
      }
    }
    if (!all.isEmpty()) {
      numbers
          .run()
          .otherwise(
              "has templates in conversation.py that neither its training nor its inference uses",
              "prompts have the tokenizer's chat template, and one without is refused",
              GoldenPrompts::assertNeedsTemplate);
    }
  }

  private String rendered(String template, List<Turn> turns) {
    boolean open = turns.get(turns.size() - 1).role() == Turn.Role.USER;
    return chatTemplate(template)
        .render(turns, open ? GenerationPrompt.ADDED : GenerationPrompt.LEFT_OUT);
  }

  private static void assertNeedsTemplate() throws IOException {
    Path folder = Files.createTempDirectory("tokenizer");
    Path config = folder.resolve("tokenizer_config.json");
    Files.writeString(config, "{\"eos_token\": \"</s>\"}");
    assertThatThrownBy(() -> Tokenizer.open(folder))
        .isInstanceOf(BadCheckpoint.class)
        .hasMessage("Cannot use " + config + ": it names no eos_token or no chat_template.");
    Files.delete(config);
    Files.delete(folder);
  }

  private Prompts prompts(String template) {
    return new Prompts(chatTemplate(template), encoder);
  }

  private ChatTemplate chatTemplate(String name) {
    Map<String, String> special = Map.of("bos_token", "<s>", "eos_token", "</s>");
    return new ChatTemplate(templates.get(name).asText(), special);
  }

  private static List<Turn> turns(JsonNode conversation) {
    return StreamSupport.stream(conversation.spliterator(), false)
        .map(
            turn ->
                turn.get("from").asText().equals("human")
                    ? Turn.user(turn.get("value").asText())
                    : Turn.assistant(turn.get("value").asText()))
        .toList();
  }
}
