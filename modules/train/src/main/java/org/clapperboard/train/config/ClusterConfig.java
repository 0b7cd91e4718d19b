package org.clapperboard.train.config;

import java.io.Serializable;
import java.time.Duration;
import org.clapperboard.collective.CollectiveOptions;
import org.clapperboard.collective.Route;
import org.clapperboard.collective.SameHost;
import org.clapperboard.collective.Wire;
import org.clapperboard.config.Rules;
import org.clapperboard.config.Section;

/**
 * Ranks and their threads.
 *
 * @param ranks number of ranks, the world size; one executor JVM each
 * @param atLeast ranks that it may go on with where there are no executors for more
 * @param threads threads of each rank's tensor engine
 * @param attempts how often a stage is started from the same checkpoint before it is given up
 * @param peakFlops floating-point operations per second that a rank's hardware could do, or 0 if
 *     unknown
 * @param pricePerHour what a rank costs per hour, in any currency, or 0 if unknown
 * @param encryption whether what ranks say to each other is encrypted
 * @param deadline how long a rank may be silent while others wait for it
 * @param streams connections between two ranks that carry data
 * @param sameHost how data go between ranks of one host
 * @param route which way large exchanges take
 * @param wire how gradients travel between ranks; it changes results
 * @param device what a rank computes on
 * @param collective what large exchanges between ranks go through
 * @param grace how long a driver that is told to end waits for the ranks to save their state
 */
public record ClusterConfig(
    int ranks,
    int atLeast,
    int threads,
    int attempts,
    double peakFlops,
    double pricePerHour,
    Encrypted encryption,
    Duration deadline,
    int streams,
    SameHost sameHost,
    Route route,
    Wire wire,
    Processor device,
    Exchanges collective,
    Duration grace)
    implements Serializable {
  private static final Duration SHORTEST_DEADLINE = Duration.ofSeconds(1);
  private static final Duration USUAL_DEADLINE = CollectiveOptions.defaults().deadline();

  /** Whether what ranks say to each other is encrypted. */
  public enum Encrypted {
    /** Where Spark encrypts what its processes say to each other. */
    AUTO,
    /** Always. */
    ON,
    /** Never. */
    OFF
  }

  /** What a rank computes on. */
  public enum Processor {
    /** Its share of the host's processors. */
    CPU,
    /** The GPU that Spark gives it. */
    GPU
  }

  /** What large exchanges between ranks go through. */
  public enum Exchanges {
    /** Connections of our own; sums are taken in rank order. */
    TCP,
    /** NCCL, from GPU to GPU; it takes sums in an order of its own. */
    NCCL
  }

  public ClusterConfig {
    try (Rules rules = new Rules()) {
      rules.atLeast("ranks", ranks, 1);
      if (ranks >= 1) {
        rules.between("atLeast", atLeast, 1, ranks);
      }
      rules.atLeast("threads", threads, 1);
      rules.atLeast("attempts", attempts, 1);
      rules.atLeast("peakFlops", peakFlops, 0);
      rules.atLeast("pricePerHour", pricePerHour, 0);
      if (deadline.compareTo(SHORTEST_DEADLINE) < 0) {
        rules.broken("deadline", deadline, "at least 1s");
      }
      rules.between("streams", streams, 1, CollectiveOptions.MAX_STREAMS);
      if (collective == Exchanges.NCCL && device == Processor.CPU) {
        rules.broken("collective", "nccl", "tcp, or nccl with device: gpu");
      }
      if (collective == Exchanges.NCCL && wire == Wire.BF16) {
        rules.broken("wire", "bf16", "fp32 with collective: nccl, which does not round");
      }
    }
  }

  /** Whether ranks of one host exchange data through memory. */
  public boolean sharesMemory() {
    return sameHost == SameHost.SHARED_MEMORY;
  }

  /** Whether gradients are rounded to bfloat16 before ranks add them. */
  public boolean roundsGradients() {
    return wire == Wire.BF16;
  }

  /** Whether every rank needs a GPU. */
  public boolean needsGpus() {
    return device == Processor.GPU;
  }

  /** Whether large exchanges go from GPU to GPU. */
  public boolean usesNccl() {
    return collective == Exchanges.NCCL;
  }

  /** The same with other ranks. */
  ClusterConfig withRanks(int number) {
    return new ClusterConfig(
        number,
        Math.min(number, atLeast),
        threads,
        attempts,
        peakFlops,
        pricePerHour,
        encryption,
        deadline,
        streams,
        sameHost,
        route,
        wire,
        device,
        collective,
        grace);
  }

  /** Operations per second that all ranks could do together, or 0 if unknown. */
  public double peakFlopsOfAll() {
    return ranks * peakFlops;
  }

  static ClusterConfig read(Section section) {
    return section.build(
        () -> {
          int ranks = section.integer("ranks");
          return new ClusterConfig(
              ranks,
              section.integer("at-least", ranks),
              section.integer("threads", 1),
              section.integer("attempts", 3),
              section.number("peak-flops", 0),
              section.number("price-per-hour", 0),
              section.oneOf("encryption", Encrypted.class, Encrypted.AUTO),
              section.duration("deadline", USUAL_DEADLINE),
              section.integer("streams", 1),
              section.oneOf("same-host", SameHost.class, SameHost.SHARED_MEMORY),
              section.oneOf("route", Route.class, Route.AUTO),
              section.oneOf("wire", Wire.class, Wire.FP32),
              section.oneOf("device", Processor.class, Processor.CPU),
              section.oneOf("collective", Exchanges.class, Exchanges.TCP),
              section.duration("grace", Duration.ofSeconds(30)));
        });
  }
}
