package org.clapperboard.model.prompt;

import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import ai.djl.huggingface.tokenizers.jni.TokenizersLibrary;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.clapperboard.config.BadCheckpoint;
import org.clapperboard.model.HuggingFaceConfig;

/**
 * A checkpoint's tokenizer: {@code tokenizer.json} for the tokens, {@code tokenizer_config.json}
 * for the special ones and the chat template.
 */
public final class Tokenizer implements TextEncoder, AutoCloseable {
  private static final List<String> SPECIAL =
      List.of("bos_token", "eos_token", "pad_token", "unk_token");

  private final HuggingFaceTokenizer tokenizer;
  private final ChatTemplate template;
  private final int endId;

  private Tokenizer(HuggingFaceTokenizer tokenizer, ChatTemplate template, int endId) {
    this.tokenizer = tokenizer;
    this.template = template;
    this.endId = endId;
  }

  /**
   * Opens the tokenizer of a checkpoint folder.
   *
   * @throws BadCheckpoint if a file is missing or lacks an end token or a chat template
   */
  public static Tokenizer open(Path folder) {
    Path configFile = folder.resolve("tokenizer_config.json");
    try {
      JsonNode config = new ObjectMapper().readTree(configFile.toFile());
      Map<String, String> special = new HashMap<>();
      for (String name : SPECIAL) {
        JsonNode token = config.path(name);
        String text = token.isObject() ? token.path("content").asText() : token.asText();
        if (!text.isEmpty() && !token.isNull()) {
          special.put(name, text);
        }
      }
      if (!special.containsKey("eos_token") || !config.path("chat_template").isTextual()) {
        throw new BadCheckpoint(
            "Cannot use " + configFile + ": it names no eos_token or no chat_template.");
      }
      // Without these options the library cuts every text at 512 tokens.
      HuggingFaceTokenizer tokenizer =
          HuggingFaceTokenizer.newInstance(
              folder.resolve("tokenizer.json"),
              Map.of("truncation", "false", "padding", "false", "addSpecialTokens", "false"));
      ChatTemplate template = new ChatTemplate(config.get("chat_template").asText(), special);
      long[] end = tokenizer.encode(special.get("eos_token"), false, false).getIds();
      if (end.length != 1) {
        throw new BadCheckpoint(
            "Cannot use " + folder + ": its end token is not one token of tokenizer.json.");
      }
      return new Tokenizer(tokenizer, template, Math.toIntExact(end[0]));
    } catch (JsonProcessingException e) {
      throw new BadCheckpoint("Cannot use " + configFile + ": " + HuggingFaceConfig.oneLine(e), e);
    } catch (IOException e) {
      throw new BadCheckpoint("Cannot open the tokenizer in " + folder + ": " + e, e);
    }
  }

  @Override
  public int[] encode(String text) {
    // Not by the tokenizer's own method, which also fetches every token's text and place.
    long encoding = TokenizersLibrary.LIB.encode(tokenizer.getHandle(), text, false);
    long[] ids;
    try {
      ids = TokenizersLibrary.LIB.getTokenIds(encoding);
    } finally {
      TokenizersLibrary.LIB.deleteEncoding(encoding);
    }
    int[] narrow = new int[ids.length];
    for (int i = 0; i < ids.length; i++) {
      narrow[i] = (int) ids[i];
    }
    return narrow;
  }

  /** The text of the ids, special tokens left out, without blanks around it. */
  public String decode(int[] ids) {
    return raw(ids).strip();
  }

  /** The text of the ids, special tokens left out, with the blanks that stand around it. */
  String raw(int[] ids) {
    long[] wide = new long[ids.length];
    for (int i = 0; i < ids.length; i++) {
      wide[i] = ids[i];
    }
    return tokenizer.decode(wide, true);
  }

  /** The id that ends an answer. */
  public int endId() {
    return endId;
  }

  /** Prompts in this checkpoint's chat template. */
  public Prompts prompts() {
    return new Prompts(template, this);
  }

  @Override
  public void close() {
    tokenizer.close();
  }
}
