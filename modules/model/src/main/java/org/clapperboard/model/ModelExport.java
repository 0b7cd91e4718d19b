package org.clapperboard.model;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.clapperboard.model.weights.Dtype;
import org.clapperboard.model.weights.SafetensorsWriter;
import org.clapperboard.model.weights.TensorSource;
import org.clapperboard.model.weights.TorchFileWriter;

/**
 * How a model is written as a folder in the Hugging Face layout: {@code config.json}, tokenizer
 * files, weights in safetensors under the reference's names.
 *
 * <p>A whole model goes into {@code model.safetensors}, or into shards with an index. Of a model
 * whose parts are not all written, encoders and connectors go into a file each ({@code
 * mm_projector.safetensors} and so on), as the reference keeps the results of its stages.
 *
 * @param parts the parts whose weights are written; none, for a model whose adapters alone are
 * @param dtype F32 or BF16
 * @param maxShardBytes weights of the language model or the whole model in one file at most; a
 *     tensor that is larger has a file of its own
 * @param sideFormat how encoders and connectors are written that go into a file each
 */
public record ModelExport(Set<Part> parts, Dtype dtype, long maxShardBytes, SideFormat sideFormat) {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String STEM = "model";
  private static final String INDEX = STEM + ".safetensors.index.json";
  private static final Pattern WRITTEN =
      Pattern.compile(
          "config\\.json|generation_config\\.json|model\\.safetensors\\.index\\.json"
              + "|model(?:-\\d{5}-of-\\d{5})?\\.safetensors"
              + "|adapter_config\\.json|adapter_model\\.safetensors"
              + "|(?:mm_projector|mm_projector_a|audio_tower|vision_tower)\\.(?:safetensors|bin)");

  /** Files of single parts. */
  public enum SideFormat {
    /** Safetensors, as the rest. */
    SAFETENSORS,
    /** What torch.save writes: the reference looks for {@code mm_projector.bin} alone. */
    BIN
  }

  /** What a tokenizer consists of; only the first two are always there. */
  private static final List<String> TOKENIZER_FILES =
      List.of(
          "tokenizer.json",
          "tokenizer_config.json",
          "special_tokens_map.json",
          "added_tokens.json",
          "vocab.json",
          "merges.txt",
          "tokenizer.model");

  public ModelExport {
    parts = Set.copyOf(parts);
    if (maxShardBytes < 1) {
      throw new IllegalArgumentException("an export has shards of at least a byte");
    }
    if (dtype != Dtype.F32 && dtype != Dtype.BF16) {
      throw new IllegalArgumentException("weights are written as F32 or BF16, not " + dtype);
    }
  }

  /** An export of safetensors alone. */
  public ModelExport(Set<Part> parts, Dtype dtype, long maxShardBytes) {
    this(parts, dtype, maxShardBytes, SideFormat.SAFETENSORS);
  }

  /** The whole model in one file of 4-byte floats: nothing is rounded. */
  public static ModelExport whole() {
    return new ModelExport(EnumSet.allOf(Part.class), Dtype.F32, Long.MAX_VALUE);
  }

  /**
   * Writes a model. Files of an earlier export in the folder are replaced; {@code config.json} is
   * written last, so that a folder that has one is whole.
   *
   * @param shown how media are shown to it
   * @param tokenizer folder whose tokenizer files are copied
   * @param card text of README.md
   */
  public void write(
      Path folder, VideoLlama2 model, ModelFolder.Shown shown, Path tokenizer, String card)
      throws IOException {
    write(folder, model.config(), model.parameters(), shown, tokenizer, card);
  }

  /**
   * Writes a model whose weights need not be in memory: they are read piece by piece.
   *
   * @param weights of each part, under the reference's names
   */
  public void write(
      Path folder,
      ModelConfig model,
      Map<Part, ? extends TensorSource> weights,
      ModelFolder.Shown shown,
      Path tokenizer,
      String card)
      throws IOException {
    Files.createDirectories(folder);
    removeEarlier(folder);
    for (String file : TOKENIZER_FILES) {
      if (Files.exists(tokenizer.resolve(file)) || TOKENIZER_FILES.indexOf(file) < 2) {
        Files.write(folder.resolve(file), Files.readAllBytes(tokenizer.resolve(file)));
      }
    }
    Files.writeString(folder.resolve("README.md"), card);
    writeWeights(folder, weights);
    ObjectNode tokens = specialTokens(tokenizer);
    writeJson(folder.resolve("generation_config.json"), tokens.deepCopy().put("do_sample", false));
    ObjectNode config = HuggingFaceConfig.write(model);
    config.setAll(tokens);
    config
        .put("torch_dtype", dtype == Dtype.F32 ? "float32" : "bfloat16")
        .put("num_frames", shown.frames())
        .put("image_aspect_ratio", shown.aspect().name().toLowerCase(Locale.ROOT))
        .put("audio_shape", shown.sound().name().toLowerCase(Locale.ROOT))
        .put("audio_seconds", shown.soundSeconds());
    config.setAll(stageFlags(weights.keySet()));
    writeJson(folder.resolve("config.json"), config);
  }

