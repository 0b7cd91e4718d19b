package org.clapperboard.model;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.function.ToIntFunction;
import org.clapperboard.model.Example.Media;

/**
 * Where every text token and every media vector of a batch stands, and which positions are learned
 * (reference videollama2_arch.py, prepare_inputs_labels_for_multimodal).
 *
 * <p>Vectors are numbered: embedded text of all rows, then frames' vectors of all media in order of
 * appearance, then sounds' vectors, then one vector of zeros for padding.
 */
final class Splice {
  private final int rows;
  private final int length;
  private final int[] lengths;
  private final int[] ids;
  private final long[] index;
  private final int[] labels;
  private final List<int[]> starts;

  private Splice(int[] lengths, int[] ids, long[] index, int[] labels, List<int[]> starts) {
    this.starts = starts;
    this.rows = lengths.length;
    this.length = Arrays.stream(lengths).max().orElse(0);
    this.lengths = lengths;
    this.ids = ids;
    this.index = index;
    this.labels = labels;
  }

  /** On which side rows are filled up to the longest. */
  enum Padding {
    /** For training: causal attention never looks at it. */
    RIGHT,
    /** For generation: all rows end at the same position. */
    LEFT
  }

  /** Lays out rows whose media become that many vectors. */
  static Splice of(
      List<Example> examples,
      ToIntFunction<Media> frameVectors,
      ToIntFunction<Media> soundVectors,
      Padding padding) {
    return packed(examples.stream().map(List::of).toList(), frameVectors, soundVectors, padding);
  }

  /** Lays out rows of which each holds some examples, one after the other. */
  static Splice packed(
      List<List<Example>> rows,
      ToIntFunction<Media> frameVectors,
      ToIntFunction<Media> soundVectors,
      Padding padding) {
    List<Example> examples = rows.stream().flatMap(List::stream).toList();
    int texts = 0;
    for (Example example : examples) {
      texts += example.ids().length - example.media().size();
    }
    int frames = distinctMedia(examples).stream().mapToInt(frameVectors).sum();
    int nextText = 0;
    int nextFrame = texts;
    int nextSound = texts + frames;
    int[] ids = new int[texts];
    IdentityHashMap<Media, int[]> starts = new IdentityHashMap<>();
    List<long[]> indexes = new ArrayList<>();
    List<int[]> labels = new ArrayList<>();
    List<int[]> begins = new ArrayList<>();
    for (List<Example> together : rows) {
      Row row = new Row();
      for (Example example : together) {
        row.begin();
        int medium = 0;
        for (int i = 0; i < example.ids().length; i++) {
          if (example.ids()[i] >= 0) {
            ids[nextText] = example.ids()[i];
            row.put(nextText++, 1, example.labels()[i]);
          } else {
            Media media = example.media().get(medium++);
            int fromFrames = frameVectors.applyAsInt(media);
            int fromSound = soundVectors.applyAsInt(media);
            int[] start = starts.get(media);
            if (start == null) {
              start = new int[] {nextFrame, nextSound};
              starts.put(media, start);
              nextFrame += fromFrames;
              nextSound += fromSound;
            }
            row.put(start[0], fromFrames, Example.IGNORED);
            row.put(start[1], fromSound, Example.IGNORED);
          }
        }
      }
      indexes.add(row.index());
      labels.add(row.labels());
      begins.add(row.starts());
    }
    return pad(ids, indexes, labels, begins, nextSound, padding);
  }

  /** The media of a batch, each once where several rows show the same one, in order. */
  static List<Media> distinctMedia(List<Example> examples) {
    IdentityHashMap<Media, Boolean> seen = new IdentityHashMap<>();
    return examples.stream()
        .flatMap(example -> example.media().stream())
        .filter(media -> seen.put(media, true) == null)
        .toList();
  }

