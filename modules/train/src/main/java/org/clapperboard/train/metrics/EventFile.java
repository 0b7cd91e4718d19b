package org.clapperboard.train.metrics;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.zip.CRC32C;
import org.apache.hadoop.fs.Syncable;

/**
 * A TensorBoard event file with scalars.
 *
 * <p>Records are framed as TFRecord frames them (length, masked CRC-32C of the length, data, masked
 * CRC-32C of the data); the data are {@code Event} messages of tensorflow/core/util/event.proto,
 * written by hand since five fields do not need a protocol buffer compiler.
 */
final class EventFile implements AutoCloseable {
  private static final int DOUBLE = 1;
  private static final int BYTES = 2;
  private static final int FLOAT = 5;

  private final OutputStream out;

  /** Begins a file whose first step is given: a viewer drops older records of later steps. */
  EventFile(OutputStream out, long firstStep) throws IOException {
    this.out = out;
    Message version = new Message().number(1, now()).text(3, "brain.Event:2");
    record(version.bytes());
    Message start = new Message().integer(1, 1);
    Message session = new Message().number(1, now()).integer(2, firstStep).bytes(7, start.bytes());
    record(session.bytes());
  }

  /** Adds scalars of a step. */
  void scalars(long step, Map<String, Double> values) throws IOException {
    Message summary = new Message();
    values.forEach(
        (tag, value) -> {
          Message scalar = new Message().text(1, tag).single(2, value.floatValue());
          summary.bytes(1, scalar.bytes());
        });
    record(new Message().number(1, now()).integer(2, step).bytes(5, summary.bytes()).bytes());
    if (out instanceof Syncable syncable) {
      syncable.hflush();
    } else {
      out.flush();
    }
  }

  private void record(byte[] data) throws IOException {
    byte[] length = new byte[Long.BYTES];
    ByteBuffer.wrap(length).order(ByteOrder.LITTLE_ENDIAN).putLong(data.length);
    out.write(length);
    out.write(maskedCrc(length));
    out.write(data);
    out.write(maskedCrc(data));
  }

  private static byte[] maskedCrc(byte[] data) {
    CRC32C crc = new CRC32C();
    crc.update(data);
    int value = (int) crc.getValue();
    int masked = Integer.rotateRight(value, 15) + 0xa282ead8;
    byte[] bytes = new byte[Integer.BYTES];
    ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).putInt(masked);
    return bytes;
  }

  private static double now() {
    return System.currentTimeMillis() / 1000.0;
  }

  @Override
  public void close() throws IOException {
    out.close();
  }

  /** A protocol buffer message while it is written. */
  private static final class Message {
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

    Message number(int field, double value) {
      varint((field << 3) | DOUBLE);
      byte[] fixed = new byte[Double.BYTES];
      ByteBuffer.wrap(fixed).order(ByteOrder.LITTLE_ENDIAN).putDouble(value);
      bytes.writeBytes(fixed);
      return this;
    }

    Message single(int field, float value) {
      varint((field << 3) | FLOAT);
      byte[] fixed = new byte[Float.BYTES];
      ByteBuffer.wrap(fixed).order(ByteOrder.LITTLE_ENDIAN).putFloat(value);
      bytes.writeBytes(fixed);
      return this;
    }

    Message integer(int field, long value) {
      varint((long) field << 3);
      varint(value);
      return this;
    }

    Message text(int field, String value) {
      return bytes(field, value.getBytes(StandardCharsets.UTF_8));
    }

    Message bytes(int field, byte[] value) {
      varint((field << 3) | BYTES);
      varint(value.length);
      bytes.writeBytes(value);
      return this;
    }

    byte[] bytes() {
      return bytes.toByteArray();
    }

    private void varint(long value) {
      long rest = value;
      while ((rest & ~0x7fL) != 0) {
        bytes.write((int) ((rest & 0x7f) | 0x80));
        rest >>>= 7;
      }
      bytes.write((int) rest);
    }
  }
}
