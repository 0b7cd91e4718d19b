package org.clapperboard.train.loop;

import ai.djl.ndarray.NDManager;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.IntConsumer;
import java.util.function.ToDoubleFunction;
import org.clapperboard.collective.Collective;
import org.clapperboard.data.Exchange;
import org.clapperboard.data.shard.StoredSample;
import org.clapperboard.model.Example;
import org.clapperboard.model.Generator;
import org.clapperboard.model.LayerwisePass;
import org.clapperboard.model.VideoLlama2;
import org.clapperboard.model.engine.TorchEngine;
import org.clapperboard.model.prompt.Tokenizer;
import org.clapperboard.train.config.StageConfig;
import org.clapperboard.train.loop.Objective.SampleLoss;
import org.clapperboard.train.metrics.LossShare;
import org.clapperboard.train.metrics.StepMetrics;
import org.clapperboard.train.metrics.Validation;
import org.clapperboard.train.metrics.Validation.Caption;

/**
 * Measures the weights on held-out samples when it is time, after the step and before it is written
 * down: forward alone, without dropout. It reads weights and changes nothing, so that a stage
 * trains to the same bits with and without it.
 */
final class ValidationWatch extends RecordWithMore {
  private static final int LONGEST_ANSWER = 64;
  private static final int OF_A_DATASET = 3;

  private final StageConfig config;
  private final VideoLlama2 model;
  private final Collective ranks;
  private final HeldOut heldOut;
  private final ExampleMaker conversations;
  private final Tokenizer tokenizer;
  private final ExampleMaker questions;
  private final Consumer<FloatBuffer> giveBack;
  private final long steps;
  private final ShardedLayers layers;
  private Validation newest;

  /**
   * Measures what is recorded.
   *
   * @param conversations makes what is predicted
   * @param questions makes what is answered
   * @param giveBack takes the buffers of their media
   * @param steps of the stage
   * @param layers of the language model, where they are in shards, or null
   * @param record where steps are written down
   */
  ValidationWatch(
      StageConfig config,
      VideoLlama2 model,
      Collective ranks,
      HeldOut heldOut,
      ExampleMaker conversations,
      ExampleMaker questions,
      Consumer<FloatBuffer> giveBack,
      Tokenizer tokenizer,
      long steps,
      ShardedLayers layers,
      TrainingLoop.StepRecord record) {
    super(record);
    this.config = config;
    this.model = model;
    this.ranks = ranks;
    this.heldOut = heldOut;
    this.conversations = conversations;
    this.questions = questions;
    this.giveBack = giveBack;
    this.tokenizer = tokenizer;
    this.steps = steps;
    this.layers = layers;
  }

  @Override
  public void step(StepMetrics step, List<Item> items, List<SampleLoss> losses) throws IOException {
    long done = step.step() + 1;
    if (done % config.validation().everySteps() == 0 || done == steps) {
      ranks.phase("step " + step.step() + " validation");
      newest = new Validation(step.step(), losses(), captions());
    }
    next().step(newest == null ? step : step.with(newest), items, losses);
  }

  /** Sums in float64 over all ranks; in those of one batch the model's own float32. */
  private List<LossShare> losses() {
    List<String> datasets = config.validation().datasets();
    double[] own = new double[OF_A_DATASET * datasets.size()];
    int rounds = rounds();
    for (int round = 0; round < rounds; round++) {
      if (round < heldOut.batches().size()) {
        add(own, heldOut.batches().get(round));
      } else {
        throughLayers(layer -> {});
      }
    }
    double[] sums = ranks.sum(own);
    List<LossShare> losses = new ArrayList<>();
    losses.add(share(Validation.ALL, Validation.ALL, i -> total(sums, i)));
    for (int i = 0; i < datasets.size(); i++) {
      int at = OF_A_DATASET * i;
      losses.add(share("dataset", datasets.get(i), of -> sums[at + of]));
    }
    return losses;
  }

  private void add(double[] own, HeldOut.Batch batch) {
    List<Example> rows = batch.samples().stream().map(conversations::training).toList();
    int at = OF_A_DATASET * batch.dataset();
    own[at] += rows.size();
    own[at + 1] += rows.stream().mapToInt(Example::labelled).sum();
    for (float loss : forward(rows)) {
      own[at + 2] += loss;
    }
    rows.forEach(row -> BatchSource.giveBack(row, giveBack));
  }

  /** Weights in shards are gathered by all ranks: one that has no batch left goes along. */
  private int rounds() {
    int own = heldOut.batches().size();
    return layers == null ? own : (int) ranks.sum(ranks.rank() == 0 ? own : 0)[0];
  }

  private void throughLayers(IntConsumer work) {
    for (int layer = 0; layer < layers.count(); layer++) {
      layers.forward(layer);
      work.accept(layer);
    }
  }

  private static double total(double[] sums, int of) {
    double total = 0;
    for (int at = of; at < sums.length; at += OF_A_DATASET) {
      total += sums[at];
    }
    return total;
  }

  private static LossShare share(String kind, String name, ToDoubleFunction<Integer> sums) {
    return new LossShare(
        kind,
        name,
        (long) sums.applyAsDouble(0),
        (long) sums.applyAsDouble(1),
        sums.applyAsDouble(2));
  }

  private float[] forward(List<Example> rows) {
    return TorchEngine.withoutGradients(
        () -> {
          try (NDManager scope = TorchEngine.newScope()) {
            if (layers == null) {
              return model.loss(scope, rows).byRow().toFloatArray();
            }
            LayerwisePass pass = model.pass(scope, rows);
            throughLayers(pass::layer);
            return pass.loss().byRow().toFloatArray();
          }
        });
  }

  /**
   * The other ranks wait for the first, which answers: no longer than half of what they bear. What
   * is not said by then is not said.
   */
  private List<Caption> captions() {
    Duration most = config.cluster().deadline().dividedBy(2);
    long end = System.nanoTime() + most.toNanos();
    Generator generator =
        new Generator(model, Set.of(tokenizer.endId()), LONGEST_ANSWER)
            .stoppingWhen(ids -> System.nanoTime() - end > 0);
    List<Caption> captions = new ArrayList<>();
    for (StoredSample sample : heldOut.answered()) {
      if (System.nanoTime() - end < 0) {
        Example question = questions.training(sample);
        int[] ids = generator.answer(List.of(question)).get(0);
        BatchSource.giveBack(question, giveBack);
        Exchange first = sample.exchanges().get(0);
        captions.add(
            new Caption(
                sample.dataset(), sample.id(), first.question(), first.answer(), text(ids)));
      }
    }
    return captions;
  }

  private String text(int[] ids) {
    boolean ended = ids.length > 0 && ids[ids.length - 1] == tokenizer.endId();
    return tokenizer.decode(ended ? Arrays.copyOf(ids, ids.length - 1) : ids);
  }
}
