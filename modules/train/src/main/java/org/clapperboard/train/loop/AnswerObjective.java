package org.clapperboard.train.loop;

import ai.djl.ndarray.NDManager;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.clapperboard.model.VideoLlama2;
import org.clapperboard.model.engine.Tape;
import org.clapperboard.model.engine.Tape.Activations;
import org.clapperboard.model.engine.TorchEngine;
import org.clapperboard.model.language.LanguageModel;
import org.clapperboard.model.weights.Parameters;

/** The language model predicts answers. */
final class AnswerObjective implements Objective {
  private final VideoLlama2 model;
  private final Activations activations;

  AnswerObjective(VideoLlama2 model, Activations activations) {
    this.model = model;
    this.activations = activations;
  }

  @Override
  public List<SampleLoss> backward(long stepSeed, MicroBatch batch) {
    List<Item> items = batch.items();
    return TorchEngine.withGradients(
        () -> {
          try (NDManager scope = TorchEngine.newScope()) {
            Tape tape = new Tape(activations);
            LanguageModel.Loss loss =
                model.packedLoss(scope, batch.examples(), Item.seeds(stepSeed, items), tape);
            tape.backward(scope, loss.total());
            float[] sums = loss.byRow().toFloatArray();
            List<SampleLoss> losses = new ArrayList<>();
            for (int i = 0; i < sums.length; i++) {
              losses.add(new SampleLoss(items.get(i).example().labelled(), sums[i]));
            }
            return losses;
          }
        });
  }

  @Override
  public int length(Item item) {
    return model.length(item.example());
  }

  @Override
  public Optional<Parameters> ownParameters() {
    return Optional.empty();
  }

  @Override
  public void close() {}
}
