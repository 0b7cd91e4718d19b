package org.clapperboard.model.adapter;

import java.util.Arrays;
import java.util.stream.IntStream;

/**
 * What is random for the rows of a batch in a step of training. It belongs to a sample's place in
 * the global batch: how that is cut into ranks and micro-batches does not matter.
 *
 * @param stepSeed the same for all ranks and micro-batches of a step
 * @param places of the rows, or of what they show, in the global batch
 */
public record RowSeeds(long stepSeed, int[] places) {

  public RowSeeds {
    places = places.clone();
  }

  /** Seeds of rows that are the first of the global batch. */
  public static RowSeeds ofFirst(long stepSeed, int rows) {
    return new RowSeeds(stepSeed, IntStream.range(0, rows).toArray());
  }

  @Override
  public int[] places() {
    return places.clone();
  }

  /** Seeds of some of the rows, or of the same row more than once. */
  public RowSeeds of(int... rows) {
    return new RowSeeds(stepSeed, Arrays.stream(rows).map(row -> places[row]).toArray());
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof RowSeeds seeds
        && stepSeed == seeds.stepSeed
        && Arrays.equals(places, seeds.places);
  }

  @Override
  public int hashCode() {
    return Long.hashCode(stepSeed) * 31 + Arrays.hashCode(places);
  }
}
