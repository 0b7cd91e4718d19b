package org.clapperboard.train.loop;

import ai.djl.ndarray.NDManager;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.clapperboard.model.LayerwisePass;
import org.clapperboard.model.VideoLlama2;
import org.clapperboard.model.adapter.RowSeeds;
import org.clapperboard.model.engine.Tape;
import org.clapperboard.model.engine.Tape.Activations;
import org.clapperboard.model.engine.TorchEngine;
import org.clapperboard.model.language.LanguageModel;
import org.clapperboard.model.weights.Parameters;

/** The language model predicts answers. */
final class AnswerObjective implements Objective {
  private final VideoLlama2 model;
  private final Activations activations;
  private final Runnable turning;

  AnswerObjective(VideoLlama2 model, Activations activations) {
    this(model, activations, () -> {});
  }

  /**
   * The same.
   *
   * @param turning hears when a micro-batch has gone forward and goes backward next
   */
  AnswerObjective(VideoLlama2 model, Activations activations, Runnable turning) {
    this.model = model;
    this.activations = activations;
    this.turning = turning;
  }

  @Override
  public List<List<SampleLoss>> backward(
      long stepSeed, List<MicroBatch> batches, ShardedUpdate update) {
    return TorchEngine.withGradients(
        () ->
            update.layers() == null
                ? oneByOne(stepSeed, batches, update)
                : layerByLayer(stepSeed, batches, update));
  }

  private List<List<SampleLoss>> oneByOne(
      long stepSeed, List<MicroBatch> batches, ShardedUpdate update) {
    List<List<SampleLoss>> losses = new ArrayList<>();
    for (MicroBatch batch : batches) {
      update.working(List.of(batch));
      try (NDManager scope = TorchEngine.newScope()) {
        Tape tape = new Tape(activations);
        RowSeeds seeds = Item.seeds(stepSeed, batch.items());
        LanguageModel.Loss loss = model.packedLoss(scope, batch.examples(), seeds, tape);
        turning.run();
        tape.backward(scope, loss.total());
        if (losses.size() == batches.size() - 1) {
          update.collectLast();
        } else {
          update.collect();
        }
        losses.add(losses(batch, loss));
      }
    }
    return losses;
  }

  /**
   * All micro-batches go through a layer before any goes through the next, in both directions: then
   * the layer's weights are gathered, and its gradients reduced, once in a step (Lamy-Poirier,
   * 2021, "Layered gradient accumulation and modular pipeline parallelism").
   */
  private List<List<SampleLoss>> layerByLayer(
      long stepSeed, List<MicroBatch> batches, ShardedUpdate update) {
    try (NDManager scope = TorchEngine.newScope()) {
      update.working(batches);
      List<Tape> tapes = new ArrayList<>();
      List<LayerwisePass> passes = new ArrayList<>();
      for (MicroBatch batch : batches) {
        Tape tape = Tape.byLayers(activations);
        RowSeeds seeds = Item.seeds(stepSeed, batch.items());
        tapes.add(tape);
        passes.add(model.packedPass(scope, batch.examples(), seeds, tape));
      }
      int[][] marks = forward(tapes, passes, update.layers());
      List<List<SampleLoss>> losses = new ArrayList<>();
      for (int i = 0; i < passes.size(); i++) {
        LanguageModel.Loss loss = passes.get(i).loss();
        tapes.get(i).begin(scope, loss.total());
        update.collect();
        losses.add(losses(batches.get(i), loss));
      }
      backward(tapes, marks, update);
      return losses;
    }
  }

  /** How much was on each tape before each layer. */
  private static int[][] forward(
      List<Tape> tapes, List<LayerwisePass> passes, ShardedLayers layers) {
    int[][] marks = new int[layers.count()][passes.size()];
    for (int layer = 0; layer < layers.count(); layer++) {
      layers.forward(layer);
      for (int i = 0; i < passes.size(); i++) {
        marks[layer][i] = tapes.get(i).mark();
        passes.get(i).layer(layer);
      }
    }
    return marks;
  }

  private static void backward(List<Tape> tapes, int[][] marks, ShardedUpdate update) {
    ShardedLayers layers = update.layers();
    for (int layer = layers.count() - 1; layer >= 0; layer--) {
      layers.backward(layer);
      for (int i = 0; i < tapes.size(); i++) {
        tapes.get(i).unwind(marks[layer][i]);
        update.collect(layer);
        if (layer == 0) {
          // What lies in front of the first layer has its gradients by now.
          update.collect();
        }
      }
      layers.done(layer);
    }
    for (Tape tape : tapes) {
      tape.unwind(0);
      update.collect();
    }
    layers.finish();
  }

  private static List<SampleLoss> losses(MicroBatch batch, LanguageModel.Loss loss) {
    float[] sums = loss.byRow().toFloatArray();
    List<SampleLoss> losses = new ArrayList<>();
    for (int i = 0; i < sums.length; i++) {
      losses.add(new SampleLoss(batch.items().get(i).example().labelled(), sums[i]));
    }
    return losses;
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
