package org.clapperboard.model.weights;

import java.math.BigInteger;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.clapperboard.config.BadCheckpoint;

/**
 * A reader of the pickles that {@code torch.save} writes, which can do nothing but build containers
 * and tensors (opcodes: Python's pickletools, protocol 2).
 *
 * <p>A pickle is a program that may name any function of the process that reads it. This one knows
 * five names and refuses the rest. It uses no recursion, never compares or prints what it built,
 * and its memory is bounded by the number of opcodes: a hostile file costs an error.
 *
 * <p>Dictionaries become maps, lists lists, tuples arrays, None {@link #NONE}.
 */
final class Unpickler {
  static final Object NONE = new Object();

  private static final int MAX_OPCODES = 500_000;
  private static final int MAX_NAME_BYTES = 256;
  private static final Object MARK = new Object();
  private static final Pattern STORAGE = Pattern.compile("torch(?:\\.cuda)? (\\w+)Storage");
  private static final Map<String, Dtype> STORAGE_TYPES =
      Map.ofEntries(
          Map.entry("Double", Dtype.F64),
          Map.entry("Float", Dtype.F32),
          Map.entry("Half", Dtype.F16),
          Map.entry("BFloat16", Dtype.BF16),
          Map.entry("Long", Dtype.I64),
          Map.entry("Int", Dtype.I32),
          Map.entry("Short", Dtype.I16),
          Map.entry("Char", Dtype.I8),
          Map.entry("Byte", Dtype.U8),
          Map.entry("Bool", Dtype.BOOL));

  private final Path file;
  private final ByteBuffer data;
  private final List<Object> stack = new ArrayList<>();
  private final Map<Integer, Object> memo = new HashMap<>();
  private final Map<String, Storage> storages;
  private int opcodes;

  /** The functions a pickle may call. */
  private enum Callable {
    DICTIONARY,
    TENSOR,
    PARAMETER
  }

  /**
   * A storage that tensors are views of.
   *
   * @param key its name in the file
   * @param dtype type of its elements
   * @param count number of elements
   */
  record Storage(String key, Dtype dtype, long count) {}

  /**
   * A tensor.
   *
   * @param storage what it is a view of
   * @param layout how
   */
  record Tensor(Storage storage, Strides layout) {}

  /** Why a pickle is refused; never leaves this class. */
  private static final class Refused extends RuntimeException {
    private static final long serialVersionUID = 1;

    Refused(String why) {
      super(why, null, false, false);
    }
  }

  private Unpickler(Path file, ByteBuffer data, Map<String, Storage> storages) {
    this.file = file;
    this.data = data.order(ByteOrder.LITTLE_ENDIAN);
    this.storages = storages;
  }

  /**
   * Reads one pickle and leaves the buffer behind it.
   *
   * @param storages takes every storage that the pickle mentions, by its key
   * @throws BadCheckpoint if it is damaged or asks for more than tensors in containers
   */
  static Object read(Path file, ByteBuffer data, Map<String, Storage> storages) {
    return new Unpickler(file, data, storages).run();
  }

  private Object run() {
    String why;
    try {
      while (true) {
        if (++opcodes > MAX_OPCODES) {
          throw new Refused("it has more than " + MAX_OPCODES + " instructions");
        }
        int opcode = data.get() & 0xff;
        if (opcode == '.') {
          return pop();
        }
        step(opcode);
      }
    } catch (Refused | IllegalArgumentException e) {
      why = e.getMessage();
    } catch (BufferUnderflowException e) {
      why = "it ends in the middle";
    }
    throw new BadCheckpoint("Cannot read the pickle in " + file + ": " + why + ".");
  }

  private void step(int opcode) {
    switch (opcode) {
      case 0x80 -> protocol(data.get());
      case '(' -> push(MARK);
      case 'N' -> push(NONE);
      case 0x88 -> push(true);
      case 0x89 -> push(false);
      case 'K' -> push((long) (data.get() & 0xff));
      case 'M' -> push((long) (data.getShort() & 0xffff));
      case 'J' -> push((long) data.getInt());
      case 0x8a -> push(longNumber());
      case 'G' -> push(data.order(ByteOrder.BIG_ENDIAN).getDouble());
      case 'X' -> push(new String(bytes(data.getInt()), StandardCharsets.UTF_8));
      case 'q' -> memo.put(data.get() & 0xff, top());
      case 'r' -> memo.put(data.getInt(), top());
      case 'h' -> push(remembered(data.get() & 0xff));
      case 'j' -> push(remembered(data.getInt()));
      case 'c' -> push(global(line() + " " + line()));
      case 'Q' -> push(storage(popAs(Object[].class)));
      case 'R' -> push(call(popAs(Object[].class)));
      case 'b' -> ignoreState();
      default -> container(opcode);
    }
    data.order(ByteOrder.LITTLE_ENDIAN);
  }

  private void container(int opcode) {
    switch (opcode) {
      case ')' -> push(new Object[0]);
      case 0x85 -> push(last(1));
      case 0x86 -> push(last(2));
      case 0x87 -> push(last(3));
      case 't' -> push(sinceMark());
      case ']' -> push(new ArrayList<>());
      case 'a' -> append(last(1));
      case 'e' -> append(sinceMark());
      case '}' -> push(new LinkedHashMap<>());
      case 's' -> put(last(2));
      case 'u' -> put(sinceMark());
      default -> throw new Refused(String.format("it has the instruction 0x%02x", opcode));
    }
  }

  private static void protocol(byte version) {
    if (version != 2) {
      throw new Refused("it is of protocol " + version + ", where PyTorch writes 2");
    }
  }

  private void push(Object value) {
    stack.add(value);
  }