  /** The reference takes a folder whose flag is true for connector weights without a model. */
  private ObjectNode stageFlags(Set<Part> modelParts) {
    boolean partial = !parts.containsAll(modelParts) && !parts.contains(Part.LANGUAGE_MODEL);
    ObjectNode flags = JSON.createObjectNode();
    if (modelParts.contains(Part.VISION_CONNECTOR)) {
      flags.put("tune_mm_mlp_adapter", partial && parts.contains(Part.VISION_CONNECTOR));
    }
    if (modelParts.contains(Part.AUDIO_PROJECTOR)) {
      flags.put("tune_mm_mlp_adapter_a", partial && parts.contains(Part.AUDIO_PROJECTOR));
    }
    return flags;
  }

  private static void removeEarlier(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      for (Path file : files.toList()) {
        if (WRITTEN.matcher(file.getFileName().toString()).matches()) {
          Files.delete(file);
        }
      }
    }
  }

  private void writeWeights(Path folder, Map<Part, ? extends TensorSource> model)
      throws IOException {
    boolean whole = parts.containsAll(model.keySet());
    List<TensorSource> together = new ArrayList<>();
    for (Map.Entry<Part, ? extends TensorSource> entry : model.entrySet()) {
      if (!parts.contains(entry.getKey())) {
        continue;
      }
      String stem = whole ? STEM : stem(entry.getKey());
      if (stem.equals(STEM)) {
        together.add(entry.getValue());
      } else {
        writeSide(folder, stem, entry.getValue());
      }
    }
    writeShards(folder, together);
  }

  private void writeSide(Path folder, String stem, TensorSource part) throws IOException {
    switch (sideFormat) {
      case SAFETENSORS ->
          write(folder.resolve(stem + ".safetensors"), new SafetensorsWriter(dtype).add(part));
      case BIN -> {
        try (OutputStream out = buffered(folder.resolve(stem + ".bin"))) {
          TorchFileWriter.write(part, dtype, out);
        }
      }
    }
  }

  /** Side files have the names of the reference's. */
  private static String stem(Part part) {
    return switch (part) {
      case VISION_ENCODER -> "vision_tower";
      case VISION_CONNECTOR -> "mm_projector";
      case AUDIO_ENCODER -> "audio_tower";
      case AUDIO_PROJECTOR -> "mm_projector_a";
      case LANGUAGE_MODEL -> STEM;
    };
  }

  private void writeShards(Path folder, List<TensorSource> weights) throws IOException {
    List<SafetensorsWriter> shards = shards(weights);
    if (shards.size() == 1) {
      write(folder.resolve(STEM + ".safetensors"), shards.get(0));
      return;
    }
    Map<String, String> fileOf = new TreeMap<>();
    for (int i = 0; i < shards.size(); i++) {
      String name =
          String.format(Locale.ROOT, "%s-%05d-of-%05d.safetensors", STEM, i + 1, shards.size());
      write(folder.resolve(name), shards.get(i));
      shards.get(i).names().forEach(tensor -> fileOf.put(tensor, name));
    }
    if (!shards.isEmpty()) {
      long bytes = weights.stream().mapToLong(this::bytes).sum();
      ObjectNode index = JSON.createObjectNode();
      index.putObject("metadata").put("total_size", bytes);
      index.set("weight_map", JSON.valueToTree(fileOf));
      writeJson(folder.resolve(INDEX), index);
    }
  }

  /** Tensors in order, a new file wherever the next would make one too large. */
  private List<SafetensorsWriter> shards(List<TensorSource> weights) {
    List<SafetensorsWriter> shards = new ArrayList<>();
    long room = 0;
    for (TensorSource part : weights) {
      for (String name : part.names()) {
        long bytes = bytes(part, name);
        if (shards.isEmpty() || bytes > room) {
          shards.add(new SafetensorsWriter(dtype));
          room = maxShardBytes;
        }
        room -= bytes;
        shards.get(shards.size() - 1).add(name, part);
      }
    }
    return shards;
  }

  private long bytes(TensorSource part) {
    return part.names().stream().mapToLong(name -> bytes(part, name)).sum();
  }

  private long bytes(TensorSource part, String name) {
    return part.shape(name).size() * dtype.bytes();
  }

  private static void write(Path file, SafetensorsWriter writer) throws IOException {
    try (OutputStream out = buffered(file)) {
      writer.write(out, Map.of("format", "pt"));
    }
  }

  private static OutputStream buffered(Path file) throws IOException {
    return new BufferedOutputStream(Files.newOutputStream(file), 1 << 20);
  }

  /** The ids of the tokens that begin, end and fill texts, as far as the tokenizer names them. */
  private static ObjectNode specialTokens(Path tokenizer) throws IOException {
    JsonNode config = JSON.readTree(tokenizer.resolve("tokenizer_config.json").toFile());
    JsonNode tokens = JSON.readTree(tokenizer.resolve("tokenizer.json").toFile());
    ObjectNode ids = JSON.createObjectNode();
    for (String kind : List.of("bos", "eos", "pad")) {
      JsonNode token = config.path(kind + "_token");
      String text = token.isObject() ? token.path("content").asText() : token.asText();
      for (JsonNode added : tokens.path("added_tokens")) {
        if (added.path("content").asText().equals(text)) {
          ids.put(kind + "_token_id", added.path("id").asInt());
        }
      }
    }
    return ids;
  }

  private static void writeJson(Path file, JsonNode json) throws IOException {
    JSON.writerWithDefaultPrettyPrinter().writeValue(file.toFile(), json);
  }
}
