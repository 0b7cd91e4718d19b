package org.clapperboard.train.loop;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.ToIntFunction;
import org.clapperboard.model.Example.Media;
import org.clapperboard.train.config.BatchConfig;

/**
 * Cuts a rank's samples of a step into micro-batches: a function of the samples alone. What is
 * learned is a sum over samples, so how they are cut changes nothing but the order of its terms.
 */
final class MicroBatches {
  private final BatchConfig config;
  private final ToIntFunction<Item> length;

  /**
   * Micro-batches as configured.
   *
   * @param length positions that a sample takes in the model
   */
  MicroBatches(BatchConfig config, ToIntFunction<Item> length) {
    this.config = config;
    this.length = length;
  }

  /** All samples, each in one micro-batch. */
  List<MicroBatch> of(List<Item> items) {
    List<List<Item>> rows = config.packing() ? packed(items) : apart(items);
    List<MicroBatch> batches = new ArrayList<>();
    for (int from = 0; from < rows.size(); from += config.micro()) {
      batches.add(batch(rows.subList(from, Math.min(rows.size(), from + config.micro()))));
    }
    return batches;
  }

  private MicroBatch batch(List<List<Item>> rows) {
    long positions = rows.stream().mapToLong(this::length).sum();
    long longest = rows.stream().mapToLong(this::length).max().orElse(0);
    return new MicroBatch(rows, positions, longest * rows.size() - positions);
  }

  private int length(List<Item> row) {
    return row.stream().mapToInt(length).sum();
  }

  private List<List<Item>> apart(List<Item> items) {
    List<Item> ordered = new ArrayList<>(items);
    if (config.grouping() == BatchConfig.Grouping.LENGTH) {
      ordered.sort(
          Comparator.<Item>comparingInt(item -> floats(item, false))
              .thenComparingInt(item -> floats(item, true))
              .thenComparingInt(length)
              .thenComparingInt(Item::place));
    }
    return ordered.stream().map(List::of).toList();
  }

  /** The size of what is heard, or seen, in a sample: that of its kind of media. */
  private static int floats(Item item, boolean seen) {
    int floats = 0;
    for (Media media : item.example().media()) {
      floats += !seen && media.bank() != null ? media.bank().remaining() : 0;
      floats += seen && media.clip() != null ? media.clip().memory().remaining() : 0;
    }
    return floats;
  }

  /**
   * Long samples first, each into the first row with room for it (first fit decreasing); one that
   * is longer than a row has a row of its own. Then rows of like length come together.
   */
  private List<List<Item>> packed(List<Item> items) {
    List<Item> longFirst = new ArrayList<>(items);
    longFirst.sort(Comparator.comparingInt(length).reversed().thenComparingInt(Item::place));
    List<List<Item>> rows = new ArrayList<>();
    List<Integer> room = new ArrayList<>();
    for (Item item : longFirst) {
      int wanted = length.applyAsInt(item);
      int row = 0;
      while (row < rows.size() && room.get(row) < wanted) {
        row++;
      }
      if (row == rows.size()) {
        rows.add(new ArrayList<>());
        room.add(config.maxTokens());
      }
      rows.get(row).add(item);
      room.set(row, room.get(row) - wanted);
    }
    rows.sort(
        Comparator.<List<Item>>comparingInt(this::length)
            .reversed()
            .thenComparingInt(row -> row.get(0).place()));
    return rows;
  }
}
