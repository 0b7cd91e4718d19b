package org.clapperboard.train.loop;

import java.io.IOException;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.IntStream;
import org.clapperboard.collective.Collective;
import org.clapperboard.data.Modality;
import org.clapperboard.model.Example;
import org.clapperboard.model.Part;
import org.clapperboard.model.VideoLlama2;
import org.clapperboard.model.engine.Tape.Activations;
import org.clapperboard.model.weights.Parameters;
import org.clapperboard.model.weights.TensorSource;
import org.clapperboard.train.config.BatchConfig;
import org.clapperboard.train.metrics.StepMetrics;
import org.clapperboard.train.optimizer.OptimizerConfig;
import org.clapperboard.train.optimizer.StateRoom;

/**
 * The steps that a rank takes, on given samples and without files around them, for whoever measures
 * them: loop, loss, clipping and update are those of a stage.
 */
public final class MeasuredTraining implements AutoCloseable {
  private final ShardedUpdate update;
  private final Objective objective;
  private final TrainingLoop loop;
  private List<Item> batch = List.of();
  private StepMetrics told;
  private EnumMap<Phase, Double> seconds = new EnumMap<>(Phase.class);
  private Phase phase = Phase.UPDATE;
  private long since;
  private long done;

  /** What a step consists of. */
  public enum Phase {
    /** From samples to their loss. */
    FORWARD,
    /** From the loss to all gradients. */
    BACKWARD,
    /** The norm of all gradients, and scaling them down. */
    CLIP,
    /** New weights, and forgetting the gradients before the next step. */
    UPDATE
  }

  /**
   * A step.
   *
   * @param loss mean cross-entropy over all labels
   * @param norm of the gradient before it is scaled down
   * @param seconds on the clock of each phase
   */
  public record Step(double loss, double norm, Map<Phase, Double> seconds) {
    public Step {
      seconds = Map.copyOf(seconds);
    }
  }

  /**
   * The training of some parts of a model.
   *
   * @param masters the weights that each of these parts was loaded from, unrounded
   * @param decays which parameters, by name, decay
   * @param rows samples of a step, all of which go through the model at once
   * @param state where the optimizer's state lies
   */
  public MeasuredTraining(
      VideoLlama2 model,
      Map<Part, TensorSource> masters,
      Predicate<String> decays,
      OptimizerConfig config,
      Activations activations,
      int rows,
      Collective ranks,
      StateRoom state) {
    Map<String, Parameters> trained = new LinkedHashMap<>();
    masters.keySet().forEach(part -> trained.put(part.key(), model.parameters().get(part)));
    this.update = ShardedUpdate.of(trained, null, state, ranks, config, name -> config, decays);
    masters.forEach((part, source) -> update.trained().get(part.key()).startFrom(source));
    this.objective =
        new Watched(new AnswerObjective(model, activations, () -> enter(Phase.BACKWARD)));
    this.loop =
        new TrainingLoop(
            new Given(),
            objective,
            update,
            step -> 1,
            ranks,
            new Told(),
            new MicroBatches(
                BatchConfig.of(rows, rows, BatchConfig.Grouping.NONE), objective::length),
            new StepSums(List.of(), item -> 0, () -> false),
            new SkippedSteps(ranks, 0, 0),
            1);
  }

  /**
   * Takes the next step.
   *
   * @param rows its samples
   */
  public Step step(List<Example> rows) throws IOException {
    batch = IntStream.range(0, rows.size()).mapToObj(i -> item(i, rows.get(i))).toList();
    seconds = new EnumMap<>(Phase.class);
    phase = Phase.UPDATE;
    since = System.nanoTime();
    loop.run(done, done + 1);
    done++;
    return new Step(told.loss(), told.gradientNorm(), seconds);
  }

  private static Item item(int place, Example example) {
    String name = "row-" + place;
    return new Item(place, "given", 0, name, "given", Modality.VIDEO, List.of(), example);
  }

  private void enter(Phase next) {
    long now = System.nanoTime();
    seconds.merge(phase, (now - since) / 1e9, Double::sum);
    phase = next;
    since = now;
  }

  @Override
  public void close() {
    objective.close();
    update.close();
  }

  /** The samples of the step. */
  private final class Given implements TrainingLoop.Batches {
    @Override
    public List<Item> next() {
      return batch;
    }

    @Override
    public double waitedSeconds() {
      return 0;
    }
  }

  /** What the loop says of the step. */
  private final class Told implements TrainingLoop.StepRecord {
    @Override
    public void updating() {
      enter(Phase.UPDATE);
    }

    @Override
    public void step(StepMetrics metrics, List<Item> items, List<Objective.SampleLoss> losses) {
      enter(Phase.UPDATE);
      told = metrics;
    }
  }

  /** The objective, beginning and end of which are seen. */
  private final class Watched implements Objective {
    private final Objective watched;

    Watched(Objective watched) {
      this.watched = watched;
    }

    @Override
    public List<List<SampleLoss>> backward(
        long stepSeed, List<MicroBatch> batches, ShardedUpdate all) {
      enter(Phase.FORWARD);
      List<List<SampleLoss>> losses = watched.backward(stepSeed, batches, all);
      enter(Phase.CLIP);
      return losses;
    }

    @Override
    public int length(Item item) {
      return watched.length(item);
    }

    @Override
    public Optional<Parameters> ownParameters() {
      return watched.ownParameters();
    }

    @Override
    public void close() {
      watched.close();
    }
  }
}
