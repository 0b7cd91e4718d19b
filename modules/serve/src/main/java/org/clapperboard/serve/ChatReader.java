package org.clapperboard.serve;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.clapperboard.model.prompt.Turn;

/**
 * Reads requests for chat completions. A field that is not understood is refused, since to leave it
 * out could change what was meant; those that say nothing about the answer are read over.
 */
final class ChatReader {
  private static final int DEEPEST = 20;

  /** They change how a request is billed, stored or found again, and nothing here does that. */
  private static final Set<String> READ_OVER =
      Set.of("user", "metadata", "store", "safety_identifier", "prompt_cache_key", "service_tier");

  /** What is known but not done, with the one value that asks for nothing. */
  private static final Map<String, String> ONLY =
      Map.of(
          "n", "1",
          "logprobs", "false",
          "presence_penalty", "0",
          "frequency_penalty", "0",
          "parallel_tool_calls", "true",
          "tool_choice", "\"none\"",
          "tools", "[]",
          "response_format", "{\"type\":\"text\"}",
          "modalities", "[\"text\"]");

  private static final Set<String> KNOWN =
      Set.of(
          "model",
          "messages",
          "max_tokens",
          "max_completion_tokens",
          "temperature",
          "top_p",
          "seed",
          "stop",
          "stream",
          "stream_options");

  private final ObjectMapper json;

  /** Bodies of at most that many bytes. */
  ChatReader(long bodyBytes) {
    StreamReadConstraints constraints =
        StreamReadConstraints.builder()
            .maxStringLength(Math.toIntExact(bodyBytes))
            .maxNestingDepth(DEEPEST)
            .build();
    this.json =
        new ObjectMapper(
            JsonFactory.builder()
                .streamReadConstraints(constraints)
                .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                .build());
    json.enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);
    json.disable(JsonParser.Feature.INCLUDE_SOURCE_IN_LOCATION);
  }

  /**
   * Reads a body.
   *
   * @throws Refusal that names the first field that is wrong
   */
  ChatRequest read(byte[] body) {
    JsonNode root = tree(body);
    root.fieldNames().forEachRemaining(name -> requireKnown(name, root.get(name)));
    boolean stream = flag(root, "stream");
    JsonNode options = root.path("stream_options");
    if (!options.isMissingNode() && !options.isNull()) {
      require(stream && options.isObject(), "stream_options", "only with stream: true, an object");
    }
    return new ChatRequest(
        text(root, "model"),
        messages(root.path("messages")),
        maxTokens(root),
        number(root, "temperature", 0, 0, 2),
        number(root, "top_p", 1, 1e-9, 1),
        seed(root),
        stops(root.path("stop")),
        stream,
        flag(options, "include_usage"));
  }

  private JsonNode tree(byte[] body) {
    try {
      JsonNode root = json.readTree(body);
      require(root.isObject(), null, "a JSON object");
      return root;
    } catch (JsonProcessingException e) {
      String where = e.getLocation() == null ? "" : " at line " + e.getLocation().getLineNr();
      throw new Refusal(
          400,
          "invalid_json",
          null,
          "The body is not JSON" + where + ": " + e.getOriginalMessage());
    } catch (IOException e) {
      throw new Refusal(400, "invalid_json", null, "The body is not JSON: " + e.getMessage());
    }
  }

  private void requireKnown(String name, JsonNode value) {
    if (KNOWN.contains(name) || READ_OVER.contains(name) || value.isNull()) {
      return;
    }
    String only = ONLY.get(name);
    if (only == null) {
      throw new Refusal(
          400, "unknown_field", name, name + " is not known here, and was not read over.");
    }
    boolean same =
        value.isNumber()
            ? only.equals(value.asText().replaceFirst("\\.0$", ""))
            : only.equals(value.toString());
    if (!same) {
      throw new Refusal(
          400, "unsupported", name, name + " is " + brief(value) + " (expected: " + only + ").");
    }
  }

  private static List<ChatRequest.Message> messages(JsonNode messages) {
    require(messages.isArray() && !messages.isEmpty(), "messages", "a list of messages");
    List<ChatRequest.Message> read = new ArrayList<>();
    for (int i = 0; i < messages.size(); i++) {
      read.add(MessageReader.read(messages.get(i), "messages[" + i + "]"));
    }
    require(
        read.get(read.size() - 1).role() == Turn.Role.USER,
        "messages",
        "a list that ends with a message of the user's");
    return read;
  }

  private static Integer maxTokens(JsonNode root) {
    for (String name : List.of("max_completion_tokens", "max_tokens")) {
      JsonNode value = root.path(name);
      if (!value.isMissingNode() && !value.isNull()) {
        require(
            value.canConvertToInt() && value.isIntegralNumber() && value.asInt() > 0,
            name,
            "a whole number above 0");
        return value.asInt();
      }
    }
    return null;
  }

  private static Long seed(JsonNode root) {
    JsonNode value = root.path("seed");
    if (value.isMissingNode() || value.isNull()) {
      return null;
    }
    require(value.isIntegralNumber() && value.canConvertToLong(), "seed", "a whole number");
    return value.asLong();
  }

  private static List<String> stops(JsonNode stop) {
    List<String> stops = new ArrayList<>();
    if (stop.isTextual()) {
      stops.add(stop.asText());
    } else if (!stop.isMissingNode() && !stop.isNull()) {
      require(stop.isArray() && stop.size() <= 4, "stop", "a string or up to 4 of them");
      for (JsonNode one : stop) {
        require(one.isTextual(), "stop", "a string or up to 4 of them");
        stops.add(one.asText());
      }
    }
    require(stops.stream().noneMatch(String::isEmpty), "stop", "strings that are not empty");
    return stops;
  }

  private static double number(
      JsonNode root, String name, double usual, double least, double most) {
    JsonNode value = root.path(name);
    if (value.isMissingNode() || value.isNull()) {
      return usual;
    }
    boolean fits = value.isNumber() && value.asDouble() >= least && value.asDouble() <= most;
    require(fits, name, "a number from " + (least == 0 ? "0" : "above 0") + " to " + (int) most);
    return value.asDouble();
  }

  private static boolean flag(JsonNode node, String name) {
    JsonNode value = node.path(name);
    require(value.isMissingNode() || value.isNull() || value.isBoolean(), name, "true or false");
    return value.asBoolean();
  }

  static String text(JsonNode node, String name) {
    JsonNode value = node.path(name);
    require(value.isTextual(), name, "a string");
    return value.asText();
  }

  static void require(boolean holds, String param, String expected) {
    if (!holds) {
      throw Refusal.bad(
          param, (param == null ? "The body" : param) + " is not as expected (" + expected + ").");
    }
  }

  static String brief(JsonNode value) {
    String text = value.toString();
    return text.length() > 100 ? text.substring(0, 100) + "..." : text;
  }
}
