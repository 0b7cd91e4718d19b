package org.clapperboard.model.weights;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/** Pickles and their zip files, byte by byte: what PyTorch would write, and what it never would. */
public final class PickleBytes {
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();

  public static PickleBytes pickle() {
    return new PickleBytes().op(0x80).op(2);
  }

  public PickleBytes op(int... bytes) {
    for (int b : bytes) {
      out.write(b);
    }
    return this;
  }

  public PickleBytes repeat(int times, int... bytes) {
    for (int i = 0; i < times; i++) {
      op(bytes);
    }
    return this;
  }

  public PickleBytes text(String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    return op('X').int32(bytes.length).raw(bytes);
  }

  public PickleBytes number(long number) {
    return op(0x8a, 8).raw(little(8).putLong(number).array());
  }

  public PickleBytes global(String module, String name) {
    return op('c').raw((module + "\n" + name + "\n").getBytes(StandardCharsets.UTF_8));
  }

  /** A tuple of numbers. */
  public PickleBytes tuple(long... numbers) {
    op('(');
    for (long number : numbers) {
      number(number);
    }
    return op('t');
  }

  public PickleBytes int32(int number) {
    return raw(little(4).putInt(number).array());
  }

  public PickleBytes raw(byte[] bytes) {
    out.writeBytes(bytes);
    return this;
  }

  /** A float32 tensor over the storage "0". */
  public PickleBytes tensor(long stored, long offset, long[] sizes, long[] steps) {
    global("torch._utils", "_rebuild_tensor_v2").op('(');
    storage(stored).number(offset).tuple(sizes).tuple(steps);
    return op(0x89, ')', 't', 'R');
  }

  public PickleBytes storage(long stored) {
    op('(').text("storage").global("torch", "FloatStorage").text("0").text("cpu");
    return number(stored).op('t', 'Q');
  }

  /** A state dictionary with one such tensor, called w. */
  public static PickleBytes state(long stored, long offset, long[] sizes, long[] steps) {
    return pickle().op('}').text("w").tensor(stored, offset, sizes, steps).op('s');
  }

  /** The pickle, with what ends one. */
  public byte[] end() {
    return op('.').bytes();
  }

  public byte[] bytes() {
    return out.toByteArray();
  }

  /** A zip file as PyTorch writes it, with a storage "0" of so many bytes. */
  public static byte[] zip(byte[] pickle, int storageBytes) {
    Map<String, byte[]> entries = new LinkedHashMap<>();
    entries.put("archive/data.pkl", pickle);
    entries.put("archive/data/0", new byte[storageBytes]);
    return zip(entries, ZipEntry.STORED);
  }

  public static byte[] zip(Map<String, byte[]> entries, int method) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ZipOutputStream zip = new ZipOutputStream(bytes)) {
      for (Map.Entry<String, byte[]> entry : entries.entrySet()) {
        ZipEntry header = new ZipEntry(entry.getKey());
        CRC32 crc = new CRC32();
        crc.update(entry.getValue());
        header.setMethod(method);
        header.setSize(entry.getValue().length);
        header.setCrc(crc.getValue());
        zip.putNextEntry(header);
        zip.write(entry.getValue());
        zip.closeEntry();
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return bytes.toByteArray();
  }

  public static Path write(Path file, byte[] bytes) {
    try {
      return Files.write(file, bytes);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  public static ByteBuffer little(int bytes) {
    return ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }
}