  private static Splice pad(
      int[] ids,
      List<long[]> indexes,
      List<int[]> labels,
      List<int[]> starts,
      int zeros,
      Padding padding) {
    int[] lengths = indexes.stream().mapToInt(row -> row.length).toArray();
    int length = Arrays.stream(lengths).max().orElse(0);
    long[] index = new long[lengths.length * length];
    int[] label = new int[lengths.length * length];
    Arrays.fill(index, zeros);
    Arrays.fill(label, Example.IGNORED);
    for (int row = 0; row < lengths.length; row++) {
      int at = row * length + (padding == Padding.LEFT ? length - lengths[row] : 0);
      System.arraycopy(indexes.get(row), 0, index, at, lengths[row]);
      System.arraycopy(labels.get(row), 0, label, at, lengths[row]);
    }
    return new Splice(lengths, ids, index, label, starts);
  }

  /** Number of rows, B. */
  int rows() {
    return rows;
  }

  /** Length of the longest row, L. */
  int length() {
    return length;
  }

  /** Positions of each row that are not padding. */
  int[] lengths() {
    return lengths;
  }

  /** Text ids of all rows, one after the other. */
  int[] ids() {
    return ids;
  }

  /** (B, L) the number of the vector that stands there. */
  long[] index() {
    return index;
  }

  /** (B, L) labels, ignored at media and padding. */
  int[] labels() {
    return labels;
  }

  /** Whether a row holds more than one example. */
  boolean isPacked() {
    return starts.stream().anyMatch(row -> row.length > 1);
  }

  /** (B, L) the place of each position in its example; padding on the right is one of its own. */
  long[] places() {
    long[] places = new long[rows * length];
    for (int row = 0; row < rows; row++) {
      int start = 0;
      int next = 0;
      for (int at = 0; at < length; at++) {
        while (next < starts.get(row).length && starts.get(row)[next] <= at) {
          start = starts.get(row)[next++];
        }
        start = at == lengths[row] ? at : start;
        places[row * length + at] = (long) at - start;
      }
    }
    return places;
  }

  /** (B, L) the number of the example at each position; padding belongs to the one before. */
  int[] examples() {
    int[] examples = new int[rows * length];
    int before = 0;
    for (int row = 0; row < rows; row++) {
      int next = 1;
      for (int at = 0; at < length; at++) {
        while (next < starts.get(row).length && starts.get(row)[next] <= at) {
          next++;
        }
        examples[row * length + at] = before + next - 1;
      }
      before += starts.get(row).length;
    }
    return examples;
  }

  /** Positions, in the flattened batch, whose output predicts the label after them. */
  long[] predicting() {
    long[] at = new long[rows * length];
    int count = 0;
    for (int row = 0; row < rows; row++) {
      for (int i = 1; i < length; i++) {
        if (labels[row * length + i] != Example.IGNORED) {
          at[count++] = (long) row * length + i - 1;
        }
      }
    }
    return Arrays.copyOf(at, count);
  }

  /** One row while it grows. */
  private static final class Row {
    private long[] index = new long[64];
    private int[] labels = new int[64];
    private int[] starts = new int[0];
    private int size;

    /** What follows is another example, which nothing before it predicts. */
    void begin() {
      starts = Arrays.copyOf(starts, starts.length + 1);
      starts[starts.length - 1] = size;
    }

    void put(int first, int count, int label) {
      if (size + count > index.length) {
        int capacity = Math.max(2 * index.length, size + count);
        index = Arrays.copyOf(index, capacity);
        labels = Arrays.copyOf(labels, capacity);
      }
      for (int i = 0; i < count; i++) {
        boolean follows = starts.length > 1 && size == starts[starts.length - 1];
        index[size] = (long) first + i;
        labels[size++] = follows ? Example.IGNORED : label;
      }
    }

    long[] index() {
      return Arrays.copyOf(index, size);
    }

    int[] labels() {
      return Arrays.copyOf(labels, size);
    }

    int[] starts() {
      return starts;
    }
  }
}
