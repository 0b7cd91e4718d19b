package org.clapperboard.collective;

/** What ranks do together. */
public enum Operation {
  /** Sums go to the owners of the slices. */
  REDUCE_SCATTER(1, "reduce-scatter"),
  /** The slices of the owners go to everyone. */
  ALL_GATHER(2, "all-gather"),
  /** Sums go to everyone. */
  ALL_REDUCE(3, "all-reduce"),
  /** The buffer of one rank goes to everyone. */
  BROADCAST(4, "broadcast"),
  /** Nothing goes to everyone. */
  BARRIER(5, "barrier"),
  /** The lengths of small objects go to everyone. */
  ALL_GATHER_LENGTHS(6, "all-gather of lengths"),
  /** Small objects go to everyone. */
  ALL_GATHER_OBJECTS(7, "all-gather of objects"),
  /** A few float64 go to everyone, who adds them. */
  SUM(8, "sum");

  private final int code;
  private final String label;

  Operation(int code, String label) {
    this.code = code;
    this.label = label;
  }

  /** The name in messages. */
  public String label() {
    return label;
  }

  /** Whether owners of slices add what ranks bring. */
  boolean adds() {
    return this == REDUCE_SCATTER || this == ALL_REDUCE;
  }

  /** The number on the wire. */
  int code() {
    return code;
  }

  /** The operation of a number that came from outside, or null if there is none. */
  static Operation ofCode(int code) {
    for (Operation operation : values()) {
      if (operation.code == code) {
        return operation;
      }
    }
    return null;
  }
}
