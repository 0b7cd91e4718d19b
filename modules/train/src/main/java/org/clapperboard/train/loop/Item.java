package org.clapperboard.train.loop;

import java.util.List;
import org.clapperboard.data.Exchange;
import org.clapperboard.data.Modality;
import org.clapperboard.model.Example;
import org.clapperboard.model.adapter.RowSeeds;

/**
 * One sample of a step, ready for the model.
 *
 * @param place its place in the global batch
 * @param stream name of its stream
 * @param epoch epoch of its stream
 * @param sampleId its name
 * @param dataset its dataset
 * @param modality what it shows
 * @param exchanges its questions and answers
 * @param example its tokens, labels and media
 */
public record Item(
    int place,
    String stream,
    long epoch,
    String sampleId,
    String dataset,
    Modality modality,
    List<Exchange> exchanges,
    Example example) {

  public Item {
    exchanges = List.copyOf(exchanges);
  }

  /** What is random for some samples in a step. */
  static RowSeeds seeds(long stepSeed, List<Item> items) {
    return new RowSeeds(stepSeed, items.stream().mapToInt(Item::place).toArray());
  }
}
