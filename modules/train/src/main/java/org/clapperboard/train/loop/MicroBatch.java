package org.clapperboard.train.loop;

import java.util.List;
import java.util.stream.Collectors;
import org.clapperboard.model.Example;

/**
 * Some of a rank's samples of a step, which go through the model at once.
 *
 * @param rows the samples of each row: one, or several that are packed
 * @param positions positions of the model that they take
 * @param padding further positions, which fill shorter rows up to the longest
 */
record MicroBatch(List<List<Item>> rows, long positions, long padding) {

  MicroBatch {
    rows = rows.stream().map(List::copyOf).toList();
  }

  /** All samples, through the rows. */
  List<Item> items() {
    return rows.stream().flatMap(List::stream).toList();
  }

  /** All samples by dataset and name, for messages. */
  String names() {
    return items().stream()
        .map(item -> item.dataset() + "/" + item.sampleId())
        .collect(Collectors.joining(", "));
  }

  /** What the model takes of each row. */
  List<List<Example>> examples() {
    return rows.stream().map(row -> row.stream().map(Item::example).toList()).toList();
  }
}
