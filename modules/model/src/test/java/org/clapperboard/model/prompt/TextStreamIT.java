package org.clapperboard.model.prompt;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** With a tokenizer that has a token for each byte, so that most characters are several tokens. */
class TextStreamIT {
  private static final int END = 256;

  private Tokenizer tokenizer;

  @BeforeEach
  void open(@TempDir Path folder) throws IOException {
    ObjectMapper json = new ObjectMapper();
    ObjectNode file = json.createObjectNode().put("version", "1.0");
    file.putArray("added_tokens")
        .addObject()
        .put("id", END)
        .put("content", "<end>")
        .put("single_word", false)
        .put("lstrip", false)
        .put("rstrip", false)
        .put("normalized", false)
        .put("special", true);
    file.putObject("pre_tokenizer")
        .put("type", "ByteLevel")
        .put("add_prefix_space", false)
        .put("trim_offsets", false)
        .put("use_regex", false);
    file.putObject("decoder")
        .put("type", "ByteLevel")
        .put("add_prefix_space", false)
        .put("trim_offsets", false)
        .put("use_regex", false);
    ObjectNode model = file.putObject("model").put("type", "BPE");
    ObjectNode vocabulary = model.putObject("vocab");
    for (int b = 0; b < 256; b++) {
      vocabulary.put(written(b), b);
    }
    model.putArray("merges");
    json.writeValue(folder.resolve("tokenizer.json").toFile(), file);
    Files.writeString(
        folder.resolve("tokenizer_config.json"),
        "{\"eos_token\": \"<end>\", \"chat_template\": \"x\"}");
    tokenizer = Tokenizer.open(folder);
  }

  /** GPT-2's way to write bytes: printable ones as themselves, others from U+0100 on. */
  private static String written(int wanted) {
    int next = 0x100;
    for (int b = 0; b < wanted; b++) {
      next += isPrintable(b) ? 0 : 1;
    }
    return Character.toString(isPrintable(wanted) ? wanted : next);
  }

  private static boolean isPrintable(int b) {
    return (b >= '!' && b <= '~') || (b >= 0xa1 && b <= 0xac) || b >= 0xae;
  }

  @AfterEach
  void close() {
    tokenizer.close();
  }

  @Test
  void a_character_comes_when_its_last_byte_has_come() {
    String text = "na\u00efve \u65e5\u672c \ud83c\udfac cut";
    int[] ids = tokenizer.encode(text);
    assertThat(ids).hasSize(text.getBytes(StandardCharsets.UTF_8).length);
    List<String> parts = parts(ids);
    assertThat(parts)
        .containsExactly(
            "n",
            "a",
            "",
            "\u00ef",
            "v",
            "e",
            "",
            "",
            "",
            " \u65e5",
            "",
            "",
            "\u672c",
            "",
            "",
            "",
            "",
            " \ud83c\udfac",
            "",
            " c",
            "u",
            "t",
            "");
    assertThat(String.join("", parts)).isEqualTo(text);
  }

  @Test
  void all_parts_together_are_the_text_whatever_the_tokens() {
    SplittableRandom random = new SplittableRandom(5);
    for (int trial = 0; trial < 200; trial++) {
      int[] ids = random.ints(24, 0, END + 1).map(id -> id % 3 == 0 ? ' ' : id).toArray();
      assertThat(String.join("", parts(ids)))
          .as(Arrays.toString(ids))
          .isEqualTo(tokenizer.decode(ids));
    }
  }

  @Test
  void blanks_around_an_answer_and_special_tokens_are_left_out() {
    assertThat(parts(new int[] {' ', '\n', 'a', ' ', ' ', 'b', END, ' ', '\n'}))
        .containsExactly("", "", "a", "", "", "  b", "", "", "", "");
  }

  private List<String> parts(int[] ids) {
    TextStream stream = new TextStream(tokenizer);
    List<String> parts = new ArrayList<>();
    for (int id : ids) {
      parts.add(stream.add(id));
    }
    parts.add(stream.end());
    return parts;
  }
}
