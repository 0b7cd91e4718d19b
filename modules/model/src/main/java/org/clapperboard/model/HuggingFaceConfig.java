package org.clapperboard.model;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Locale;
import org.clapperboard.config.BadCheckpoint;
import org.clapperboard.model.language.DecoderConfig;
import org.clapperboard.model.language.DecoderConfig.Family;

/**
 * The shape of a model as a checkpoint's {@code config.json} tells it: the language model's keys
 * and the reference's {@code mm_} keys at the top.
 */
public final class HuggingFaceConfig {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final int MOST_LAYERS = 10_000;

  private HuggingFaceConfig() {}

  /**
   * Reads the shape of a whole model.
   *
   * @throws BadCheckpoint if a key is missing or has a value that is not supported
   */
  public static ModelConfig read(JsonNode config) {
    try {
      DecoderConfig language = decoder(config);
      return new ModelConfig(
          HuggingFaceTowers.sight(config, language.width()),
          HuggingFaceTowers.hearing(config, language.width()),
          language);
    } catch (IllegalArgumentException e) {
      throw new BadCheckpoint("Cannot read config.json: " + e.getMessage(), e);
    }
  }

  /** Reads a language model's shape. */
  public static DecoderConfig decoder(JsonNode config) {
    String type = text(config, "model_type").replace("videollama2_", "");
    Family family = family(Family.class, "model_type", type);
    int heads = number(config, "num_attention_heads");
    int width = number(config, "hidden_size");
    return new DecoderConfig(
        family,
        number(config, "vocab_size"),
        width,
        layers(config, "num_hidden_layers"),
        heads,
        config.path("num_key_value_heads").asInt(heads),
        config.path("head_dim").asInt(width / Math.max(1, heads)),
        number(config, "intermediate_size"),
        config.path("rms_norm_eps").asDouble(1e-6),
        config.path("rope_theta").asDouble(10000),
        config.path("tie_word_embeddings").asBoolean(family == Family.GEMMA2),
        config.path("max_position_embeddings").asInt(2048),
        lookBack(config, family),
        family == Family.MIXTRAL ? experts(config) : null,
        family == Family.GEMMA2 ? caps(config) : null,
        config.path("initializer_range").asDouble(DecoderConfig.EMBEDDING_START));
  }

  /**
   * A window of n: Transformers 4.40, which the reference runs on, lets Mistral see n positions
   * before its own; Gemma2 came with 4.42, which counts its own among the n.
   */
  private static int lookBack(JsonNode config, Family family) {
    int window = config.path("sliding_window").asInt(0);
    return switch (family) {
      case LLAMA -> 0;
      case QWEN2 -> {
        if (config.path("use_sliding_window").asBoolean(false)) {
          throw unsupported("use_sliding_window", "true", "false");
        }
        yield 0;
      }
      case MISTRAL, MIXTRAL, PHI3 -> window;
      case GEMMA2 -> Math.max(0, window - 1);
    };
  }

  private static DecoderConfig.Experts experts(JsonNode config) {
    boolean balanced = config.path("output_router_logits").asBoolean(false);
    return new DecoderConfig.Experts(
        few("num_local_experts", config.path("num_local_experts").asInt(8)),
        config.path("num_experts_per_tok").asInt(2),
        balanced ? config.path("router_aux_loss_coef").asDouble(0.001) : 0);
  }

  private static DecoderConfig.Caps caps(JsonNode config) {
    return new DecoderConfig.Caps(
        config.path("attn_logit_softcapping").asDouble(50),
        config.path("final_logit_softcapping").asDouble(30),
        config.path("query_pre_attn_scalar").asDouble(224));
  }

  /** Writes the shape of a model the way {@link #read} and the reference's loader take it. */
  public static ObjectNode write(ModelConfig model) {
    DecoderConfig language = model.language();
    String family = language.family().name().toLowerCase(Locale.ROOT);
    String name = family.substring(0, 1).toUpperCase(Locale.ROOT) + family.substring(1);
    ObjectNode config = JSON.createObjectNode();
    config.putArray("architectures").add("Videollama2" + name + "ForCausalLM");
    config
        .put("model_type", "videollama2_" + family)
        .put("vocab_size", language.vocabulary())
        .put("hidden_size", language.width())
        .put("num_hidden_layers", language.layers())
        .put("num_attention_heads", language.heads())
        .put("num_key_value_heads", language.kvHeads())
        .put("intermediate_size", language.mlpWidth())
        .put("head_dim", language.headWidth())
        .put("hidden_act", language.caps() == null ? "silu" : "gelu_pytorch_tanh")
        .put("rms_norm_eps", language.normEps())
        .put("rope_theta", language.ropeTheta())
        .put("tie_word_embeddings", language.tied())
        .put("max_position_embeddings", language.context())
        .put("initializer_range", language.embeddingStart())
        .put("torch_dtype", "float32");
    writeDetails(config, language);
    if (model.sight() != null) {
      HuggingFaceTowers.write(config, model.sight());
    }
    if (model.hearing() != null) {
      HuggingFaceTowers.write(config, model.hearing());
    }
    return config;
  }

  private static void writeDetails(ObjectNode config, DecoderConfig language) {
    if (language.lookBack() > 0) {
      config.put("sliding_window", language.lookBack() + (language.caps() == null ? 0 : 1));
    }
    if (language.experts() != null) {
      config
          .put("num_local_experts", language.experts().count())
          .put("num_experts_per_tok", language.experts().preferred())
          .put("output_router_logits", language.experts().balance() > 0)
          .put("router_aux_loss_coef", language.experts().balance());
    }
    if (language.caps() != null) {
      config
          .put("attn_logit_softcapping", language.caps().attention())
          .put("final_logit_softcapping", language.caps().logits())
          .put("query_pre_attn_scalar", language.caps().queryWidth());
    }
  }

  /** What a JSON parser says is wrong, and where, without the text around it. */
  public static String oneLine(JsonProcessingException e) {
    int line = e.getLocation() == null ? 1 : e.getLocation().getLineNr();
    return "line " + line + ": " + e.getOriginalMessage();
  }

  static <E extends Enum<E>> E family(Class<E> families, String key, String name) {
    for (E family : families.getEnumConstants()) {
      if (family.name().equalsIgnoreCase(name)) {
        return family;
      }
    }
    throw unsupported(key, name, String.join(" or ", names(families)));
  }

  private static <E extends Enum<E>> String[] names(Class<E> families) {
    return java.util.Arrays.stream(families.getEnumConstants())
        .map(family -> family.name().toLowerCase(Locale.ROOT))
        .toArray(String[]::new);
  }

  static String text(JsonNode config, String key) {
    if (!config.path(key).isTextual()) {
      throw unsupported(key, config.path(key).toString(), "a text");
    }
    return config.get(key).asText();
  }

  static int number(JsonNode config, String key) {
    if (!config.path(key).isIntegralNumber() || !config.path(key).canConvertToInt()) {
      throw unsupported(key, config.path(key).toString(), "a whole number");
    }
    return config.get(key).asInt();
  }

  static int layers(JsonNode config, String key) {
    return few(key, number(config, key));
  }

  /** Counts of layers come from other people, and each makes names before any weight is seen. */
  static int few(String key, int count) {
    if (count > MOST_LAYERS) {
      throw unsupported(key, Integer.toString(count), "at most " + MOST_LAYERS);
    }
    return count;
  }

  static BadCheckpoint unsupported(String key, String value, String expected) {
    return new BadCheckpoint(
        "config.json " + key + " is \"" + value + "\" (expected: " + expected + ").");
  }
}
