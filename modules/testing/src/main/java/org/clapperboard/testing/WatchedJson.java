package org.clapperboard.testing;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/** JSON that remembers which of its fields were asked for. */
final class WatchedJson {
  /** What describes a fixture, at any depth, and is nothing to compare with. */
  private static final Set<String> DESCRIPTION =
      Set.of(
          "config",
          "vision_config",
          "audio_config",
          "processor",
          "fixture",
          "generated_with",
          "note",
          "reference",
          "tolerance",
          "versions");

  private WatchedJson() {}

  /** Reads a file. Throws UncheckedIOException where it is no JSON. */
  static JsonNode read(Path file) {
    try {
      return new ObjectMapper().setNodeFactory(new Factory()).readTree(file.toFile());
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot read " + file + ": " + e.getMessage(), e);
    }
  }

  /** The paths of the fields that nobody has asked for; the elements of a list share one path. */
  static Set<String> unread(JsonNode root) {
    Set<String> unread = new TreeSet<>();
    collect(root, "", unread);
    return unread;
  }

  private static void collect(JsonNode node, String path, Set<String> unread) {
    if (node instanceof Watched watched) {
      for (Map.Entry<String, JsonNode> field : watched.untouched().entrySet()) {
        String name = path + field.getKey();
        if (DESCRIPTION.contains(field.getKey())) {
          continue;
        }
        if (watched.asked.contains(field.getKey())) {
          collect(field.getValue(), name + ".", unread);
        } else {
          unread.add(name);
        }
      }
    } else {
      node.forEach(element -> collect(element, path, unread));
    }
  }

  private static final class Factory extends JsonNodeFactory {
    @Override
    public ObjectNode objectNode() {
      return new Watched(this);
    }
  }

  /** An object that notes the names it is asked for. Asking whether it has one is no reading. */
  @SuppressWarnings("unchecked") // deepCopy, as in the class above: the caller chooses its type.
  private static final class Watched extends ObjectNode {
    private final Set<String> asked = new HashSet<>();

    Watched(JsonNodeFactory factory) {
      super(factory);
    }

    Map<String, JsonNode> untouched() {
      return _children;
    }

    @Override
    public boolean has(String name) {
      return _children.containsKey(name);
    }

    @Override
    public JsonNode get(String name) {
      asked.add(name);
      return super.get(name);
    }

    @Override
    public JsonNode path(String name) {
      asked.add(name);
      return super.path(name);
    }

    @Override
    public Set<Map.Entry<String, JsonNode>> properties() {
      asked.addAll(_children.keySet());
      return super.properties();
    }

    @Override
    public ObjectNode deepCopy() {
      asked.addAll(_children.keySet());
      return super.deepCopy();
    }
  }
}
