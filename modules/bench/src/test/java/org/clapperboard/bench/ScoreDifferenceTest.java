package org.clapperboard.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ScoreDifferenceTest {
  @TempDir private Path temporary;

  private Path file(String name, float... scores) throws IOException {
    ByteBuffer bytes =
        ByteBuffer.allocate(scores.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    bytes.asFloatBuffer().put(scores);
    return Files.write(temporary.resolve(name), bytes.array());
  }

  private static JsonNode ids(String json) throws IOException {
    return new ObjectMapper().readTree(json);
  }

  @Test
  void scores_are_compared_up_to_the_first_token_that_differs() throws Exception {
    // Two rows, two tokens, two words: row 0 parts at its first token, row 1 never does.
    Path one = file("one", 1, 2, 5, 5, 3, 4, 6, 6);
    Path other = file("other", 1.25f, 2, 5, 5, 90, 91, 6, 6.5f);
    JsonNode[] ids = {ids("[[1, 1], [0, 0]]"), ids("[[0, 1], [0, 0]]")};
    ScoreDifference apart = ScoreDifference.of(ids, new Path[] {one, other});
    assertThat(apart.scores()).isCloseTo(0.5, within(1e-6));
    assertThat(apart.sameTokens()).isEqualTo(2);
    assertThat(apart.tokens()).isEqualTo(4);
  }

  @Test
  void what_is_not_a_number_agrees_with_nothing() throws Exception {
    Path one = file("one", 1, Float.NaN);
    Path other = file("other", 1, Float.NaN);
    JsonNode[] ids = {ids("[[0]]"), ids("[[0]]")};
    assertThat(ScoreDifference.of(ids, new Path[] {one, other}).scores())
        .isEqualTo(Double.POSITIVE_INFINITY);
  }

  @Test
  void ids_have_the_checksum_that_zlib_gives_their_bytes() throws Exception {
    // Python: zlib.crc32(struct.pack("<4i", 7387, 3442, 1, 70000))
    assertThat(ScoreDifference.checksum(ids("[[7387, 3442], [1, 70000]]"))).isEqualTo(2212264379L);
  }
}
