package org.clapperboard.model.weights;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.LocalDateTime;
import java.util.zip.CRC32;
import java.util.zip.CheckedOutputStream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/**
 * Writes a state dictionary as {@code torch.save} does: a zip file whose entries are stored as they
 * are, a {@code data.pkl} of protocol 2 and an entry for the elements of each tensor (PyTorch's
 * serialization.py). The reference reads side files such as {@code mm_projector.bin} only so.
 */
public final class TorchFileWriter {
  private static final String TOP = "archive/";
  private static final LocalDateTime WRITTEN = LocalDateTime.of(2000, 1, 1, 0, 0);

  private final ByteArrayOutputStream pickle = new ByteArrayOutputStream();

  private TorchFileWriter() {}

  /**
   * Writes all tensors of a source.
   *
   * @param dtype F32 or BF16
   */
  public static void write(TensorSource source, Dtype dtype, OutputStream out) throws IOException {
    ZipOutputStream zip = new ZipOutputStream(out);
    entry(zip, "data.pkl", new TorchFileWriter().dictionary(source, dtype));
    entry(zip, "byteorder", "little".getBytes(StandardCharsets.US_ASCII));
    int key = 0;
    for (String name : source.names()) {
      long elements = source.shape(name).size();
      SafetensorsWriter.Values values = (first, target) -> source.read(name, first, target);
      CRC32 crc = new CRC32();
      // A stored entry says its checksum before its bytes, so these are read twice.
      SafetensorsWriter.write(
          new CheckedOutputStream(OutputStream.nullOutputStream(), crc), dtype, elements, values);
      start(zip, "data/" + key++, elements * dtype.bytes(), crc);
      SafetensorsWriter.write(zip, dtype, elements, values);
      zip.closeEntry();
    }
    entry(zip, "version", "3\n".getBytes(StandardCharsets.US_ASCII));
    zip.finish();
  }

  private static void entry(ZipOutputStream zip, String name, byte[] bytes) throws IOException {
    CRC32 crc = new CRC32();
    crc.update(bytes);
    start(zip, name, bytes.length, crc);
    zip.write(bytes);
    zip.closeEntry();
  }

  private static void start(ZipOutputStream zip, String name, long bytes, CRC32 crc)
      throws IOException {
    ZipEntry entry = new ZipEntry(TOP + name);
    entry.setMethod(ZipEntry.STORED);
    entry.setSize(bytes);
    entry.setCrc(crc.getValue());
    // The same weights are the same bytes, whenever they are written.
    entry.setTimeLocal(WRITTEN);
    zip.putNextEntry(entry);
  }

  /** Protocol 2, an empty dictionary, a mark, names and tensors, all of them put, the end. */
  private byte[] dictionary(TensorSource source, Dtype dtype) {
    op(0x80).op(2).op('}').op('(');
    int key = 0;
    for (String name : source.names()) {
      text(name);
      tensor(key++, dtype, source.shape(name).getShape());
    }
    op('u').op('.');
    return pickle.toByteArray();
  }

  /** A call of _rebuild_tensor_v2: storage, offset, sizes, strides, no gradient, no hooks. */
  private void tensor(int key, Dtype dtype, long[] sizes) {
    long[] strides = new long[sizes.length];
    long elements = 1;
    for (int i = sizes.length - 1; i >= 0; i--) {
      strides[i] = elements;
      elements *= sizes[i];
    }
    global("torch._utils", "_rebuild_tensor_v2").op('(');
    op('(').text("storage").global("torch", storageType(dtype));
    text(Integer.toString(key)).text("cpu").number(elements).op('t').op('Q');
    number(0).tuple(sizes).tuple(strides).op(0x89);
    global("collections", "OrderedDict").op(')').op('R');
    op('t').op('R');
  }

  private static String storageType(Dtype dtype) {
    return switch (dtype) {
      case F32 -> "FloatStorage";
      case BF16 -> "BFloat16Storage";
      default -> throw new IllegalArgumentException("weights are written as F32 or BF16");
    };
  }

  private TorchFileWriter tuple(long[] numbers) {
    op('(');
    for (long number : numbers) {
      number(number);
    }
    return op('t');
  }

  private TorchFileWriter number(long number) {
    if (number == (int) number) {
      return op('J').little(number, Integer.BYTES);
    }
    return op(0x8a).op(Long.BYTES).little(number, Long.BYTES);
  }

  private TorchFileWriter text(String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    op('X').little(bytes.length, Integer.BYTES);
    pickle.writeBytes(bytes);
    return this;
  }

  private TorchFileWriter global(String module, String name) {
    pickle.writeBytes(("c" + module + "\n" + name + "\n").getBytes(StandardCharsets.US_ASCII));
    return this;
  }

  private TorchFileWriter op(int instruction) {
    pickle.write(instruction);
    return this;
  }

  private TorchFileWriter little(long number, int bytes) {
    for (int i = 0; i < bytes; i++) {
      pickle.write((int) (number >>> (8 * i)));
    }
    return this;
  }
}
