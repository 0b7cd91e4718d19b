package org.clapperboard.train.checkpoint;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.io.Serializable;
import java.util.Map;
import java.util.TreeMap;
import org.clapperboard.data.order.Mixture;

/**
 * Where a stage is in its samples. All of it follows from the configuration and the step; it is
 * written down so that going on can be refused where it would be somewhere else.
 *
 * @param seed of the order, and of all that is random in a step
 * @param samples taken so far, over all ranks
 * @param streams how far each stream is
 */
public record Position(
    @JsonProperty("seed") long seed,
    @JsonProperty("samples") long samples,
    @JsonProperty("streams") Map<String, Cursor> streams)
    implements Serializable {

  public Position {
    streams = new TreeMap<>(streams);
  }

  /**
   * How far a stream is.
   *
   * @param samples taken from it so far
   * @param epoch of its next sample
   * @param block of its next sample
   * @param row of its next sample in the block
   */
  public record Cursor(
      @JsonProperty("samples") long samples,
      @JsonProperty("epoch") long epoch,
      @JsonProperty("block") int block,
      @JsonProperty("row") int row)
      implements Serializable {}

  /** Where a mixture is after some global batches. */
  public static Position after(long step, long seed, Mixture mixture, int globalBatch) {
    Map<String, Cursor> streams = new TreeMap<>();
    for (int i = 0; i < mixture.streams().size(); i++) {
      Mixture.Stream stream = mixture.streams().get(i);
      long taken = step * mixture.inBatch(i, globalBatch);
      long epoch = taken / stream.order().size();
      var next = stream.order().at(taken);
      streams.put(stream.name(), new Cursor(taken, epoch, next.block(), next.row()));
    }
    return new Position(seed, step * globalBatch, streams);
  }
}
