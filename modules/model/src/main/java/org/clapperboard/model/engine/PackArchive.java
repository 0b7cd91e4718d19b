package org.clapperboard.model.engine;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/**
 * Builds a TorchScript archive from the source text of one module class, without Python.
 *
 * <p>An archive is a zip of stored entries: the source, a pickle that creates one object of the
 * class without attributes, an empty constants table and the format version (PyTorch's
 * serialization format 10).
 */
final class PackArchive {
  private static final Pattern CLASS = Pattern.compile("(?m)^class (\\w+)\\(Module\\):");
  private static final byte[] EMPTY_TUPLE = {(byte) 0x80, 2, ')', '.'};

  private PackArchive() {}

  static byte[] of(String source) {
    Matcher name = CLASS.matcher(source);
    if (!name.find()) {
      throw new IllegalArgumentException("The source declares no \"class Name(Module):\".");
    }
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ZipOutputStream zip = new ZipOutputStream(bytes)) {
      zip.setMethod(ZipOutputStream.STORED);
      store(zip, "pack/data.pkl", emptyObject(name.group(1)));
      store(zip, "pack/code/__torch__.py", source.getBytes(StandardCharsets.UTF_8));
      store(zip, "pack/constants.pkl", EMPTY_TUPLE);
      store(zip, "pack/version", "10\n".getBytes(StandardCharsets.US_ASCII));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return bytes.toByteArray();
  }

  /** The pickle (protocol 2) of {@code __torch__.<name>()} with an empty state. */
  private static byte[] emptyObject(String name) {
    String program = "\u0080\u0002c__torch__\n" + name + "\nq\0)\u0081}b.";
    return program.getBytes(StandardCharsets.ISO_8859_1);
  }

  private static void store(ZipOutputStream zip, String name, byte[] content) throws IOException {
    CRC32 crc = new CRC32();
    crc.update(content);
    ZipEntry entry = new ZipEntry(name);
    entry.setSize(content.length);
    entry.setCompressedSize(content.length);
    entry.setCrc(crc.getValue());
    entry.setTime(0);
    zip.putNextEntry(entry);
    zip.write(content);
    zip.closeEntry();
  }
}
