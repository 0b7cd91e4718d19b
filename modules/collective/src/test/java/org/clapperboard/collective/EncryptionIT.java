package org.clapperboard.collective;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Future;
import org.clapperboard.config.WorkerLost;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class EncryptionIT {

  private static final CollectiveOptions SEALED = Ranks.OPTIONS.withEncryption(Encryption.AES_GCM);
  private static final int[] COUNTS = {0, 1, 7, 255, 256, 257, 1024, 5000, 40_009};

  /** What the dialer says before its first frame. */
  private static final int PROOF_BYTES = Handshake.HELLO_BYTES + JobKey.MAC_BYTES;

  private static final int SEALED_HEADER_BYTES = Frame.HEADER_BYTES + Seal.TAG_BYTES;

  @ParameterizedTest
  @CsvSource({"1, 1", "2, 1", "3, 1", "4, 1", "2, 3", "3, 2"})
  void operations_give_the_same_bits_as_without(int worldSize, int streams) throws Exception {
    List<List<Object>> plain =
        Ranks.run(worldSize, Ranks.OPTIONS.withStreams(streams), EncryptionIT::everything);
    List<List<Object>> sealed =
        Ranks.run(worldSize, SEALED.withStreams(streams), EncryptionIT::everything);

    assertThat(sealed).isEqualTo(plain);
    float[] sums = Floats.sum(257, worldSize, 257);
    assertThat(plain.get(0)).contains(bits(Floats.buffer(sums)));
  }

  @Test
  void sizes_are_counted_without_tags() throws Exception {
    List<CollectiveStats> plain = Ranks.run(2, Ranks.OPTIONS, EncryptionIT::reduced);
    List<CollectiveStats> sealed = Ranks.run(2, SEALED, EncryptionIT::reduced);

    for (int rank = 0; rank < 2; rank++) {
      assertThat(sealed.get(rank).bytesSent()).isEqualTo(plain.get(rank).bytesSent());
      assertThat(sealed.get(rank).bytesReceived()).isEqualTo(plain.get(rank).bytesReceived());
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void nobody_on_the_way_can_read_along(boolean encrypted) throws Exception {
    byte[] text = "a sentence that is nobody's business".getBytes(StandardCharsets.US_ASCII);
    try (Ranks ranks = new Ranks(2, encrypted ? SEALED : Ranks.OPTIONS);
        Relay relay = new Relay(ranks.peers.get(0), Duration.ZERO)) {
      Future<Object> first = ranks.start(0, collective -> gather(collective, text));
      Future<Object> second =
          ranks.start(
              1, List.of(relay.peer(), ranks.peers.get(1)), collective -> gather(collective, text));
      Ranks.result(first);
      Ranks.result(second);

      String said = new String(relay.beginning(4096), StandardCharsets.ISO_8859_1);
      String words = new String(text, StandardCharsets.ISO_8859_1);
      assertThat(said.contains(words)).isEqualTo(!encrypted);
      assertThat(said.substring(PROOF_BYTES).contains("CLPB")).isEqualTo(!encrypted);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 28, 47, 48, 1000, 48 + 1024 + 15})
  void a_changed_byte_ends_the_attempt(int at) throws Exception {
    assertChangeIsSeen(
        (said, offset) -> offset == PROOF_BYTES + at ? (byte) (said[offset] ^ 1) : said[offset],
        collective -> collective.allReduce(Floats.zeros(5000)));
  }

  @Test
  void a_repeated_frame_ends_the_attempt() throws Exception {
    int second = PROOF_BYTES + SEALED_HEADER_BYTES;
    assertChangeIsSeen(
        (said, offset) ->
            offset >= second && offset < second + SEALED_HEADER_BYTES
                ? said[offset - SEALED_HEADER_BYTES]
                : said[offset],
        Collective::barrier);
  }

  @Test
  void the_reason_of_an_abort_arrives() throws Exception {
    try (Ranks ranks = new Ranks(2, SEALED)) {
      Future<Object> first =
          ranks.start(
              0,
              collective -> {
                collective.barrier();
                collective.barrier();
                return null;
              });
      Future<Object> second =
          ranks.start(
              1,
              collective -> {
                collective.barrier();
                collective.abort(new IllegalStateException("no more samples"));
                return null;
              });

      Ranks.result(second);
      assertThat(Ranks.failure(first))
          .isInstanceOf(WorkerLost.class)
          .hasMessage(
              "Cannot finish barrier: rank 1 (host-1) failed: "
                  + "java.lang.IllegalStateException: no more samples.");
    }
  }

  @Test
  void a_rank_that_does_not_encrypt_is_named() throws Exception {
    try (Ranks ranks = new Ranks(2, SEALED)) {
      Future<Object> first =
          ranks.start(
              0,
              collective -> {
                collective.barrier();
                return null;
              });
      Future<TcpCollective> second =
          ranks.start(
              () ->
                  TcpCollective.connect(
                      ranks.listeners.get(1), 1, ranks.peers, ranks.key, Ranks.OPTIONS));

      String terms = "2 ranks, chunks of 1024 bytes, 1 streams, encryption ";
      String host = ", tcp within a host, sums of fp32, route auto";
      assertThat(Ranks.failure(first))
          .isInstanceOf(WorkerLost.class)
          .hasMessage(
              "Cannot connect rank 0 (host-0): rank 1 has %soff%s, rank 0 (host-0) has %saes-gcm%s."
                  .formatted(terms, host, terms, host));
      assertThat(Ranks.failure(second))
          .isInstanceOf(WorkerLost.class)
          .hasMessage(
              ("Cannot connect rank 1 (host-1): rank 0 (host-0) has %saes-gcm%s, "
                      + "rank 1 (host-1) has %soff%s.")
                  .formatted(terms, host, terms, host));
    }
  }

  private interface Step {
    void run(Collective collective);
  }

  private static void assertChangeIsSeen(Relay.Change change, Step step) throws Exception {
    try (Ranks ranks = new Ranks(2, SEALED);
        Relay relay = new Relay(ranks.peers.get(0), change)) {
      Future<Object> first = ranks.start(0, collective -> repeated(collective, step));
      Future<Object> second =
          ranks.start(
              1,
              List.of(relay.peer(), ranks.peers.get(1)),
              collective -> repeated(collective, step));

      String why = "rank 1 (host-1) sent something that was changed on the way.";
      assertThat(Ranks.failure(first))
          .isInstanceOf(WorkerLost.class)
          .message()
          .startsWith("Cannot finish ")
          .endsWith(": " + why);
      assertThat(Ranks.failure(second))
          .isInstanceOf(WorkerLost.class)
          .message()
          .endsWith(": rank 0 (host-0) reports: " + why);
    }
  }

  private static Object repeated(Collective collective, Step step) {
    for (int i = 0; i < 3; i++) {
      step.run(collective);
    }
    return null;
  }

  private static CollectiveStats reduced(Collective collective) {
    collective.allReduce(Floats.zeros(5000));
    return collective.stats();
  }

  private static Object gather(Collective collective, byte[] text) {
    return collective.allGather(text).size();
  }

  private static List<Object> everything(Collective collective) {
    int rank = collective.rank();
    int worldSize = collective.worldSize();
    List<Object> results = new ArrayList<>();
    for (int count : COUNTS) {
      Slices slices = Slices.even(count, worldSize);
      ByteBuffer data = Floats.buffer(Floats.ofRank(count, rank, count));
      collective.allReduce(data);
      results.add(bits(data));
      ByteBuffer parts = Floats.buffer(Floats.ofRank(count, rank, count));
      collective.reduceScatter(parts, slices);
      collective.allGather(parts, slices);
      results.add(bits(parts));
      ByteBuffer root = Floats.buffer(Floats.ofRank(count, rank, count));
      collective.broadcast(root, worldSize - 1);
      results.add(bits(root));
    }
    byte[] text = "x".repeat(rank * 700).getBytes(StandardCharsets.US_ASCII);
    collective.allGather(text).forEach(bytes -> results.add(ByteBuffer.wrap(bytes)));
    results.add(Arrays.hashCode(collective.sum(rank, 0.1)));
    collective.barrier();
    return results;
  }

  private static ByteBuffer bits(ByteBuffer buffer) {
    byte[] bytes = new byte[buffer.capacity()];
    buffer.get(0, bytes);
    return ByteBuffer.wrap(bytes);
  }
}
