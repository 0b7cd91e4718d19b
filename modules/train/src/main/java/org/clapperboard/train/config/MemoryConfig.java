package org.clapperboard.train.config;

import java.io.Serializable;
import org.clapperboard.config.Rules;
import org.clapperboard.config.Section;
import org.clapperboard.model.engine.Tape.Activations;
import org.clapperboard.train.optimizer.OptimizerState;

/**
 * What is done to need less memory. It changes time, and no result.
 *
 * @param activations what of a forward pass waits for the backward pass
 * @param sharding what of the language model's state a rank has its slice of only
 * @param bucketMegabytes gradients that are exchanged together at least, in 10^6 bytes
 * @param optimizerState where the optimizer's state lies
 */
public record MemoryConfig(
    Activations activations, Sharding sharding, int bucketMegabytes, OptimizerState optimizerState)
    implements Serializable {
  private static final int BUCKET_MEGABYTES = 25;

  public MemoryConfig {
    try (Rules rules = new Rules()) {
      rules.atLeast("bucketMegabytes", bucketMegabytes, 0);
      if (sharding == Sharding.PARAMETERS && activations == Activations.KEEP) {
        rules
            .broken("sharding", "parameters", "optimizer or gradients")
            .advice(
                "Nothing goes backward through weights that are gone, as it must where activations"
                    + " are kept: set memory.activations to recompute.");
      }
    }
  }

  /** All that a pass asks for is kept, and only the optimizer's state is in slices. */
  public static MemoryConfig defaults() {
    return new MemoryConfig(
        Activations.KEEP, Sharding.OPTIMIZER, BUCKET_MEGABYTES, OptimizerState.MEMORY);
  }

  /** Gradients that are exchanged together at least. */
  public long bucketElements() {
    return bucketMegabytes * 1_000_000L / Float.BYTES;
  }

  static MemoryConfig read(Section section) {
    return section.build(
        () ->
            new MemoryConfig(
                section.oneOf("activations", Activations.class, Activations.KEEP),
                section.oneOf("sharding", Sharding.class, Sharding.OPTIMIZER),
                section.integer("bucket-megabytes", BUCKET_MEGABYTES),
                section.oneOf("optimizer-state", OptimizerState.class, OptimizerState.MEMORY)));
  }
}
