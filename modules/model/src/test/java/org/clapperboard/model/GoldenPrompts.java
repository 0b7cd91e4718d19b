package org.clapperboard.model;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.StreamSupport;
import org.clapperboard.model.prompt.ChatTemplate;
import org.clapperboard.model.prompt.Prompts;
import org.clapperboard.model.prompt.Prompts.Style;
import org.clapperboard.model.prompt.Prompts.Tokens;
import org.clapperboard.model.prompt.TextEncoder;
import org.clapperboard.model.prompt.Turn;
import org.clapperboard.testing.GoldenFixtures.Fixture;

/** Checks prompts, token ids and which of them are learned. */
final class GoldenPrompts {
  private GoldenPrompts() {}

  static void prompts(Fixture fixture, GoldenNumbers numbers) {
    JsonNode json = fixture.json();
    // The audio-visual set uses the templates and the tokenizer of its sibling.
    JsonNode main = json.has("templates") ? json : sibling(fixture);
    JsonNode templates = main.get("templates");
    TextEncoder encoder = byteTokenizer(main.get("tokenizer"));
    for (JsonNode sample : json.path("preprocess")) {
      Prompts prompts = prompts(templates.get(sample.get("template").asText()), encoder);
      Tokens tokens = prompts.training(turns(sample.get("conversation")), Style.CHAT);
      String name = "preprocess/" + sample.get("template").asText() + "/" + sample.get("name");
      same(numbers, name + "/ids", sample.get("input_ids"), tokens.ids());
      same(numbers, name + "/labels", labels(sample), tokens.labels());
    }
    for (JsonNode sample : json.path("preprocess_plain_main")) {
      if (sample.has("error")) {
        continue; // A row without its placeholder: refused when the row meets its media.
      }
      Prompts prompts = prompts(templates.get("qwen"), encoder);
      Tokens tokens = prompts.training(turns(sample.get("conversation")), Style.PLAIN);
      plain(numbers, "plain/" + sample.get("name"), sample, tokens);
    }
    for (JsonNode sample : json.path("preprocess_plain")) {
      String template = sample.get("template").asText();
      Prompts prompts = prompts(templates.get(template), encoder);
      Tokens tokens = prompts.training(turns(sample.get("conversation")), Style.BARE);
      plain(numbers, "bare/" + template + "/" + sample.get("modal_token"), sample, tokens);
    }
    for (JsonNode sample : json.path("mm_infer")) {
      inference(numbers, prompts(templates.path("qwen"), encoder), sample);
    }
  }

  private static void plain(GoldenNumbers numbers, String name, JsonNode sample, Tokens tokens) {
    same(numbers, name + "/ids", sample.get("input_ids"), tokens.ids());
    same(numbers, name + "/labels", sample.get("labels"), tokens.labels());
  }

  /**
   * Left out on purpose: the reference puts a safety text before Mistral's prompts that training
   * never saw (with its markers twice), and begins a question without media with an empty line.
   */
  private static void inference(GoldenNumbers numbers, Prompts prompts, JsonNode sample) {
    boolean mistral = sample.path("model_type").asText().contains("mistral");
    if (mistral || sample.get("modal").asText().equals("text")) {
      return;
    }
    String placeholder = "<" + sample.get("modal").asText() + ">\n";
    JsonNode instruct = sample.path("instruct");
    List<Turn> turns = new ArrayList<>();
    if (instruct.isArray()) {
      for (JsonNode turn : instruct) {
        boolean user = turn.get("role").asText().equals("user");
        String text = turn.get("content").asText();
        turns.add(
            user ? Turn.user(turns.isEmpty() ? placeholder + text : text) : Turn.assistant(text));
      }
    } else {
      String text = instruct.isMissingNode() ? "What do you hear?" : instruct.asText();
      turns.add(Turn.user(placeholder + text));
    }
    same(
        numbers,
        "mm_infer/" + sample.get("modal").asText() + "/" + turns.size(),
        sample.get("input_ids"),
        prompts.question(turns).ids());
  }

  private static JsonNode sibling(Fixture fixture) {
    return new Fixture(fixture.folder(), "10_prompts").json();
  }

  private static Prompts prompts(JsonNode template, TextEncoder encoder) {
    Map<String, String> special = Map.of("bos_token", "<s>", "eos_token", "</s>");
    return new Prompts(new ChatTemplate(template.asText(), special), encoder);
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

  private static int[] labels(JsonNode sample) {
    int[] labels = new int[sample.get("input_ids").size()];
    Arrays.fill(labels, Example.IGNORED);
    for (JsonNode span : sample.get("supervised")) {
      for (int i = span.get(0).asInt(); i < span.get(1).asInt(); i++) {
        labels[i] = sample.get("input_ids").get(i).asInt();
      }
    }
    return labels;
  }

  private static void same(GoldenNumbers numbers, String name, JsonNode expected, int[] actual) {
    int[] values =
        StreamSupport.stream(expected.spliterator(), false).mapToInt(JsonNode::asInt).toArray();
    same(numbers, name, values, actual);
  }

  private static void same(GoldenNumbers numbers, String name, int[] expected, int[] actual) {
    numbers.number(name, Arrays.equals(expected, actual) ? 0 : 1, 0, 0.5);
  }

  /** The fixtures' tokenizer: specials by their index, longest first, else one id per byte. */
  private static TextEncoder byteTokenizer(JsonNode settings) {
    List<String> specials =
        StreamSupport.stream(settings.get("specials").spliterator(), false)
            .map(JsonNode::asText)
            .toList();
    List<String> longestFirst =
        specials.stream().sorted(Comparator.comparing(String::length).reversed()).toList();
    return text -> {
      List<Integer> ids = new ArrayList<>();
      for (int at = 0; at < text.length(); ) {
        String here = text.substring(at);
        String special = longestFirst.stream().filter(here::startsWith).findFirst().orElse(null);
        if (special == null) {
          String character = here.substring(0, Character.charCount(here.codePointAt(0)));
          byte[] bytes = character.getBytes(StandardCharsets.UTF_8);
          IntStream.range(0, bytes.length).forEach(i -> ids.add(16 + (bytes[i] & 0xff)));
          at += character.length();
        } else {
          ids.add(specials.indexOf(special));
          at += special.length();
        }
      }
      return ids.stream().mapToInt(Integer::intValue).toArray();
    };
  }
}
