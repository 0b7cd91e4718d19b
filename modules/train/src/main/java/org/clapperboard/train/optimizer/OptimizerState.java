package org.clapperboard.train.optimizer;

/** Where moments and masters lie, and their copy for a checkpoint. */
public enum OptimizerState {
  /** In memory. */
  MEMORY,
  /** In files that are mapped: in memory as far as there is room, which nobody waits for. */
  DISK,
  /** Where layers compute, with a copy in memory for checkpoints: updates happen there then. */
  DEVICE
}
