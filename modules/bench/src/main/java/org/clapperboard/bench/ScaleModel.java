package org.clapperboard.bench;

import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * How long a step of training takes on any number of ranks: arithmetic on given figures, nothing is
 * run. The global batch stays what it is, so more ranks have fewer samples each.
 *
 * @param machine what a rank and the network can do
 * @param load what a step is
 * @param overlap whether gradients are exchanged while the last micro-batch goes backward
 */
record ScaleModel(Machine machine, Load load, boolean overlap) {
  private static final String PROCESSORS = "exchange (processors)";
  private static final double CHECKPOINT_BYTES = 12;

  /**
   * What a rank and the network can do. A rate of no end is infinity.
   *
   * @param ranksPerHost ranks that share the link of a host
   * @param operations floating-point operations a second of one rank
   * @param link bytes a second that a host sends, and receives at the same time
   * @param loopback bytes a second that a rank sends to ranks of its own host
   * @param latency seconds of one message
   * @param processor seconds of a rank's processor for each byte that it sends, for receiving as
   *     many and adding them up too
   * @param store bytes a second that a rank writes
   * @param storeOfAll bytes a second that all ranks together write at most
   * @param variation standard deviation of a rank's time to compute a step, over its mean
   */
  record Machine(
      int ranksPerHost,
      double operations,
      double link,
      double loopback,
      double latency,
      double processor,
      double store,
      double storeOfAll,
      double variation) {}

  /**
   * What a step is, on however many ranks.
   *
   * @param global samples of a step over all ranks
   * @param micro samples that go through a rank's model at once
   * @param forward floating-point operations of a sample on its way forward
   * @param backward those of its way back, with what is computed again for it
   * @param trained parameters of each part that trains
   * @param weightBytes bytes of a weight as ranks exchange it, 4 or 2; gradients have 4
   * @param exchangedAtOnce bytes that one operation of the collective exchanges at most
   * @param checkpointEvery steps between checkpoints
   * @param positions of a sample in the language model
   * @param sampleSeconds seconds in which a rank reads and decodes a sample, while it computes
   */
  record Load(
      long global,
      int micro,
      double forward,
      double backward,
      List<Long> trained,
      int weightBytes,
      long exchangedAtOnce,
      long checkpointEvery,
      double positions,
      double sampleSeconds) {
    long parameters() {
      return trained.stream().mapToLong(Long::longValue).sum();
    }

    /** Operations of the collective that gather, or scatter, numbers of so many bytes each. */
    long exchanges(int bytes) {
      return trained.stream().mapToLong(n -> ceil(n * bytes, exchangedAtOnce)).sum();
    }
  }

  /**
   * A step on so many ranks; times in seconds.
   *
   * @param ranks world size
   * @param samples of the rank that has most
   * @param compute forward and backward of a rank
   * @param slowest how much longer the slowest rank is expected to take
   * @param exchange of gradients and weights, as far as nothing hides it
   * @param hidden of the exchange, behind the way back
   * @param checkpoint a step's share of what a checkpoint holds training up for
   * @param data waiting for samples
   * @param sent bytes that a rank sends
   * @param tokens positions of all ranks a second
   * @param bottleneck what takes longest
   */
  record Step(
      int ranks,
      long samples,
      double compute,
      double slowest,
      double exchange,
      double hidden,
      double checkpoint,
      double data,
      double sent,
      double tokens,
      String bottleneck) {
    double seconds() {
      return compute + slowest + exchange + checkpoint + data;
    }

    /** The speed of a rank beside that of a rank of another number of them. */
    double efficiency(Step other) {
      return other.seconds() * other.ranks() / (seconds() * ranks());
    }
  }

  /** What one exchange takes; the three ways that bytes go are used at the same time. */
  private record Exchange(double link, double loopback, double processors, double messages) {
    double seconds() {
      return Math.max(link, Math.max(loopback, processors)) + messages;
    }

    Exchange plus(Exchange other) {
      return new Exchange(
          link + other.link,
          loopback + other.loopback,
          processors + other.processors,
          messages + other.messages);
    }

    /** What it waits for most. */
    String name() {
      Map<String, Double> parts = new LinkedHashMap<>();
      parts.put(PROCESSORS, processors);
      parts.put("exchange (link of a host)", link);
      parts.put("exchange (loopback)", loopback);
      parts.put("exchange (messages)", messages);
      return longest(parts);
    }
  }

  /** The step on so many ranks. */
  Step at(int ranks) {
    long samples = ceil(load.global(), ranks);
    double compute = samples * (load.forward() + load.backward()) / machine.operations();
    double slowest = compute * machine.variation() * expectedMaximum(ranks);
    long parameters = load.parameters();
    Exchange scatter = exchange(ranks, 4.0 * parameters, load.exchanges(4));
    double weights = (double) load.weightBytes() * parameters;
    Exchange gather = exchange(ranks, weights, load.exchanges(load.weightBytes()));
    // Sums are whole when the last micro-batch goes backward, and not before.
    double lastBack = Math.min(load.micro(), samples) * load.backward() / machine.operations();
    double hidden = overlap ? Math.min(scatter.seconds(), lastBack) : 0;
    double exchange = scatter.seconds() + gather.seconds() - hidden;
    double checkpoint = checkpoint(ranks) / load.checkpointEvery();
    double busy = compute + slowest + exchange;
    double data = Math.max(0, samples * load.sampleSeconds() - busy);
    Map<String, Double> terms = new LinkedHashMap<>();
    terms.put("compute", compute);
    terms.put(scatter.plus(gather).name(), exchange);
    terms.put("the slowest rank", slowest);
    terms.put("checkpoint", checkpoint);
    terms.put("data", data);
    return new Step(
        ranks,
        samples,
        compute,
        slowest,
        exchange,
        hidden,
        checkpoint,
        data,
        (4.0 * parameters + weights) * (ranks - 1) / ranks,
        load.global() * load.positions() / (busy + checkpoint + data),
        longest(terms));
  }

  /** Every rank sends each other its slice; those of its own host are nearer. */
  private Exchange exchange(int ranks, double bytes, long operations) {
    int beside = Math.min(machine.ranksPerHost(), ranks);
    double slice = bytes / ranks;
    return new Exchange(
        slice * (ranks - beside) * beside / machine.link(),
        slice * (beside - 1) / machine.loopback(),
        slice * (ranks - 1) * machine.processor(),
        operations * (ranks - 1) * machine.latency());
  }

  /** Values, first and second moments, each rank its slice. */
  private double checkpoint(int ranks) {
    double all = CHECKPOINT_BYTES * load.parameters();
    return Math.max(all / ranks / machine.store(), all / machine.storeOfAll());
  }

  /**
   * The expected maximum of so many independent standard normal numbers: the integral of 1 - F^n
   * above zero less that of F^n below.
   */
  static double expectedMaximum(int count) {
    if (count == 1) {
      return 0;
    }
    double width = 1e-3;
    double below = 0;
    double expected = 0;
    for (double x = -9; x < 9; x += width) {
      double middle = x + width / 2;
      double density = Math.exp(-middle * middle / 2) / Math.sqrt(2 * Math.PI);
      double power = Math.pow(below + density * width / 2, count);
      expected += width * (middle < 0 ? -power : 1 - power);
      below += density * width;
    }
    return expected;
  }

  private static String longest(Map<String, Double> terms) {
    return terms.entrySet().stream()
        .max(Comparator.comparingDouble(Map.Entry::getValue))
        .orElseThrow()
        .getKey();
  }

  private static long ceil(long count, long of) {
    return (count + of - 1) / of;
  }
}