  private Object pop() {
    Object value = top();
    stack.remove(stack.size() - 1);
    return value;
  }

  private Object top() {
    if (stack.isEmpty() || stack.get(stack.size() - 1) == MARK) {
      throw new Refused("it takes a value where there is none");
    }
    return stack.get(stack.size() - 1);
  }

  private <T> T popAs(Class<T> type) {
    return as(type, pop());
  }

  private static <T> T as(Class<T> type, Object value) {
    if (!type.isInstance(value)) {
      String found = value == NONE ? "nothing" : value.getClass().getSimpleName();
      throw new Refused("it has " + found + " where it needs " + type.getSimpleName());
    }
    return type.cast(value);
  }

  private Object[] last(int count) {
    Object[] values = new Object[count];
    for (int i = count - 1; i >= 0; i--) {
      values[i] = pop();
    }
    return values;
  }

  private Object[] sinceMark() {
    int mark = stack.lastIndexOf(MARK);
    if (mark < 0) {
      throw new Refused("it takes values where there are none");
    }
    List<Object> values = stack.subList(mark + 1, stack.size());
    Object[] taken = values.toArray();
    stack.subList(mark, stack.size()).clear();
    return taken;
  }

  private Object remembered(int index) {
    Object value = memo.get(index);
    if (value == null) {
      throw new Refused("it recalls what it never remembered");
    }
    return value;
  }

  private byte[] bytes(int length) {
    if (length < 0 || length > data.remaining()) {
      throw new Refused("it has a text of " + Integer.toUnsignedString(length) + " bytes");
    }
    byte[] bytes = new byte[length];
    data.get(bytes);
    return bytes;
  }

  private String line() {
    StringBuilder line = new StringBuilder();
    for (int b = data.get(); b != '\n'; b = data.get()) {
      if (line.length() == MAX_NAME_BYTES) {
        throw new Refused("it has a name of more than " + MAX_NAME_BYTES + " bytes");
      }
      line.append((char) (b & 0xff));
    }
    return line.toString();
  }

  private Object longNumber() {
    byte[] digits = bytes(data.get() & 0xff);
    for (int i = 0, j = digits.length - 1; i < j; i++, j--) {
      byte swapped = digits[i];
      digits[i] = digits[j];
      digits[j] = swapped;
    }
    BigInteger number = digits.length == 0 ? BigInteger.ZERO : new BigInteger(digits);
    return number.bitLength() < Long.SIZE ? (Object) number.longValue() : number;
  }

  private static Object global(String name) {
    Matcher storage = STORAGE.matcher(name);
    if (storage.matches() && STORAGE_TYPES.containsKey(storage.group(1))) {
      return STORAGE_TYPES.get(storage.group(1));
    }
    return switch (name) {
      case "collections OrderedDict" -> Callable.DICTIONARY;
      case "torch._utils _rebuild_tensor_v2" -> Callable.TENSOR;
      case "torch._utils _rebuild_parameter" -> Callable.PARAMETER;
      default ->
          throw new Refused(
              "it asks for "
                  + name.replaceAll("[^!-~]", ".")
                  + ", and only tensors in dictionaries are read from pickles");
    };
  }

  private Object call(Object[] arguments) {
    return switch (popAs(Callable.class)) {
      case DICTIONARY -> {
        require(arguments.length == 0, "an ordered dictionary made from something");
        yield new LinkedHashMap<>();
      }
      case TENSOR -> {
        require(arguments.length >= 4, "a tensor without its layout");
        Storage storage = as(Storage.class, arguments[0]);
        long offset = as(Long.class, arguments[1]);
        Strides layout =
            Strides.over(storage.count(), offset, longs(arguments[2]), longs(arguments[3]));
        yield new Tensor(storage, layout);
      }
      case PARAMETER -> {
        require(arguments.length >= 1, "a parameter without its tensor");
        yield as(Tensor.class, arguments[0]);
      }
    };
  }

  private static long[] longs(Object tuple) {
    Object[] values = as(Object[].class, tuple);
    return Arrays.stream(values).mapToLong(value -> as(Long.class, value)).toArray();
  }

  /** A persistent id: ('storage', type, key, device, count), and None for a view in old files. */
  private Storage storage(Object[] id) {
    require(id.length >= 5 && "storage".equals(id[0]), "a reference to something not in the file");
    require(id.length == 5 || id[5] == NONE, "a view of a storage, as PyTorch before 0.4 wrote it");
    long count = as(Long.class, id[4]);
    require(count >= 0, "a storage of " + count + " elements");
    Storage storage = new Storage(as(String.class, id[2]), as(Dtype.class, id[1]), count);
    storages.put(storage.key(), storage);
    return storage;
  }

  /** A state dictionary carries its version numbers as attributes; nothing here needs them. */
  private void ignoreState() {
    pop();
    as(Map.class, top());
  }

  private void append(Object[] values) {
    @SuppressWarnings("unchecked")
    List<Object> list = as(List.class, top());
    list.addAll(Arrays.asList(values));
  }

  private void put(Object[] keysAndValues) {
    @SuppressWarnings("unchecked")
    Map<Object, Object> map = as(Map.class, top());
    require(keysAndValues.length % 2 == 0, "a key without a value");
    for (int i = 0; i < keysAndValues.length; i += 2) {
      Object key = keysAndValues[i];
      // The hash of a container would walk all that is in it, and it may be in itself.
      require(key instanceof String || key instanceof Long, "a key that is no text or number");
      map.put(key, keysAndValues[i + 1]);
    }
  }

  private static void require(boolean sound, String what) {
    if (!sound) {
      throw new Refused("it has " + what);
    }
  }
}
