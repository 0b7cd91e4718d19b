package org.clapperboard.model.weights;

import ai.djl.ndarray.types.Shape;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.clapperboard.config.BadCheckpoint;
import org.clapperboard.model.weights.StoredZip.Region;
import org.clapperboard.model.weights.Unpickler.Storage;
import org.clapperboard.model.weights.Unpickler.Tensor;

/**
 * A state dictionary written by {@code torch.save}, memory-mapped; nothing in it is executed.
 *
 * <p>Both layouts are read (PyTorch's serialization.py): the zip file with a {@code data.pkl} and
 * one entry per storage, and the one before 1.6, five pickles and then the storages one after the
 * other. Tensors may lie over their storages with any strides, and share them.
 */
public final class TorchFile implements TensorSource {
  private static final long MAX_PICKLE_BYTES = 16L << 20;
  private static final int ZIP_MAGIC = 0x04034b50;
  private static final BigInteger OLD_MAGIC = new BigInteger("1950a86a20f9469cfc6c", 16);
  private static final Long OLD_PROTOCOL = 1001L;

  /** Keys under which training scripts keep a state dictionary beside other things. */
  private static final List<String> WRAPPERS = List.of("model", "state_dict", "module");

  private final Path file;
  private final Map<String, Tensor> tensors;
  private final Map<String, Region> storages;

  private TorchFile(Path file, Object root, Map<String, Region> storages) {
    this.file = file;
    this.storages = storages;
    this.tensors = tensors(file, root);
    tensors.forEach(this::requireStorage);
  }

