package org.clapperboard.model.weights;

import ai.djl.ndarray.types.Shape;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.clapperboard.config.BadCheckpoint;

/**
 * A safetensors file, memory-mapped: opening one reads its header only.
 *
 * <p>Layout (Hugging Face safetensors): the header's length as 8 bytes little-endian, a JSON header
 * of name to dtype, shape and byte range, then the data. The header is checked before anything is
 * mapped: lengths, ranges inside the file, ranges that fit shape and dtype, no overlap.
 */
public final class Safetensors implements TensorSource {
  private static final ObjectMapper JSON =
      JsonMapper.builder().enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION).build();
  private static final long MAX_HEADER_BYTES = 16L << 20;

  /**
   * A tensor in the file.
   *
   * @param dtype how elements are stored
   * @param shape its dimensions
   * @param start first byte, counted from the start of the file
   * @param end one past its last byte
   */
  record Entry(Dtype dtype, Shape shape, long start, long end) {}

  private final Path file;
  private final Map<String, Entry> entries;
  private final Map<String, String> metadata;

  private Safetensors(Path file, Map<String, Entry> entries, Map<String, String> metadata) {
    this.file = file;
    this.entries = entries;
    this.metadata = metadata;
  }

  /**
   * Reads and checks the header.
   *
   * @throws BadCheckpoint if the file cannot be read or is not a sound safetensors file
   */
  public static Safetensors open(Path file) {
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
      long size = channel.size();
      ByteBuffer length = ByteBuffer.allocate(Long.BYTES).order(ByteOrder.LITTLE_ENDIAN);
      readFully(channel, length, 0);
      if (size < Long.BYTES) {
        throw bad(file, "it has " + size + " bytes, too few for a header");
      }
      long headerBytes = length.getLong(0);
      if (headerBytes < 2 || headerBytes > MAX_HEADER_BYTES || headerBytes > size - Long.BYTES) {
        throw bad(file, "its header length is " + headerBytes + " in a file of " + size + " bytes");
      }
      ByteBuffer header = ByteBuffer.allocate((int) headerBytes);
      readFully(channel, header, Long.BYTES);
      return parse(file, header.array(), Long.BYTES + headerBytes, size);
    } catch (IOException e) {
      throw new BadCheckpoint("Cannot read " + file + ": " + e, e);
    }
  }

  @Override
  public String origin() {
    return file.toString();
  }

  @Override
  public Set<String> names() {
    return entries.keySet();
  }

  @Override
  public Shape shape(String name) {
    return entry(name).shape();
  }

  @Override
  public Dtype dtype(String name) {
    return entry(name).dtype();
  }

  /** The free text of the header's metadata. */
  public Map<String, String> metadata() {
    return metadata;
  }

  @Override
  public FileRegion region(String name) {
    return new FileRegion(file, entry(name).start());
  }

  @Override
  public void read(String name, long first, FloatBuffer target) {
    Entry entry = entry(name);
    new StoredElements(file, entry.dtype(), entry.start(), entry.shape().size())
        .read(first, target);
  }

  private Entry entry(String name) {
    Entry entry = entries.get(name);
    if (entry == null) {
      throw new IllegalArgumentException(name + " is not in " + file);
    }
    return entry;
  }

  private static Safetensors parse(Path file, byte[] header, long dataStart, long fileSize) {
    Map<String, JsonNode> tree;
    try {
      tree = JSON.readValue(header, new TypeReference<LinkedHashMap<String, JsonNode>>() {});
    } catch (JsonProcessingException e) {
      throw bad(file, "its header is not sound JSON: " + e.getOriginalMessage());
    } catch (IOException e) {
      throw bad(file, "its header is not sound JSON: " + e.getMessage());
    }
    if (tree == null) {
      throw bad(file, "its header is null");
    }
    Map<String, String> metadata = Map.of();
    Map<String, Entry> entries = new LinkedHashMap<>();
    for (Map.Entry<String, JsonNode> node : tree.entrySet()) {
      if (node.getKey().equals("__metadata__")) {
        metadata = metadata(file, node.getValue());
      } else {
        entries.put(
            node.getKey(), entry(file, node.getKey(), node.getValue(), dataStart, fileSize));
      }
    }
    requireDisjoint(file, entries);
    return new Safetensors(file, entries, metadata);
  }

  private static Map<String, String> metadata(Path file, JsonNode node) {
    try {
      return JSON.convertValue(node, new TypeReference<>() {});
    } catch (IllegalArgumentException e) {
      throw bad(file, "its metadata is " + head(node));
    }
  }

  private static Entry entry(Path file, String name, JsonNode node, long dataStart, long size) {
    JsonNode offsets = node.path("data_offsets");
    JsonNode dimensions = node.path("shape");
    Dtype dtype = Dtype.named(node.path("dtype").asText());
    if (dtype == null || offsets.size() != 2 || !dimensions.isArray()) {
      throw bad(file, "tensor " + name + " has the header " + head(node));
    }
    long elements = 1;
    long[] shape = new long[dimensions.size()];
    for (int i = 0; i < shape.length; i++) {
      shape[i] = number(dimensions.get(i));
      if (shape[i] < 0 || (shape[i] > 0 && elements > Long.MAX_VALUE / 8 / shape[i])) {
        throw bad(file, "tensor " + name + " has the shape " + head(dimensions));
      }
      elements *= shape[i];
    }
    long start = number(offsets.get(0));
    long end = number(offsets.get(1));
    if (start < 0 || end < start || end > size - dataStart) {
      throw bad(file, "tensor " + name + " lies at " + head(offsets) + ", outside the file");
    }
    if (end - start != elements * dtype.bytes()) {
      throw bad(
          file,
          "tensor " + name + " has " + (end - start) + " bytes for " + elements + " " + dtype);
    }
    return new Entry(dtype, new Shape(shape), dataStart + start, dataStart + end);
  }

  /** A whole number of 64 bits, or -1 if it is none: 1.5 and 2^64 must not become something. */
  private static long number(JsonNode node) {
    return node.isIntegralNumber() && node.canConvertToLong() ? node.asLong() : -1;
  }

  /** The beginning of what may be as long as the header. */
  private static String head(JsonNode node) {
    return String.format("%.200s", node);
  }

  private static void requireDisjoint(Path file, Map<String, Entry> entries) {
    long end = 0;
    for (Map.Entry<String, Entry> next :
        entries.entrySet().stream()
            .sorted(Map.Entry.comparingByValue(java.util.Comparator.comparingLong(Entry::start)))
            .toList()) {
      if (next.getValue().start() < end && next.getValue().end() > next.getValue().start()) {
        throw bad(file, "tensor " + next.getKey() + " overlaps the one before it");
      }
      end = Math.max(end, next.getValue().end());
    }
  }

  /** Fills the buffer from a position; what lies beyond the end of the file stays zero. */
  private static void readFully(FileChannel channel, ByteBuffer buffer, long position)
      throws IOException {
    while (buffer.hasRemaining()) {
      int read = channel.read(buffer, position + buffer.position());
      if (read < 0) {
        return;
      }
    }
  }

  private static BadCheckpoint bad(Path file, String why) {
    return new BadCheckpoint("Cannot read " + file + " as safetensors: " + why + ".");
  }

  /** The JSON header of a file to be written. */
  static byte[] header(Map<String, Entry> entries, Map<String, String> metadata) {
    Map<String, Object> header = new LinkedHashMap<>();
    // In a fixed order throughout: the hash of a file is the same whenever it is written.
    header.put("__metadata__", new TreeMap<>(metadata));
    entries.forEach((name, entry) -> header.put(name, description(entry)));
    try {
      return JSON.writeValueAsBytes(header);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(e);
    }
  }

  private static Map<String, Object> description(Entry entry) {
    Map<String, Object> description = new LinkedHashMap<>();
    description.put("dtype", entry.dtype().name());
    description.put("shape", entry.shape().getShape());
    description.put("data_offsets", new long[] {entry.start(), entry.end()});
    return description;
  }
}
