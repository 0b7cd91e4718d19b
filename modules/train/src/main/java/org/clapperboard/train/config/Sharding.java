package org.clapperboard.train.config;

/** What of the language model's state a rank has its slice of only (ZeRO stages 1, 2 and 3). */
public enum Sharding {
  /** The optimizer's state. */
  OPTIMIZER,
  /** That, and the gradients of layers. */
  GRADIENTS,
  /** Those, and the weights of layers. */
  PARAMETERS
}
