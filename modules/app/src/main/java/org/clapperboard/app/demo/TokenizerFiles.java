package org.clapperboard.app.demo;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Writes the demo's tokenizer: one id per word, in the files a Hugging Face tokenizer has. */
public final class TokenizerFiles {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String PAD = "<pad>";
  private static final String START = "<|im_start|>";
  private static final String END = "<|im_end|>";
  private static final String UNKNOWN = "<unk>";
  private static final List<String> SPECIAL = List.of(PAD, START, END, UNKNOWN);

  /** Qwen2's layout of turns, without its system message. */
  private static final String CHAT_TEMPLATE =
      "{% for message in messages %}{{'<|im_start|>' + message['role'] + '\\n' +"
          + " message['content'] + '<|im_end|>' + '\\n'}}{% endfor %}"
          + "{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}";

  private TokenizerFiles() {}

  /** All tokens in the order of their ids. */
  static List<String> vocabulary() {
    List<String> all = new ArrayList<>(SPECIAL);
    all.addAll(Language.words());
    return all;
  }

  static void write(Path folder) throws IOException {
    write(folder, vocabulary().size());
  }

  /**
   * Writes a tokenizer with that many ids, for a model of another vocabulary: the demo's words come
   * first, numbered ones fill the rest.
   */
  public static void write(Path folder, int count) throws IOException {
    Files.createDirectories(folder);
    ObjectNode tokenizer = JSON.createObjectNode();
    tokenizer.put("version", "1.0").putNull("truncation").putNull("padding");
    ArrayNode added = tokenizer.putArray("added_tokens");
    for (int id = 0; id < SPECIAL.size(); id++) {
      added
          .addObject()
          .put("id", id)
          .put("content", SPECIAL.get(id))
          .put("single_word", false)
          .put("lstrip", false)
          .put("rstrip", false)
          .put("normalized", false)
          .put("special", true);
    }
    tokenizer.putObject("normalizer").put("type", "Lowercase");
    // Words and punctuation by themselves, so that "shape?" is two tokens as "shape ?" is.
    tokenizer.putObject("pre_tokenizer").put("type", "Whitespace");
    tokenizer.putNull("post_processor").putNull("decoder");
    ObjectNode model = tokenizer.putObject("model");
    model.put("type", "WordLevel").put("unk_token", UNKNOWN);
    ObjectNode ids = model.putObject("vocab");
    List<String> words = vocabulary();
    for (int id = 0; id < count; id++) {
      ids.put(id < words.size() ? words.get(id) : "word" + id, id);
    }
    write(folder.resolve("tokenizer.json"), tokenizer);
    write(
        folder.resolve("tokenizer_config.json"),
        JSON.createObjectNode()
            .put("tokenizer_class", "PreTrainedTokenizerFast")
            .put("pad_token", PAD)
            .put("eos_token", END)
            .put("unk_token", UNKNOWN)
            .put("chat_template", CHAT_TEMPLATE));
  }

  private static void write(Path file, ObjectNode content) throws IOException {
    JSON.writerWithDefaultPrettyPrinter().writeValue(file.toFile(), content);
  }
}
