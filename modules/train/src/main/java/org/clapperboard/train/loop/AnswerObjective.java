package org.clapperboard.train.loop;

import ai.djl.ndarray.NDManager;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.clapperboard.model.Example;
import org.clapperboard.model.VideoLlama2;
import org.clapperboard.model.engine.TorchEngine;
import org.clapperboard.model.language.LanguageModel;
import org.clapperboard.model.weights.Parameters;

/** The language model predicts answers. */
final class AnswerObjective implements Objective {
  private final VideoLlama2 model;
  private final Backward backward = new Backward();

  AnswerObjective(VideoLlama2 model) {
    this.model = model;
  }

  @Override
  public List<SampleLoss> backward(long stepSeed, List<Item> items) {
    List<Example> rows = items.stream().map(Item::example).toList();
    return TorchEngine.withGradients(
        () -> {
          try (NDManager scope = TorchEngine.newScope()) {
            LanguageModel.Loss loss = model.loss(scope, rows, Item.seeds(stepSeed, items));
            backward.from(scope, loss.total());
            float[] sums = loss.byRow().toFloatArray();
            List<SampleLoss> losses = new ArrayList<>();
            for (int row = 0; row < sums.length; row++) {
              losses.add(new SampleLoss(rows.get(row).labelled(), sums[row]));
            }
            return losses;
          }
        });
  }

  @Override
  public Optional<Parameters> ownParameters() {
    return Optional.empty();
  }

  @Override
  public void close() {}
}
