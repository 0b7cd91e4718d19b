package org.clapperboard.model;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.clapperboard.config.BadCheckpoint;
import org.clapperboard.model.adapter.Lora;
import org.clapperboard.model.adapter.LoraConfig;
import org.clapperboard.model.adapter.MergedTensors;
import org.clapperboard.model.weights.TensorSource;

/**
 * A low-rank adapter in the layout of Hugging Face's PEFT, as it and the reference's LoRA scripts
 * leave it: {@code adapter_config.json} and {@code adapter_model.safetensors} or {@code .bin}.
 *
 * <p>What PEFT can do beyond low-rank matrices beside linear layers is refused: it would change
 * other weights than those that are merged here.
 */
public final class AdapterFolder {
  /** The file that makes a folder one of an adapter. */
  public static final String CONFIG = "adapter_config.json";

  /** The file that its matrices are written to. */
  public static final String WEIGHTS = "adapter_model.safetensors";

  private static final ObjectMapper JSON = new ObjectMapper();

  /** Settings whose presence means more than low-rank matrices; empty, false or null are none. */
  private static final List<String> REFUSED =
      List.of(
          "use_dora",
          "modules_to_save",
          "rank_pattern",
          "alpha_pattern",
          "fan_in_fan_out",
          "lora_bias",
          "layer_replication",
          "trainable_token_indices",
          "target_parameters");

  /** Starts of A and B that take something off the base's weights. */
  private static final Set<String> CHANGES_BASE = Set.of("pissa", "olora", "loftq", "corda");

  private final Path path;
  private final JsonNode config;
  private final TensorSource matrices;

  private AdapterFolder(Path path, JsonNode config, TensorSource matrices) {
    this.path = path;
    this.config = config;
    this.matrices = matrices;
  }

  /** Whether a folder is one of an adapter, by its configuration. */
  public static boolean at(Path path) {
    return Files.isRegularFile(path.resolve(CONFIG));
  }

  /**
   * Opens an adapter; its matrices are not read.
   *
   * @throws BadCheckpoint if it is none, or more than low-rank matrices, or has tensors that belong
   *     to no part of the model
   */
  public static AdapterFolder open(Path path) {
    JsonNode config;
    try {
      config = JSON.readTree(path.resolve(CONFIG).toFile());
    } catch (IOException e) {
      throw bad(path, CONFIG + " cannot be read: " + e.getMessage());
    }
    requirePlain(path, config);
    TensorSource matrices =
        Stream.of(WEIGHTS, "adapter_model.bin")
            .map(path::resolve)
            .filter(Files::isRegularFile)
            .findFirst()
            .map(WeightPlace::file)
            .orElseThrow(() -> bad(path, "it has no " + WEIGHTS));
    requireKnown(path, matrices);
    return new AdapterFolder(path, config, matrices);
  }

  private static void requirePlain(Path path, JsonNode config) {
    String type = config.path("peft_type").asText();
    if (!type.equals("LORA")) {
      throw refused(path, "peft_type", config.path("peft_type"), "\"LORA\"");
    }
    if (!config.path("bias").asText("none").equals("none")) {
      throw refused(path, "bias", config.path("bias"), "\"none\"");
    }
    for (String key : REFUSED) {
      JsonNode value = config.path(key);
      boolean nothing =
          value.isMissingNode()
              || value.isNull()
              || (value.isBoolean() && !value.asBoolean())
              || (value.isContainerNode() && value.isEmpty());
      if (!nothing) {
        throw refused(path, key, value, "none: only low-rank matrices can be merged");
      }
    }
    String start = config.path("init_lora_weights").asText();
    if (CHANGES_BASE.stream().anyMatch(start::startsWith)) {
      throw refused(
          path, "init_lora_weights", config.path("init_lora_weights"), "an unchanged base");
    }
    if (!config.path("r").canConvertToInt() || config.path("r").asInt() < 1) {
      throw refused(path, "r", config.path("r"), "a whole number from 1");
    }
    if (!config.path("lora_alpha").isNumber()) {
      throw refused(path, "lora_alpha", config.path("lora_alpha"), "a number");
    }
  }

  private static void requireKnown(Path path, TensorSource matrices) {
    Set<String> unknown = new TreeSet<>(matrices.names());
    for (Part part : Part.values()) {
      unknown.removeAll(PartNames.in(matrices, part).values());
    }
    if (!unknown.isEmpty()) {
      String some = unknown.stream().limit(5).collect(Collectors.joining(", "));
      String more = unknown.size() > 5 ? " and " + (unknown.size() - 5) + " more" : "";
      throw bad(
          path, unknown.size() + " of its tensors belong to no part of the model: " + some + more);
    }
  }

  /** What its configuration names as the model that it belongs to, or "". */
  public String base() {
    return config.path("base_model_name_or_path").asText("");
  }

  /** Its rank. */
  public int rank() {
    return config.path("r").asInt();
  }

  /** What B A is multiplied by: alpha over the rank, or over its root (rsLoRA). */
  public double factor() {
    boolean root = config.path("use_rslora").asBoolean(false);
    return config.path("lora_alpha").asDouble() / (root ? Math.sqrt(rank()) : rank());
  }

  /**
   * A part with what the adapter has for it.
   *
   * @param part which one
   * @param base the part's own tensors, under the reference's names
   * @throws BadCheckpoint if some of it has nothing to go to, or does not fit
   */
  TensorSource over(TensorSource base, Part part) {
    Map<String, String> names = new LinkedHashMap<>();
    PartNames.in(matrices, part)
        .forEach((canonical, there) -> names.put(Lora.WRAPPER + canonical, there));
    return names.isEmpty()
        ? base
        : MergedTensors.of(
            base, new RenamedTensors(matrices.origin(), matrices, names), rank(), factor());
  }

  /** The parts that it has something for. */
  public Set<Part> parts() {
    return Arrays.stream(Part.values())
        .filter(part -> !PartNames.in(matrices, part).isEmpty())
        .collect(Collectors.toUnmodifiableSet());
  }

  @Override
  public String toString() {
    return path.toString();
  }

  /**
   * The configuration of an adapter as PEFT writes it.
   *
   * @param targets the linear layers that have one, by the last name of their modules
   * @param base the model that it belongs to
   */
  public static byte[] config(LoraConfig lora, List<String> targets, String base) {
    ObjectNode config = JSON.createObjectNode();
    config
        .putNull("auto_mapping")
        .put("base_model_name_or_path", base)
        .put("bias", "none")
        .put("fan_in_fan_out", false)
        .put("inference_mode", true)
        .put("init_lora_weights", true)
        .putNull("layers_pattern")
        .putNull("layers_to_transform");
    if (lora.alpha() == Math.rint(lora.alpha())) {
      config.put("lora_alpha", (long) lora.alpha());
    } else {
      config.put("lora_alpha", lora.alpha());
    }
    config
        .put("lora_dropout", lora.dropout())
        .putNull("modules_to_save")
        .put("peft_type", "LORA")
        .put("r", lora.rank())
        .putNull("revision");
    targets.forEach(config.putArray("target_modules")::add);
    config.put("task_type", "CAUSAL_LM");
    return (config.toPrettyString() + "\n").getBytes(StandardCharsets.UTF_8);
  }

  private static BadCheckpoint refused(Path path, String key, JsonNode value, String expected) {
    String shown = value.isMissingNode() ? "missing" : String.format("%.200s", value);
    return bad(path, key + " is " + shown + " (expected: " + expected + ")");
  }

  private static BadCheckpoint bad(Path path, String why) {
    return new BadCheckpoint("Cannot use the adapter in " + path + ": " + why + ".");
  }
}
