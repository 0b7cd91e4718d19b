package org.clapperboard.train.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** Event files read back by code of their own: framing, checksums and messages. */
class EventFileTest {

  private static byte[] written(long firstStep, Map<Long, Map<String, Double>> steps)
      throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (EventFile file = new EventFile(out, firstStep)) {
      for (Map.Entry<Long, Map<String, Double>> step : steps.entrySet()) {
        file.scalars(step.getKey(), step.getValue());
      }
    }
    return out.toByteArray();
  }

  /** CRC-32C by its definition, one bit at a time (RFC 3720, appendix B.4). */
  private static int crc32c(byte[] data) {
    int crc = -1;
    for (byte b : data) {
      crc ^= b & 0xff;
      for (int bit = 0; bit < 8; bit++) {
        crc = (crc >>> 1) ^ ((crc & 1) == 0 ? 0 : 0x82f63b78);
      }
    }
    return ~crc;
  }

  /** TensorFlow's masked checksum: turned by 15 bits to the right, plus a constant. */
  private static int masked(byte[] data) {
    int crc = crc32c(data);
    return ((crc >>> 15) | (crc << 17)) + 0xa282ead8;
  }

  /** The records of a file, their checksums compared. */
  private static List<byte[]> records(byte[] file) {
    ByteBuffer in = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN);
    List<byte[]> records = new ArrayList<>();
    while (in.hasRemaining()) {
      byte[] length = new byte[Long.BYTES];
      in.get(length);
      assertThat(in.getInt()).as("checksum of a length").isEqualTo(masked(length));
      byte[] data =
          new byte[(int) ByteBuffer.wrap(length).order(ByteOrder.LITTLE_ENDIAN).getLong()];
      in.get(data);
      assertThat(in.getInt()).as("checksum of a record").isEqualTo(masked(data));
      records.add(data);
    }
    return records;
  }

  /**
   * The fields of a protocol buffer message by number: Long for a varint, Double or Float for a
   * fixed number, byte[] for the rest; all values of a field in order.
   */
  private static Map<Integer, List<Object>> fields(byte[] message) {
    ByteBuffer in = ByteBuffer.wrap(message).order(ByteOrder.LITTLE_ENDIAN);
    Map<Integer, List<Object>> fields = new TreeMap<>();
    while (in.hasRemaining()) {
      long key = varint(in);
      Object value =
          switch ((int) key & 7) {
            case 0 -> varint(in);
            case 1 -> in.getDouble();
            case 2 -> bytes(in, (int) varint(in));
            case 5 -> in.getFloat();
            default -> throw new AssertionError("wire type of " + key);
          };
      fields.computeIfAbsent((int) (key >> 3), none -> new ArrayList<>()).add(value);
    }
    return fields;
  }

  private static long varint(ByteBuffer in) {
    long value = 0;
    for (int shift = 0; ; shift += 7) {
      byte next = in.get();
      value |= (next & 0x7fL) << shift;
      if (next >= 0) {
        return value;
      }
    }
  }

  private static byte[] bytes(ByteBuffer in, int count) {
    byte[] bytes = new byte[count];
    in.get(bytes);
    return bytes;
  }

  private static String text(Object field) {
    return new String((byte[]) field, StandardCharsets.UTF_8);
  }

  /** Event.step is field 2, Event.summary 5, Summary.value 1, its tag 1 and its number 2. */
  private static Map<String, Float> scalars(Map<Integer, List<Object>> event) {
    Map<String, Float> scalars = new LinkedHashMap<>();
    for (Object value : fields((byte[]) event.get(5).get(0)).get(1)) {
      Map<Integer, List<Object>> scalar = fields((byte[]) value);
      scalars.put(text(scalar.get(1).get(0)), (Float) scalar.get(2).get(0));
    }
    return scalars;
  }

  @Test
  void the_checksum_of_this_test_is_that_of_the_standard() {
    // The check value of CRC-32C, and RFC 3720's example of 32 zeros.
    assertThat(crc32c("123456789".getBytes(StandardCharsets.US_ASCII))).isEqualTo(0xe3069283);
    assertThat(crc32c(new byte[32])).isEqualTo(0x8a9136aa);
  }

  @Test
  void a_file_begins_with_its_version_and_the_step_it_goes_on_at() throws Exception {
    List<byte[]> records = records(written(300, Map.of()));
    assertThat(records).hasSize(2);
    Map<Integer, List<Object>> version = fields(records.get(0));
    assertThat(text(version.get(3).get(0))).isEqualTo("brain.Event:2");
    assertThat((Double) version.get(1).get(0))
        .as("seconds since 1970")
        .isCloseTo(System.currentTimeMillis() / 1000.0, within(60.0));
    Map<Integer, List<Object>> session = fields(records.get(1));
    assertThat(session.get(2)).containsExactly(300L);
    // SessionLog.status START: what a viewer has of later steps is dropped.
    assertThat(fields((byte[]) session.get(7).get(0)).get(1)).containsExactly(1L);
  }

  @Test
  void scalars_come_back_under_their_steps_and_tags() throws Exception {
    Map<String, Double> first = new LinkedHashMap<>();
    first.put("loss", 2.5);
    first.put("lr", 1e-3);
    Map<Long, Map<String, Double>> steps = new LinkedHashMap<>();
    steps.put(7L, first);
    // Steps of several bytes, and a message longer than 127.
    steps.put(5_000_000_000L, Map.of("t".repeat(200), Double.NaN));
    List<byte[]> records = records(written(0, steps));
    assertThat(records).hasSize(4);
    Map<Integer, List<Object>> seventh = fields(records.get(2));
    assertThat(seventh.get(2)).containsExactly(7L);
    assertThat(scalars(seventh)).containsExactly(Map.entry("loss", 2.5f), Map.entry("lr", 1e-3f));
    Map<Integer, List<Object>> late = fields(records.get(3));
    assertThat(late.get(2)).containsExactly(5_000_000_000L);
    assertThat(scalars(late)).containsExactly(Map.entry("t".repeat(200), Float.NaN));
  }
}
