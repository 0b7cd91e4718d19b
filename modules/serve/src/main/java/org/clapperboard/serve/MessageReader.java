package org.clapperboard.serve;

import static org.clapperboard.serve.ChatReader.require;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.clapperboard.media.Clip;
import org.clapperboard.model.prompt.Placeholder;
import org.clapperboard.model.prompt.Turn;

/**
 * Reads one message of a request: OpenAI's text, {@code image_url} and {@code input_audio}, and
 * {@code video_url} and {@code audio_url} of the same form, as other servers have them.
 */
final class MessageReader {
  private static final Set<String> FIELDS = Set.of("role", "content", "name", "refusal");

  private MessageReader() {}

  static ChatRequest.Message read(JsonNode message, String place) {
    require(message.isObject(), place, "an object with role and content");
    message
        .fieldNames()
        .forEachRemaining(
            name ->
                require(
                    empty(message.get(name)) || FIELDS.contains(name),
                    place + "." + name,
                    "nothing: it is not known here"));
    Turn.Role role = role(message.path("role"), place);
    JsonNode content = message.path("content");
    if (content.isTextual()) {
      return new ChatRequest.Message(role, content.asText(), List.of());
    }
    require(
        content.isArray() && !content.isEmpty(), place + ".content", "a string or a list of parts");
    List<String> texts = new ArrayList<>();
    List<MediaPart> media = new ArrayList<>();
    for (int i = 0; i < content.size(); i++) {
      JsonNode part = content.get(i);
      String at = place + ".content[" + i + "]";
      if (part.path("type").asText().equals("text")) {
        require(part.path("text").isTextual(), at + ".text", "a string");
        texts.add(part.get("text").asText());
      } else {
        require(role == Turn.Role.USER, at, "a text: only the user shows something");
        media.add(medium(part, at));
      }
    }
    return new ChatRequest.Message(role, String.join("\n", texts), media);
  }

  private static boolean empty(JsonNode value) {
    return value.isNull() || (value.isContainerNode() && value.isEmpty());
  }

  private static Turn.Role role(JsonNode role, String place) {
    return switch (role.asText()) {
      case "system", "developer" -> Turn.Role.SYSTEM;
      case "user" -> Turn.Role.USER;
      case "assistant" -> Turn.Role.ASSISTANT;
      default ->
          throw Refusal.bad(
              place + ".role",
              "role is "
                  + ChatReader.brief(role)
                  + " (expected: system, developer, user or assistant).");
    };
  }

  private static MediaPart medium(JsonNode part, String place) {
    String type = part.path("type").asText();
    return switch (type) {
      case "image_url" -> linked(Placeholder.IMAGE, part.path(type), place + "." + type);
      case "video_url" -> linked(Placeholder.VIDEO, part.path(type), place + "." + type);
      case "audio_url" -> linked(Placeholder.AUDIO, part.path(type), place + "." + type);
      case "input_audio" -> {
        JsonNode audio = part.path(type);
        require(audio.path("data").isTextual(), place + ".input_audio.data", "base64");
        yield new MediaPart(
            Placeholder.AUDIO,
            null,
            audio.get("data").asText(),
            Clip.WHOLE,
            false,
            place + "." + type);
      }
      default ->
          throw Refusal.bad(
              place + ".type",
              "type is "
                  + ChatReader.brief(part.path("type"))
                  + " (expected: text, image_url, video_url, audio_url or input_audio).");
    };
  }

  private static MediaPart linked(Placeholder kind, JsonNode link, String place) {
    require(link.path("url").isTextual(), place + ".url", "a string");
    String url = link.get("url").asText();
    Clip within =
        new Clip(
            seconds(link, "start", 0, place),
            seconds(link, "end", Double.POSITIVE_INFINITY, place));
    boolean mute = link.path("mute").asBoolean();
    if (!url.regionMatches(true, 0, "data:", 0, 5)) {
      return new MediaPart(kind, url, null, within, mute, place);
    }
    int comma = url.indexOf(',');
    require(
        comma > 0 && url.substring(0, comma).endsWith(";base64"),
        place + ".url",
        "data:TYPE;base64,DATA");
    return new MediaPart(kind, null, url.substring(comma + 1), within, mute, place);
  }

  private static double seconds(JsonNode link, String name, double usual, String place) {
    JsonNode value = link.path(name);
    require(
        value.isMissingNode() || (value.isNumber() && value.asDouble() >= 0),
        place + "." + name,
        "seconds");
    return value.isMissingNode() ? usual : value.asDouble();
  }
}
