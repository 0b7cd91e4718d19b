package org.clapperboard.collective;

import java.time.Duration;

/**
 * How the ranks talk. {@link #defaults} suits Ethernet; all ranks need the same chunk, streams,
 * encryption, wire, route and way on a host.
 *
 * @param connectTimeout how long the ranks may take to find each other
 * @param deadline how long an operation waits for a rank that moves no byte
 * @param chunkBytes what is sent and added at a time, a multiple of 4
 * @param streams connections per pair of ranks; more than one helps where one TCP connection cannot
 *     fill the network
 * @param socketBufferBytes the kernel's buffer per connection and direction; 0 lets it tune itself
 * @param encryption whether what the ranks say is encrypted; never in memory of their host
 * @param sameHost how data go between ranks of one host
 * @param wire how numbers that are to be added travel
 * @param route which way large reductions and gathers take
 */
public record CollectiveOptions(
    Duration connectTimeout,
    Duration deadline,
    int chunkBytes,
    int streams,
    int socketBufferBytes,
    Encryption encryption,
    SameHost sameHost,
    Wire wire,
    Route route) {

  /** The most connections a pair of ranks may have for data. */
  public static final int MAX_STREAMS = 64;

  private static final int MAX_CHUNK_BYTES = 64 << 20;

  public CollectiveOptions {
    require(isPositive(connectTimeout), "connectTimeout", connectTimeout, "more than 0");
    require(isPositive(deadline), "deadline", deadline, "more than 0");
    require(
        chunkBytes >= 4 && chunkBytes <= MAX_CHUNK_BYTES && chunkBytes % 4 == 0,
        "chunkBytes",
        chunkBytes,
        "a multiple of 4 up to 64 MiB");
    require(streams >= 1 && streams <= MAX_STREAMS, "streams", streams, "1 to 64");
    require(socketBufferBytes >= 0, "socketBufferBytes", socketBufferBytes, "0 or more");
    require(encryption != null, "encryption", encryption, "off or aes-gcm");
    require(sameHost != null, "sameHost", sameHost, "shared-memory or tcp");
    require(wire != null, "wire", wire, "fp32 or bf16");
    require(route != null, "route", route, "auto, direct or ring");
  }

  /**
   * A minute to meet, two minutes of silence, 256 KiB chunks, one connection per pair, plain,
   * memory where ranks share a host.
   */
  public static CollectiveOptions defaults() {
    return new CollectiveOptions(
        Duration.ofMinutes(1),
        Duration.ofMinutes(2),
        256 << 10,
        1,
        0,
        Encryption.OFF,
        SameHost.SHARED_MEMORY,
        Wire.FP32,
        Route.AUTO);
  }

  /** The same with another time to meet. */
  public CollectiveOptions withConnectTimeout(Duration timeout) {
    return new CollectiveOptions(
        timeout,
        deadline,
        chunkBytes,
        streams,
        socketBufferBytes,
        encryption,
        sameHost,
        wire,
        route);
  }

  /** The same with another deadline. */
  public CollectiveOptions withDeadline(Duration timeout) {
    return new CollectiveOptions(
        connectTimeout,
        timeout,
        chunkBytes,
        streams,
        socketBufferBytes,
        encryption,
        sameHost,
        wire,
        route);
  }

  /** The same with another chunk. */
  public CollectiveOptions withChunkBytes(int bytes) {
    return new CollectiveOptions(
        connectTimeout,
        deadline,
        bytes,
        streams,
        socketBufferBytes,
        encryption,
        sameHost,
        wire,
        route);
  }

  /** The same with another number of connections per pair of ranks. */
  public CollectiveOptions withStreams(int count) {
    return new CollectiveOptions(
        connectTimeout,
        deadline,
        chunkBytes,
        count,
        socketBufferBytes,
        encryption,
        sameHost,
        wire,
        route);
  }

  /** The same with kernel buffers of a given size. */
  public CollectiveOptions withSocketBufferBytes(int bytes) {
    return new CollectiveOptions(
        connectTimeout, deadline, chunkBytes, streams, bytes, encryption, sameHost, wire, route);
  }

  /** The same, encrypted or not. */
  public CollectiveOptions withEncryption(Encryption choice) {
    return new CollectiveOptions(
        connectTimeout,
        deadline,
        chunkBytes,
        streams,
        socketBufferBytes,
        choice,
        sameHost,
        wire,
        route);
  }

  /** The same with another way between ranks of one host. */
  public CollectiveOptions withSameHost(SameHost choice) {
    return new CollectiveOptions(
        connectTimeout,
        deadline,
        chunkBytes,
        streams,
        socketBufferBytes,
        encryption,
        choice,
        wire,
        route);
  }

  /** The same with numbers to add that travel otherwise. */
  public CollectiveOptions withWire(Wire choice) {
    return new CollectiveOptions(
        connectTimeout,
        deadline,
        chunkBytes,
        streams,
        socketBufferBytes,
        encryption,
        sameHost,
        choice,
        route);
  }

  /** The same with another way of large reductions and gathers. */
  public CollectiveOptions withRoute(Route choice) {
    return new CollectiveOptions(
        connectTimeout,
        deadline,
        chunkBytes,
        streams,
        socketBufferBytes,
        encryption,
        sameHost,
        wire,
        choice);
  }

  private static boolean isPositive(Duration duration) {
    return !duration.isNegative() && !duration.isZero();
  }

  private static void require(boolean holds, String name, Object value, String rule) {
    if (!holds) {
      throw new IllegalArgumentException(name + " is " + value + " (expected: " + rule + ").");
    }
  }
}
