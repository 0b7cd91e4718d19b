package org.clapperboard.collective;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.util.Random;
import org.clapperboard.config.WorkerLost;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Numbers to add that travel as bfloat16. */
class HalfWireIT {
  private static final CollectiveOptions OPTIONS = Ranks.OPTIONS.withWire(Wire.BF16);

  /** The oracle: of both neighbours that have only an upper half, the nearer, else the even one. */
  private static float rounded(float value) {
    int bits = Float.floatToRawIntBits(value);
    float inner = Float.intBitsToFloat(bits & 0xFFFF0000);
    float outer = Float.intBitsToFloat((bits & 0xFFFF0000) + 0x10000);
    double toInner = Math.abs((double) value - inner);
    double toOuter = Math.abs((double) outer - value);
    if (toInner != toOuter) {
      return toInner < toOuter ? inner : outer;
    }
    return (Float.floatToRawIntBits(inner) & 0x10000) == 0 ? inner : outer;
  }

  private static float[] sum(long seed, int worldSize, int count) {
    float[] sum = new float[count];
    for (int rank = 0; rank < worldSize; rank++) {
      float[] values = Floats.ofRank(seed, rank, count);
      for (int i = 0; i < count; i++) {
        sum[i] = rank == 0 ? rounded(values[i]) : sum[i] + rounded(values[i]);
      }
    }
    return sum;
  }

  private static float[] rounded(float[] values) {
    float[] rounded = new float[values.length];
    for (int i = 0; i < values.length; i++) {
      rounded[i] = rounded(values[i]);
    }
    return rounded;
  }

  @Test
  void a_number_becomes_the_nearest_and_of_two_as_near_the_even_one() {
    Random random = new Random(1);
    for (int i = 0; i < 200_000; i++) {
      int upper = random.nextInt() & 0xFF3F0000; // Never an infinity, nor beyond one.
      for (int lower : new int[] {0, 1, 0x7FFF, 0x8000, 0x8001, 0xFFFF, random.nextInt(0x10000)}) {
        float value = Float.intBitsToFloat(upper | lower);
        assertThat(Bfloat16.rounded(value)).isEqualTo(rounded(value));
      }
    }
  }

  @ParameterizedTest
  @ValueSource(floats = {Float.NaN, Float.NEGATIVE_INFINITY, Float.POSITIVE_INFINITY, -0f})
  void what_is_not_finite_stays_so(float value) {
    assertThat(Float.valueOf(Bfloat16.rounded(value))).isEqualTo(Float.valueOf(value));
  }

  @Test
  void a_nan_that_is_told_by_its_lower_half_alone_stays_one() {
    assertThat(Bfloat16.rounded(Float.intBitsToFloat(0x7F800001))).isNaN();
    assertThat(Bfloat16.rounded(Float.MAX_VALUE)).isEqualTo(Float.POSITIVE_INFINITY);
  }

  @ParameterizedTest
  @CsvSource({
    "1, 1, TCP, OFF",
    "2, 1, TCP, OFF",
    "3, 2, TCP, AES_GCM",
    "2, 1, SHARED_MEMORY, OFF",
    "5, 3, SHARED_MEMORY, OFF",
    "3, 1, SHARED_MEMORY, AES_GCM"
  })
  void terms_are_rounded_sums_are_not(
      int worldSize, int streams, SameHost sameHost, Encryption encryption) throws Exception {
    CollectiveOptions options =
        OPTIONS
            .withStreams(streams)
            .withChunkBytes(2048)
            .withSameHost(sameHost)
            .withEncryption(encryption);
    Ranks.run(
        worldSize,
        options,
        collective -> {
          Random random = new Random(worldSize);
          for (int seed = 0; seed < 40; seed++) {
            assertOracle(collective, seed, random.nextInt(seed % 2 == 0 ? 30_000 : 300));
          }
          return null;
        });
  }

  private static void assertOracle(Collective collective, int seed, int count) {
    float[] own = Floats.ofRank(seed, collective.rank(), count);
    float[] sum = sum(seed, collective.worldSize(), count);
    Slices slices = Slices.even(count, collective.worldSize());

    ByteBuffer buffer = Floats.buffer(own);
    collective.reduceScatter(buffer, slices);
    assertThat(Floats.slice(Floats.array(buffer), slices, collective.rank()))
        .isEqualTo(Floats.slice(sum, slices, collective.rank()));

    collective.allGather(buffer, slices);
    assertThat(Floats.array(buffer)).as("what is only passed on keeps every bit").isEqualTo(sum);

    ByteBuffer everywhere = Floats.buffer(own);
    collective.allReduce(everywhere);
    assertThat(Floats.array(everywhere)).isEqualTo(rounded(sum));
  }

  @Test
  void half_the_bytes_go_out() throws Exception {
    int floats = 10_000;
    Ranks.run(
        2,
        OPTIONS,
        collective -> {
          collective.allReduce(Floats.zeros(floats));
          assertThat(collective.stats().bytesSent()).isEqualTo(floats * 2L);
          assertThat(collective.stats().bytesReceived()).isEqualTo(floats * 2L);
          return null;
        });
  }

  @Test
  void ranks_that_round_and_ranks_that_do_not_refuse_each_other() throws Exception {
    try (Ranks ranks = new Ranks(2, OPTIONS)) {
      var first = ranks.start(0, collective -> null);
      var second =
          ranks.start(
              () ->
                  TcpCollective.connect(
                      ranks.listeners.get(1), 1, ranks.peers, ranks.key, Ranks.OPTIONS));
      assertThat(Ranks.failure(first))
          .isInstanceOf(WorkerLost.class)
          .hasMessageMatching(
              "Cannot connect rank 0 .*: rank 1 has .* sums of fp32, .* of bf16, route auto\\.");
      assertThat(Ranks.failure(second))
          .isInstanceOf(WorkerLost.class)
          .hasMessageMatching(
              "Cannot connect rank 1 .*: rank 0 .* of bf16, .* sums of fp32, route auto\\.");
    }
  }
}
