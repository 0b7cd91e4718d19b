package org.clapperboard.model;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.StreamSupport;
import org.clapperboard.model.prompt.TextEncoder;

/** The fixtures' tokenizer: specials by their index, longest first, else one id per byte. */
final class GoldenBytes implements TextEncoder {
  private static final int FIRST_BYTE = 16;
  private static final Map<Integer, String> PLACEHOLDERS =
      Map.of(Example.IMAGE, "<image>", Example.VIDEO, "<video>", Example.AUDIO, "<audio>");

  private final List<String> specials;
  private final List<String> longestFirst;

  GoldenBytes(JsonNode settings) {
    this.specials =
        StreamSupport.stream(settings.get("specials").spliterator(), false)
            .map(JsonNode::asText)
            .toList();
    this.longestFirst =
        specials.stream().sorted(Comparator.comparing(String::length).reversed()).toList();
  }

  @Override
  public int[] encode(String text) {
    List<Integer> ids = new ArrayList<>();
    for (int at = 0; at < text.length(); ) {
      String here = text.substring(at);
      String special = longestFirst.stream().filter(here::startsWith).findFirst().orElse(null);
      if (special == null) {
        String character = here.substring(0, Character.charCount(here.codePointAt(0)));
        for (byte each : character.getBytes(StandardCharsets.UTF_8)) {
          ids.add(FIRST_BYTE + (each & 0xff));
        }
        at += character.length();
      } else {
        ids.add(specials.indexOf(special));
        at += special.length();
      }
    }
    return ids.stream().mapToInt(Integer::intValue).toArray();
  }

  /** The text that ids stand for, placeholders and specials included. */
  String decode(int[] ids) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    for (int id : ids) {
      if (id >= FIRST_BYTE) {
        bytes.write(id - FIRST_BYTE);
      } else {
        bytes.writeBytes(
            (id < 0 ? PLACEHOLDERS.get(id) : specials.get(id)).getBytes(StandardCharsets.UTF_8));
      }
    }
    return bytes.toString(StandardCharsets.UTF_8);
  }
}
