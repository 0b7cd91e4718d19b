package org.clapperboard.train.loop;

/**
 * A rank's part of each global batch. The order of samples knows nothing of ranks: a rank takes the
 * places {@code rank * share} to {@code (rank + 1) * share} of every batch.
 *
 * @param globalBatch samples of a step over all ranks
 * @param from its first place
 * @param to the place after its last
 * @param firstStep the first step to take
 * @param steps the step after the last
 */
record RankShare(int globalBatch, int from, int to, long firstStep, long steps) {

  /** The part of one of so many ranks. */
  static RankShare of(int globalBatch, int rank, int worldSize, long firstStep, long steps) {
    int share = globalBatch / worldSize;
    return new RankShare(globalBatch, share * rank, share * (rank + 1), firstStep, steps);
  }
}
