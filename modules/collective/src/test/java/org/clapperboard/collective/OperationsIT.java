package org.clapperboard.collective;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class OperationsIT {

  /** Around nothing, the chunk of 256 floats, the window of 4 chunks, and world sizes up to 5. */
  private static final int[] COUNTS = {0, 1, 2, 3, 7, 255, 256, 257, 1024, 1285, 5000, 40_009};

  @Test
  void the_test_data_can_tell_one_order_of_additions_from_another() {
    float[] inOrder = Floats.sum(1, 3, 1000);
    float[] values0 = Floats.ofRank(1, 0, 1000);
    float[] values1 = Floats.ofRank(1, 1, 1000);
    float[] values2 = Floats.ofRank(1, 2, 1000);
    int different = 0;
    for (int i = 0; i < 1000; i++) {
      different += values2[i] + values1[i] + values0[i] != inOrder[i] ? 1 : 0;
    }

    assertThat(different).isGreaterThan(100);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4, 5})
  void all_reduce_adds_in_rank_order(int worldSize) throws Exception {
    Ranks.run(
        worldSize,
        Ranks.OPTIONS,
        collective -> {
          for (int count : COUNTS) {
            ByteBuffer buffer = Floats.buffer(Floats.ofRank(count, collective.rank(), count));
            collective.allReduce(buffer);
            assertThat(Floats.array(buffer)).isEqualTo(Floats.sum(count, worldSize, count));
          }
          return null;
        });
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4, 5})
  void reduce_scatter_leaves_the_sum_in_the_own_slice(int worldSize) throws Exception {
    Ranks.run(
        worldSize,
        Ranks.OPTIONS,
        collective -> {
          int rank = collective.rank();
          for (int count : COUNTS) {
            for (Slices slices : slicings(count, worldSize)) {
              ByteBuffer buffer = Floats.buffer(Floats.ofRank(count, rank, count));
              collective.reduceScatter(buffer, slices);
              assertThat(Floats.slice(Floats.array(buffer), slices, rank))
                  .isEqualTo(Floats.slice(Floats.sum(count, worldSize, count), slices, rank));
            }
          }
          return null;
        });
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4, 5})
  void all_gather_brings_the_slices_of_all_owners(int worldSize) throws Exception {
    Ranks.run(
        worldSize,
        Ranks.OPTIONS,
        collective -> {
          int rank = collective.rank();
          for (int count : COUNTS) {
            for (Slices slices : slicings(count, worldSize)) {
              float[] all = Floats.ofRank(count, 99, count);
              ByteBuffer buffer = Floats.buffer(new float[count]);
              int start = (int) slices.start(rank);
              buffer
                  .asFloatBuffer()
                  .put(start, Floats.slice(all, slices, rank), 0, (int) slices.length(rank));
              collective.allGather(buffer, slices);
              assertThat(Floats.array(buffer)).isEqualTo(all);
            }
          }
          return null;
        });
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4, 5})
  void broadcast_brings_the_buffer_of_any_root(int worldSize) throws Exception {
    Ranks.run(
        worldSize,
        Ranks.OPTIONS,
        collective -> {
          for (int bytes : new int[] {0, 1, 1023, 1024, 1025, 10_007, 100_000}) {
            for (int root = 0; root < worldSize; root++) {
              byte[] data = randomBytes(bytes + root, bytes);
              ByteBuffer buffer = ByteBuffer.allocateDirect(bytes);
              if (collective.rank() == root) {
                buffer.put(0, data);
              }
              collective.broadcast(buffer, root);
              byte[] received = new byte[bytes];
              buffer.get(0, received);
              assertThat(received).isEqualTo(data);
            }
          }
          return null;
        });
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4, 5})
  void small_objects_come_in_rank_order(int worldSize) throws Exception {
    List<List<String>> results =
        Ranks.run(
            worldSize,
            Ranks.OPTIONS,
            collective -> {
              String mine = "x".repeat(collective.rank() * 700) + collective.rank();
              return collective.allGather(mine.getBytes(StandardCharsets.UTF_8)).stream()
                  .map(bytes -> new String(bytes, StandardCharsets.UTF_8))
                  .toList();
            });

    for (List<String> result : results) {
      assertThat(result).hasSize(worldSize);
      for (int rank = 0; rank < worldSize; rank++) {
        assertThat(result.get(rank)).isEqualTo("x".repeat(rank * 700) + rank);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4, 5})
  void sums_of_doubles_are_taken_in_rank_order(int worldSize) throws Exception {
    double expected = 0;
    for (int rank = 0; rank < worldSize; rank++) {
      expected += Math.scalb(1.0, -20 * rank) / 3;
    }
    List<double[]> results =
        Ranks.run(
            worldSize,
            Ranks.OPTIONS,
            collective ->
                collective.sum(Math.scalb(1.0, -20 * collective.rank()) / 3, collective.rank(), 1));

    for (double[] result : results) {
      assertThat(result).containsExactly(expected, worldSize * (worldSize - 1) / 2.0, worldSize);
    }
  }

  @Test
  void nobody_leaves_a_barrier_before_all_have_come() throws Exception {
    long[] lastArrival = new long[1];
    List<Long> departures =
        Ranks.run(
            3,
            Ranks.OPTIONS,
            collective -> {
              if (collective.rank() == 1) {
                Thread.sleep(200);
                lastArrival[0] = System.nanoTime();
              }
              collective.barrier();
              return System.nanoTime();
            });

    assertThat(departures).allMatch(departure -> departure - lastArrival[0] >= 0);
  }

  @ParameterizedTest
  @CsvSource({
    "2, 2, 1024, TCP, DIRECT",
    "3, 3, 1024, TCP, DIRECT",
    "4, 2, 64, TCP, DIRECT",
    "3, 1, 16, TCP, DIRECT",
    "2, 5, 262144, TCP, DIRECT",
    "2, 1, 1024, SHARED_MEMORY, DIRECT",
    "3, 3, 1024, SHARED_MEMORY, DIRECT",
    "4, 2, 516, SHARED_MEMORY, DIRECT",
    "2, 5, 262144, SHARED_MEMORY, DIRECT",
    "2, 1, 1024, TCP, RING",
    "3, 1, 1024, TCP, RING",
    "4, 2, 64, TCP, RING",
    "5, 3, 1024, TCP, RING",
    "4, 1, 1024, SHARED_MEMORY, RING",
    "3, 3, 516, SHARED_MEMORY, RING"
  })
  void random_operations_in_sequence_stay_right(
      int worldSize, int streams, int chunkBytes, SameHost sameHost, Route route) throws Exception {
    CollectiveOptions options =
        Ranks.OPTIONS
            .withStreams(streams)
            .withChunkBytes(chunkBytes)
            .withSocketBufferBytes(32_768)
            .withSameHost(sameHost)
            .withRoute(route);
    Ranks.run(
        worldSize,
        options,
        collective -> {
          Random random = new Random(worldSize * 100L + streams);
          for (int i = 0; i < 150; i++) {
            runRandomOperation(collective, random, i);
          }
          return null;
        });
  }

  @ParameterizedTest
  @CsvSource({"TCP, DIRECT", "SHARED_MEMORY, DIRECT", "TCP, RING", "SHARED_MEMORY, RING"})
  void delayed_ranks_do_not_change_a_bit(SameHost sameHost, Route route) throws Exception {
    Ranks.run(
        4,
        Ranks.OPTIONS.withStreams(2).withSameHost(sameHost).withRoute(route),
        collective -> {
          Random lag = new Random(collective.rank());
          Random random = new Random(5);
          for (int i = 0; i < 40; i++) {
            Thread.sleep(lag.nextInt(15));
            runRandomOperation(collective, random, i);
          }
          return null;
        });
  }

  @Tag("full")
  @ParameterizedTest
  @CsvSource({"TCP, DIRECT", "SHARED_MEMORY, DIRECT", "TCP, RING", "SHARED_MEMORY, RING"})
  void a_long_random_run_stays_right(SameHost sameHost, Route route) throws Exception {
    Ranks.run(
        5,
        Ranks.OPTIONS.withStreams(3).withChunkBytes(4096).withSameHost(sameHost).withRoute(route),
        collective -> {
          Random lag = new Random(collective.rank());
          Random random = new Random(6);
          for (int i = 0; i < 1500; i++) {
            Thread.sleep(lag.nextInt(20) == 0 ? lag.nextInt(10) : 0);
            runRandomOperation(collective, random, i);
          }
          return null;
        });
  }

  @Test
  void a_part_of_a_buffer_is_reduced_and_the_rest_left_alone() throws Exception {
    Ranks.run(
        3,
        Ranks.OPTIONS,
        collective -> {
          float[] values = Floats.ofRank(3, collective.rank(), 3000);
          ByteBuffer buffer = Floats.buffer(values);
          buffer.position(40).limit(11_000);
          collective.allReduce(buffer);
          assertThat(buffer.position()).isEqualTo(40);
          assertThat(buffer.limit()).isEqualTo(11_000);
          assertThat(buffer.order()).isEqualTo(ByteOrder.LITTLE_ENDIAN);
          float[] expected = values.clone();
          System.arraycopy(Floats.sum(3, 3, 3000), 10, expected, 10, 2740);
          assertThat(Floats.array(buffer.clear())).isEqualTo(expected);
          return null;
        });
  }

  @Test
  void odd_positions_in_a_buffer_are_no_obstacle() throws Exception {
    Ranks.run(
        2,
        Ranks.OPTIONS,
        collective -> {
          float[] values = Floats.ofRank(4, collective.rank(), 2000);
          ByteBuffer buffer = ByteBuffer.allocateDirect(8001).order(ByteOrder.LITTLE_ENDIAN);
          buffer.position(1).put(Floats.buffer(values)).position(1);
          collective.allReduce(buffer);
          assertThat(Floats.array(buffer)).isEqualTo(Floats.sum(4, 2, 2000));
          return null;
        });
  }

  @Test
  void statistics_count_payload_and_calls() throws Exception {
    Ranks.run(
        2,
        Ranks.OPTIONS,
        collective -> {
          CollectiveStats before = collective.stats();
          assertThat(before.operations()).isEmpty();
          if (collective.rank() == 0) {
            Thread.sleep(300);
          }
          collective.allReduce(Floats.buffer(new float[5001]));
          CollectiveStats reduced = collective.stats();
          collective.barrier();
          collective.barrier();

          assertThat(reduced.bytesSent()).isEqualTo(4 * 5001);
          assertThat(reduced.bytesReceived()).isEqualTo(4 * 5001);
          assertThat(reduced.operations()).containsOnlyKeys(Operation.ALL_REDUCE);
          assertThat(reduced.waitingSeconds()).isLessThanOrEqualTo(reduced.seconds());
          if (collective.rank() == 1) {
            assertThat(reduced.waitingSeconds()).isGreaterThan(0.1);
          }
          CollectiveStats news = collective.stats().since(reduced);
          assertThat(news.operations()).containsOnlyKeys(Operation.BARRIER);
          assertThat(news.operations().get(Operation.BARRIER).calls()).isEqualTo(2);
          assertThat(news.bytesSent()).isZero();
          return null;
        });
  }

  @Test
  void unfit_arguments_are_refused_and_the_collective_goes_on() throws Exception {
    Ranks.run(
        2,
        Ranks.OPTIONS,
        collective -> {
          Slices slices = Slices.even(4, 2);
          assertRefused(
              () -> collective.allReduce(ByteBuffer.allocate(16).order(ByteOrder.LITTLE_ENDIAN)),
              "The buffer is on the heap or read-only (expected: a direct buffer).");
          assertRefused(
              () -> collective.broadcast(ByteBuffer.allocateDirect(4).asReadOnlyBuffer(), 0),
              "The buffer is on the heap or read-only (expected: a direct buffer).");
          assertRefused(
              () -> collective.allReduce(ByteBuffer.allocateDirect(16)),
              "The buffer is big-endian (expected: little-endian).");
          assertRefused(
              () -> collective.reduceScatter(Floats.buffer(new float[5]), slices),
              "The buffer has 20 bytes (expected: 4 floats of 4).");
          assertRefused(
              () -> collective.allGather(Floats.buffer(new float[4]), Slices.even(4, 3)),
              "The slices are for 3 ranks (expected: 2).");
          assertRefused(
              () ->
                  collective.allReduce(ByteBuffer.allocateDirect(7).order(ByteOrder.LITTLE_ENDIAN)),
              "The buffer has 7 bytes (expected: 1 floats of 4).");
          assertRefused(
              () -> collective.broadcast(ByteBuffer.allocateDirect(4), 2),
              "root is 2 (expected: 0 to 1).");
          assertThat(collective.sum(1)).containsExactly(2);
          return null;
        });
  }

  private static void runRandomOperation(Collective collective, Random random, int seed) {
    int rank = collective.rank();
    int worldSize = collective.worldSize();
    int count = random.nextInt(4) == 0 ? random.nextInt(20_000) : random.nextInt(600);
    int kind = random.nextInt(6);
    int root = random.nextInt(worldSize);
    Slices slices = randomSlices(random, count, worldSize);
    collective.phase("round " + seed);
    ByteBuffer buffer = Floats.buffer(Floats.ofRank(seed, rank, count));
    float[] sum = Floats.sum(seed, worldSize, count);
    switch (kind) {
      case 0 -> {
        collective.allReduce(buffer);
        assertThat(Floats.array(buffer)).isEqualTo(sum);
      }
      case 1 -> {
        collective.reduceScatter(buffer, slices);
        collective.allGather(buffer, slices);
        assertThat(Floats.array(buffer)).isEqualTo(sum);
      }
      case 2 -> {
        collective.broadcast(buffer, root);
        assertThat(Floats.array(buffer)).isEqualTo(Floats.ofRank(seed, root, count));
      }
      case 3 -> collective.barrier();
      case 4 ->
          assertThat(collective.sum(rank, seed)[0]).isEqualTo(worldSize * (worldSize - 1) / 2.0);
      case 5 ->
          assertThat(collective.allGather(new byte[rank * 100]).get(root)).hasSize(root * 100);
      default -> throw new IllegalStateException("No such kind.");
    }
  }

  private static List<Slices> slicings(int count, int worldSize) {
    long[] lastTakesAll = new long[worldSize];
    lastTakesAll[worldSize - 1] = count;
    return List.of(
        Slices.even(count, worldSize),
        Slices.ofLengths(lastTakesAll),
        randomSlices(new Random(count), count, worldSize));
  }

  private static Slices randomSlices(Random random, int count, int worldSize) {
    int[] cuts = random.ints(worldSize + 1L, 0, count + 1).sorted().toArray();
    cuts[0] = 0;
    cuts[worldSize] = count;
    long[] lengths = new long[worldSize];
    Arrays.setAll(lengths, rank -> cuts[rank + 1] - cuts[rank]);
    return Slices.ofLengths(lengths);
  }

  private static byte[] randomBytes(long seed, int count) {
    byte[] bytes = new byte[count];
    new Random(seed).nextBytes(bytes);
    return bytes;
  }

  private static void assertRefused(Runnable call, String message) {
    assertThatThrownBy(call::run).isInstanceOf(IllegalArgumentException.class).hasMessage(message);
  }
}