  /**
   * Reads the names and layouts of all tensors.
   *
   * @throws BadCheckpoint if the file cannot be read, is damaged, or asks for anything but tensors
   */
  public static TorchFile open(Path file) {
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
      ByteBuffer start = map(channel, 0, Math.min(MAX_PICKLE_BYTES, channel.size()));
      if (start.remaining() >= Integer.BYTES && start.getInt(0) == ZIP_MAGIC) {
        return ofZip(file, channel);
      }
      return ofOldLayout(file, start, channel.size());
    } catch (IOException e) {
      throw new BadCheckpoint("Cannot read " + file + ": " + e.getMessage() + ".", e);
    }
  }

  @Override
  public String origin() {
    return file.toString();
  }

  @Override
  public Set<String> names() {
    return tensors.keySet();
  }

  @Override
  public Shape shape(String name) {
    return tensor(name).layout().shape();
  }

  @Override
  public Dtype dtype(String name) {
    return tensor(name).storage().dtype();
  }

  @Override
  public void read(String name, long first, FloatBuffer target) {
    Storage storage = tensor(name).storage();
    long start = storages.get(storage.key()).start();
    new StoredElements(file, storage.dtype(), start, storage.count())
        .read(tensor(name).layout(), first, target);
  }

  private Tensor tensor(String name) {
    Tensor tensor = tensors.get(name);
    if (tensor == null) {
      throw new IllegalArgumentException(name + " is not in " + file);
    }
    return tensor;
  }

  private static TorchFile ofZip(Path file, FileChannel channel) throws IOException {
    Map<String, Region> entries = StoredZip.entries(channel);
    List<String> pickles = entries.keySet().stream().filter(n -> n.endsWith("/data.pkl")).toList();
    if (pickles.size() != 1) {
      throw bad(file, "it is a zip file with " + pickles.size() + " entries named data.pkl, not 1");
    }
    String top = pickles.get(0).substring(0, pickles.get(0).length() - "data.pkl".length());
    requireLittleEndian(file, channel, entries.get(top + "byteorder"));
    Region pickle = entries.get(pickles.get(0));
    if (pickle.bytes() > MAX_PICKLE_BYTES) {
      throw bad(file, "its data.pkl has " + pickle.bytes() + " bytes");
    }
    Object root =
        Unpickler.read(file, map(channel, pickle.start(), pickle.bytes()), new HashMap<>());
    Map<String, Region> storages = new HashMap<>();
    String data = top + "data/";
    entries.forEach(
        (name, region) -> {
          if (name.startsWith(data)) {
            storages.put(name.substring(data.length()), region);
          }
        });
    return new TorchFile(file, root, storages);
  }

  private static void requireLittleEndian(Path file, FileChannel channel, Region order)
      throws IOException {
    // Files of 1.x do not say it: only little-endian machines wrote them.
    if (order == null) {
      return;
    }
    ByteBuffer text = map(channel, order.start(), order.bytes());
    if (!text.hasRemaining() || text.get() != 'l') {
      throw bad(file, "it was written by a big-endian machine");
    }
  }

  private static TorchFile ofOldLayout(Path file, ByteBuffer start, long size) {
    if (!start.hasRemaining() || start.get(0) != (byte) 0x80) {
      throw bad(file, "it begins neither like a zip file nor like a pickle");
    }
    Map<String, Storage> named = new HashMap<>();
    if (!OLD_MAGIC.equals(Unpickler.read(file, start, named))) {
      throw bad(file, "it is a pickle, but not one of torch.save");
    }
    if (!OLD_PROTOCOL.equals(Unpickler.read(file, start, named))) {
      throw bad(file, "it was written by a PyTorch before 0.1.10");
    }
    Object system = Unpickler.read(file, start, named);
    if (!(system instanceof Map<?, ?> facts) || !Boolean.TRUE.equals(facts.get("little_endian"))) {
      throw bad(file, "it was written by a big-endian machine");
    }
    Object root = Unpickler.read(file, start, named);
    Object keys = Unpickler.read(file, start, named);
    return new TorchFile(file, root, storagesBehind(file, start.position(), size, named, keys));
  }

  /** Old storages follow in the order of their keys, each behind its number of elements. */
  private static Map<String, Region> storagesBehind(
      Path file, long at, long size, Map<String, Storage> named, Object keys) {
    Map<String, Region> storages = new LinkedHashMap<>();
    if (!(keys instanceof List<?> list)) {
      throw bad(file, "it does not list its storages");
    }
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
      for (Object key : list) {
        Storage storage = key instanceof String ? named.get(key) : null;
        if (storage == null || size - at < Long.BYTES) {
          throw bad(file, "its storages are not those of its tensors");
        }
        long count = map(channel, at, Long.BYTES).getLong();
        long bytes = count * storage.dtype().bytes();
        at += Long.BYTES;
        if (count < 0 || count > size || bytes > size - at) {
          throw bad(file, "storage " + key + " has " + count + " elements, more than the file");
        }
        storages.put(storage.key(), new Region(at, bytes));
        at += bytes;
      }
    } catch (IOException e) {
      throw new BadCheckpoint("Cannot read " + file + ": " + e.getMessage() + ".", e);
    }
    return storages;
  }

  private static Map<String, Tensor> tensors(Path file, Object root) {
    Map<String, Tensor> tensors = named(root);
    if (tensors.isEmpty() && root instanceof Map<?, ?> map) {
      for (String wrapper : WRAPPERS) {
        tensors = tensors.isEmpty() ? named(map.get(wrapper)) : tensors;
      }
    }
    if (tensors.isEmpty()) {
      throw bad(file, "it is no dictionary of tensors, and has none under " + WRAPPERS);
    }
    return tensors;
  }

  private static Map<String, Tensor> named(Object dictionary) {
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    if (dictionary instanceof Map<?, ?> map) {
      map.forEach(
          (name, value) -> {
            if (name instanceof String text && value instanceof Tensor tensor) {
              tensors.put(text, tensor);
            }
          });
    }
    return tensors;
  }

  private void requireStorage(String name, Tensor tensor) {
    Storage storage = tensor.storage();
    Region region = storages.get(storage.key());
    if (region == null || storage.count() > region.bytes() / storage.dtype().bytes()) {
      String there = region == null ? "is missing" : "has " + region.bytes() + " bytes";
      throw bad(
          file,
          "the storage of "
              + name
              + " "
              + there
              + ", for "
              + storage.count()
              + " "
              + storage.dtype());
    }
  }

  private static ByteBuffer map(FileChannel channel, long start, long bytes) throws IOException {
    return channel.map(FileChannel.MapMode.READ_ONLY, start, bytes).order(ByteOrder.LITTLE_ENDIAN);
  }

  private static BadCheckpoint bad(Path file, String why) {
    return new BadCheckpoint("Cannot read " + file + " as PyTorch weights: " + why + ".");
  }
}
