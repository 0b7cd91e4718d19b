package org.clapperboard.model.weights;

import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.clapperboard.config.BadCheckpoint;

/**
 * Reads the index of a checkpoint in several files ({@code model.safetensors.index.json}, {@code
 * pytorch_model.bin.index.json}): a {@code weight_map} from names of tensors to files beside it.
 */
public final class ShardIndex {
  private static final ObjectMapper JSON =
      JsonMapper.builder().enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION).build();

  private ShardIndex() {}

  /**
   * Opens the tensors that an index names.
   *
   * @param opener opens one of the files
   * @throws BadCheckpoint if the index is damaged or leaves its folder, or a file or tensor is not
   *     there
   */
  public static TensorSource open(Path index, Function<Path, TensorSource> opener) {
    Map<String, String> fileOf = weightMap(index);
    Set<String> files = new LinkedHashSet<>(fileOf.values());
    requireInside(index, files);
    Map<String, TensorSource> shards = new LinkedHashMap<>();
    for (String file : files) {
      shards.put(file, opener.apply(index.resolveSibling(file)));
    }
    Map<String, TensorSource> owners = new LinkedHashMap<>();
    fileOf.forEach((name, file) -> owners.put(name, shards.get(file)));
    List<String> missing =
        fileOf.keySet().stream().filter(n -> !owners.get(n).names().contains(n)).toList();
    if (!missing.isEmpty()) {
      String first = missing.get(0) + " is not in " + fileOf.get(missing.get(0));
      throw bad(index, first + " (" + missing.size() + " tensors are not where it says)");
    }
    return TensorSources.owned(owners, index.toString());
  }

  private static Map<String, String> weightMap(Path index) {
    Map<String, String> fileOf = new LinkedHashMap<>();
    try {
      for (Map.Entry<String, JsonNode> entry :
          JSON.readTree(index.toFile()).path("weight_map").properties()) {
        fileOf.put(entry.getKey(), entry.getValue().asText());
      }
    } catch (IOException e) {
      throw new BadCheckpoint("Cannot read the index " + index + ": it is not JSON.", e);
    }
    if (fileOf.isEmpty()) {
      throw bad(index, "it has no weight_map");
    }
    return fileOf;
  }

  /** A checkpoint from somebody else must not make us read files of its choice. */
  private static void requireInside(Path index, Set<String> files) {
    for (String file : files) {
      if (file.isEmpty() || file.startsWith(".") || !file.matches("[^/\\\\\\x00]+")) {
        throw bad(index, "it names \"" + file + "\", which is no file in its folder");
      }
    }
    String missing =
        files.stream()
            .filter(file -> !Files.isRegularFile(index.resolveSibling(file)))
            .collect(Collectors.joining(", "));
    if (!missing.isEmpty()) {
      throw bad(index, "the folder lacks " + missing);
    }
  }

  private static BadCheckpoint bad(Path index, String why) {
    return new BadCheckpoint("Cannot read the index " + index + ": " + why + ".");
  }
}
