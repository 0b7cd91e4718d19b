package org.clapperboard.model;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.clapperboard.model.weights.Safetensors;

/** What is done to the folder of a sound model. */
interface Damage {
  ObjectMapper JSON = new ObjectMapper();

  void to(Path folder) throws IOException;

  static Path weights(Path model) {
    return model.resolve("model.safetensors");
  }

  static Path shard(Path model, String prefix) throws IOException {
    try (Stream<Path> files = Files.list(model)) {
      return files
          .filter(f -> f.getFileName().toString().startsWith(prefix))
          .sorted()
          .findFirst()
          .orElseThrow();
    }
  }

  static Damage cut(int bytes) {
    return model ->
        Files.write(weights(model), Arrays.copyOf(Files.readAllBytes(weights(model)), bytes));
  }

  static void length(Path model, long headerBytes) throws IOException {
    try (RandomAccessFile file = new RandomAccessFile(weights(model).toFile(), "rw")) {
      file.writeLong(Long.reverseBytes(headerBytes));
    }
  }

  /** What a header is changed into. */
  interface Change<T> {
    T of(T before) throws IOException;
  }

  static void header(Path model, Change<String> change) throws IOException {
    ByteBuffer all =
        ByteBuffer.wrap(Files.readAllBytes(weights(model))).order(ByteOrder.LITTLE_ENDIAN);
    int length = (int) all.getLong();
    String text = new String(all.array(), Long.BYTES, length, StandardCharsets.UTF_8);
    byte[] changed = change.of(text).getBytes(StandardCharsets.UTF_8);
    int rest = all.array().length - Long.BYTES - length;
    ByteBuffer written =
        ByteBuffer.allocate(Long.BYTES + changed.length + rest).order(ByteOrder.LITTLE_ENDIAN);
    written.putLong(changed.length).put(changed).put(all.array(), Long.BYTES + length, rest);
    Files.write(weights(model), written.array());
  }

  static Damage entry(String tensor, Consumer<ObjectNode> change) {
    return model ->
        header(
            model,
            text -> {
              ObjectNode header = (ObjectNode) JSON.readTree(text);
              change.accept((ObjectNode) header.get(tensor));
              return JSON.writeValueAsString(header);
            });
  }

  /** The third number of a tensor. */
  static Damage number(String tensor, float value) {
    return model -> {
      long at = Safetensors.open(weights(model)).region(tensor).start() + 8;
      try (RandomAccessFile file = new RandomAccessFile(weights(model).toFile(), "rw")) {
        file.seek(at);
        file.writeInt(Integer.reverseBytes(Float.floatToRawIntBits(value)));
      }
    };
  }

  static Damage index(String index, String tensor, String file) {
    return model -> {
      Path path = model.resolve(index);
      ObjectNode json = (ObjectNode) JSON.readTree(path.toFile());
      ((ObjectNode) json.get("weight_map")).put(tensor, file);
      JSON.writeValue(path.toFile(), json);
    };
  }

  static Damage config(Consumer<ObjectNode> change) {
    return model -> {
      Path path = model.resolve("config.json");
      ObjectNode json = (ObjectNode) JSON.readTree(path.toFile());
      change.accept(json);
      JSON.writeValue(path.toFile(), json);
    };
  }

  /** A sound zip file behind which a 64-bit directory says that it lies there. */
  static void zip64(Path model, long bytes, long start) throws IOException {
    Path path = model.resolve("pytorch_model.bin");
    byte[] all = Files.readAllBytes(path);
    byte[] end = Arrays.copyOfRange(all, all.length - 22, all.length);
    ByteBuffer written = ByteBuffer.allocate(all.length + 56 + 20).order(ByteOrder.LITTLE_ENDIAN);
    written.put(all, 0, all.length - 22);
    int at = written.position();
    written.putInt(0x06064b50).putLong(44).putShort((short) 45).putShort((short) 45);
    written.putInt(0).putInt(0).putLong(1).putLong(1).putLong(bytes).putLong(start);
    written.putInt(0x07064b50).putInt(0).putLong(at).putInt(1).put(end);
    Files.write(path, written.array());
  }
}
