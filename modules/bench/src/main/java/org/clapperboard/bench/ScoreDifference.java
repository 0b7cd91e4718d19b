package org.clapperboard.bench;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.zip.CRC32;

/**
 * How far two generations of the same model are apart.
 *
 * @param scores largest difference of a score, as long as both had chosen the same before
 * @param sameTokens tokens that are the same, from the start of each row on
 * @param tokens all tokens
 */
record ScoreDifference(double scores, int sameTokens, int tokens) {

  /**
   * Compares.
   *
   * @param ids of both, rows of tokens
   * @param files scores of both, float32 (tokens, rows, vocabulary), little-endian
   */
  static ScoreDifference of(JsonNode[] ids, Path[] files) throws IOException {
    int rows = ids[0].size();
    int steps = ids[0].get(0).size();
    FloatBuffer one = floats(files[0]);
    FloatBuffer other = floats(files[1]);
    if (ids[1].size() != rows || one.capacity() != other.capacity()) {
      throw new IllegalArgumentException("generations of different sizes");
    }
    int vocabulary = one.capacity() / rows / steps;
    double most = 0;
    int same = 0;
    for (int row = 0; row < rows; row++) {
      boolean together = true;
      for (int step = 0; step < steps && together; step++) {
        int first = (step * rows + row) * vocabulary;
        for (int i = first; i < first + vocabulary; i++) {
          double apart = Math.abs((double) one.get(i) - other.get(i));
          // What is not a number is no agreement either.
          most = apart <= most ? most : Double.isNaN(apart) ? Double.POSITIVE_INFINITY : apart;
        }
        together = ids[0].get(row).get(step).equals(ids[1].get(row).get(step));
        same += together ? 1 : 0;
      }
    }
    return new ScoreDifference(most, same, rows * steps);
  }

  /** CRC-32 of all ids, row by row, as integers of 32 bits, little-endian. */
  static long checksum(JsonNode ids) {
    CRC32 crc = new CRC32();
    ByteBuffer bytes = ByteBuffer.allocate(Integer.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    ids.forEach(
        row ->
            row.forEach(
                id -> {
                  bytes.putInt(0, id.asInt());
                  crc.update(bytes.duplicate());
                }));
    return crc.getValue();
  }

  private static FloatBuffer floats(Path file) throws IOException {
    try (FileChannel channel = FileChannel.open(file)) {
      return channel
          .map(FileChannel.MapMode.READ_ONLY, 0, channel.size())
          .order(ByteOrder.LITTLE_ENDIAN)
          .asFloatBuffer();
    }
  }
}
