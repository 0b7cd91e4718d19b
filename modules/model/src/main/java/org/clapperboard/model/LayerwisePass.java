package org.clapperboard.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.LongStream;
import org.clapperboard.model.adapter.RowSeeds;
import org.clapperboard.model.engine.Tape;
import org.clapperboard.model.language.LanguageModel;

/**
 * Samples on their way from their embeddings to their loss, one layer of the language model after
 * the other: several batches can go through a layer before any goes through the next.
 */
public final class LayerwisePass {
  private final LanguageModel model;
  private final NDManager scope;
  private final Splice splice;
  private final int examples;
  private final List<NDArray> routers = new ArrayList<>();
  private final LanguageModel.Rows rows;
  private final long[] predicting;

  LayerwisePass(
      LanguageModel model,
      NDManager scope,
      NDArray embedded,
      Splice splice,
      int examples,
      RowSeeds seeds,
      Tape tape) {
    this.model = model;
    this.scope = scope;
    this.splice = splice;
    this.examples = examples;
    this.predicting = splice.predicting();
    RowSeeds ofPositions = seeds == null ? null : seeds.of(splice.examples());
    this.rows =
        splice.isPacked()
            ? model.packed(scope, embedded, splice.places(), ofPositions, routers, tape)
            : model.rows(scope, embedded, seeds, routers, tape);
  }

  /** Goes through a layer; from the first to the last, each once. */
  public void layer(int layer) {
    boolean last = layer == model.config().layers() - 1;
    // What no label asks for is needed for attention, and for nothing after the last of it.
    rows.layer(layer, last && model.narrows() ? scope.create(predicting) : null);
  }

  /** The loss, once all layers are behind. */
  public LanguageModel.Loss loss() {
    long[] labels = new long[predicting.length];
    long[] example = new long[predicting.length];
    for (int i = 0; i < predicting.length; i++) {
      int at = Math.toIntExact(predicting[i]);
      labels[i] = splice.labels()[at + 1];
      example[i] = splice.examples()[at];
    }
    long[] at = model.narrows() ? LongStream.range(0, labels.length).toArray() : predicting;
    LanguageModel.Loss loss =
        model.loss(
            scope,
            rows.state(),
            scope.create(at),
            scope.create(labels),
            scope.create(example),
            examples);
    return model.balanced(scope, loss, routers, real(), labels.length);
  }

  /** The loss after all layers. */
  LanguageModel.Loss whole() {
    for (int layer = 0; layer < model.config().layers(); layer++) {
      layer(layer);
    }
    return loss();
  }

  /** 1 for every position that is no padding, on the right. */
  private NDArray real() {
    float[] real = new float[splice.rows() * splice.length()];
    for (int row = 0; row < splice.rows(); row++) {
      int from = row * splice.length();
      Arrays.fill(real, from, from + splice.lengths()[row], 1);
    }
    return scope.create(real);
  }
}
