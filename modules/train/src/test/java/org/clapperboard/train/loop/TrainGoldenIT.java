package org.clapperboard.train.loop;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.clapperboard.collective.Collective;
import org.clapperboard.model.Example;
import org.clapperboard.model.VideoLlama2;
import org.clapperboard.model.engine.Tape.Activations;
import org.clapperboard.model.engine.TorchEngine;
import org.clapperboard.model.weights.ParameterSpec;
import org.clapperboard.model.weights.Parameters;
import org.clapperboard.testing.GoldenRun;
import org.clapperboard.testing.GoldenTests;
import org.clapperboard.testing.SafetensorsFile;
import org.clapperboard.train.LocalRanks;
import org.clapperboard.train.config.BatchConfig;
import org.clapperboard.train.metrics.StepMetrics;
import org.clapperboard.train.optimizer.OptimizerConfig;
import org.clapperboard.train.optimizer.Schedule;
import org.clapperboard.train.optimizer.WeightDecay;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicNode;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestFactory;

/**
 * Five steps of stage 1 and, from its weights, five of stage 2 through the real loop, against the
 * losses, gradient norms and final weights of the reference. {@code -Dgolden=DIR} names another
 * folder of fixtures.
 */
@Tag("golden")
class TrainGoldenIT {
  @BeforeAll
  static void start() {
    TorchEngine.start(1);
  }

  @TestFactory
  Stream<DynamicNode> whole_models_train_as_the_reference_on_any_number_of_ranks() {
    return GoldenTests.of(TrainGoldenIT.class, "12_e2e", TrainGoldenIT::compare);
  }

  private static void compare(GoldenRun run) {
    run.leave("out/.*|in/(gen_.*|images\\..*)|model\\..*");
    for (int ranks : new int[] {1, 2}) {
      try {
        LocalRanks.run(ranks, own -> train(run, own));
      } catch (Exception e) {
        throw new AssertionError("Cannot train on " + ranks + " ranks: " + e.getMessage(), e);
      }
    }
  }

  /** What the first rank finds is reported; the others have to agree. */
  private static void train(GoldenRun reported, Collective ranks) throws Exception {
    GoldenRun run = ranks.rank() == 0 ? reported : GoldenRun.of(reported.fixture());
    try (VideoLlama2 model = GoldenModel.load(run.fixture())) {
      model.parameters().values().forEach(part -> run.loaded(names(part)));
      run.loaded(List.of("in/input_ids", "in/labels", "in/attention_mask"));
      run.told("kinds", "modals", "num_frames");
      for (String stage : List.of("stage1", "stage2")) {
        new Stage(run, stage, model, ranks).check();
      }
    }
    run.requirePassed();
  }

  private static List<String> names(Parameters part) {
    return part.specs().stream().map(ParameterSpec::name).toList();
  }

  /** One stage on one rank. */
  private static final class Stage {
    private final String name;
    private final String suffix;
    private final GoldenRun run;
    private final JsonNode settings;
    private final SafetensorsFile file;
    private final VideoLlama2 model;
    private final Collective ranks;
    private final List<Item> batch;
    private final Map<String, Parameters> trained = new LinkedHashMap<>();
    private final Map<String, Parameters> frozen = new LinkedHashMap<>();

    Stage(GoldenRun run, String name, VideoLlama2 model, Collective ranks) {
      this.name = name;
      this.suffix = " on " + ranks.worldSize();
      this.run = run;
      this.settings = run.json().get(name);
      this.file = run.file();
      this.model = model;
      this.ranks = ranks;
      this.batch = GoldenModel.batch(run.fixture());
      model
          .parameters()
          .forEach(
              (part, parameters) -> {
                boolean trains =
                    parameters.specs().stream()
                        .anyMatch(spec -> file.names().contains(end(spec.name())));
                (trains ? trained : frozen).put(part.key(), parameters);
              });
    }

    private String end(String parameter) {
      return name + "/final/" + parameter;
    }

    void check() throws Exception {
      Map<String, float[]> before = new LinkedHashMap<>();
      frozen.forEach((part, parameters) -> before.put(part, parameters.flat().toFloatArray()));
      checkGradients();
      checkCurve(train());
      checkLossAfter();
      checkWeights();
      frozen.forEach(
          (part, parameters) ->
              assertThat(parameters.flat().toFloatArray()).as(part).isEqualTo(before.get(part)));
    }

    private List<StepMetrics> train() throws Exception {
      assertThat(settings.get("mm_projector_lr").isNull()).as("one learning rate").isTrue();
      OptimizerConfig optimizer =
          new OptimizerConfig(
              settings.get("base_lr").asDouble(),
              0.9,
              0.999,
              1e-8,
              settings.get("weight_decay").asDouble(),
              settings.get("max_grad_norm").asDouble());
      Schedule schedule = new Schedule(0.03, Schedule.Shape.COSINE, 1);
      long steps = settings.get("total_steps").asLong();
      run.equal(
          name + " warmup", schedule.warmupSteps(steps), settings.get("warmup_steps").asLong());
      List<StepMetrics> metrics = new ArrayList<>();
      int rows = batch.size();
      List<Item> own =
          batch.subList(
              rows * ranks.rank() / ranks.worldSize(),
              rows * (ranks.rank() + 1) / ranks.worldSize());
      try (Objective objective = new AnswerObjective(model, Activations.KEEP);
          ShardedUpdate update =
              ShardedUpdate.of(
                  trained,
                  ranks,
                  optimizer,
                  name -> optimizer,
                  WeightDecay.of(model.config().language().family()))) {
        new TrainingLoop(
                new Same(own),
                objective,
                update,
                step -> schedule.factor(step, steps),
                ranks,
                (step, items, losses) -> metrics.add(step),
                // As it is on one rank; row by row on two.
                new MicroBatches(
                    BatchConfig.of(
                        rows, ranks.worldSize() == 1 ? rows : 1, BatchConfig.Grouping.NONE),
                    objective::length),
                new StepSums(List.of(), item -> 0, () -> false),
                new SkippedSteps(ranks, 0, 0),
                1)
            .run(0, steps);
      }
      trained.values().forEach(part -> part.trainable(Parameters.Trainable.NO));
      return metrics;
    }

    /** Those of the first step, before clipping. */
    private void checkGradients() throws Exception {
      Map<String, float[]> sums = gradientsAfterPass();
      trained.values().forEach(part -> part.trainable(Parameters.Trainable.NO));
      String prefix = name + "/grad/";
      double labels = batch.stream().mapToInt(item -> item.example().labelled()).sum();
      double share = run.tolerance("gradients |diff| <=");
      double floor = run.tolerance("gradients |diff| <=", "of that tensor| +");
      Set<String> missing = namesBelow(prefix);
      for (Map.Entry<String, float[]> gradient : sums.entrySet()) {
        String parameter = gradient.getKey();
        if (missing.remove(prefix + parameter)) {
          float[] added = gradient.getValue();
          for (int i = 0; i < added.length; i++) {
            added[i] = (float) (added[i] / labels);
          }
          boolean noise =
              parameter.startsWith("model.audio_tower.") && parameter.endsWith("k_proj.bias");
          run.gradient(prefix + parameter, added, noise ? 0 : share, floor);
        }
      }
      assertThat(missing).as("gradients that are nobody's").isEmpty();
    }

    private Map<String, float[]> gradientsAfterPass() {
      Map<String, float[]> gradients = new LinkedHashMap<>();
      OptimizerConfig unused = new OptimizerConfig(1, 0.9, 0.999, 1e-8, 0, 1);
      try (Objective objective = new AnswerObjective(model, Activations.KEEP);
          ShardedUpdate update =
              ShardedUpdate.of(trained, ranks, unused, part -> unused, part -> true)) {
        MicroBatches all =
            new MicroBatches(
                BatchConfig.of(batch.size(), batch.size(), BatchConfig.Grouping.NONE),
                objective::length);
        update.begin(0);
        assertThat(objective.backward(1, all.of(batch), update).get(0)).hasSameSizeAs(batch);
        for (Parameters part : trained.values()) {
          for (ParameterSpec spec : part.specs()) {
            try (NDArray gradient = part.tensor(spec.name()).getGradient()) {
              gradients.put(spec.name(), gradient.toFloatArray());
            }
          }
        }
      }
      return gradients;
    }

    private Set<String> namesBelow(String prefix) {
      Set<String> names = new TreeSet<>(file.names());
      names.removeIf(tensor -> !tensor.startsWith(prefix));
      return names;
    }

    /** Of every stage the tolerance has its own number: the second starts where the first ended. */
    private double curveTolerance() {
      return name.equals("stage1")
          ? run.tolerance("loss curve")
          : run.tolerance("loss curve", "(stage1) and");
    }

    private void checkCurve(List<StepMetrics> metrics) {
      assertThat(metrics).hasSize(settings.get("loss").size());
      for (int step = 0; step < metrics.size(); step++) {
        StepMetrics actual = metrics.get(step);
        String at = " " + step + suffix;
        double loss = settings.get("loss").get(step).asDouble();
        run.number(name + " loss curve" + at, actual.loss(), loss, curveTolerance());
        double norm = settings.get("grad_norm").get(step).asDouble();
        double allowed = run.tolerance("grad_norm relative") * norm;
        run.number(name + " grad_norm" + at, actual.gradientNorm(), norm, allowed);
        for (JsonNode lr : settings.get("lr").get(step)) {
          run.number(name + " lr" + at, actual.lr(), lr.asDouble(), 1e-12);
        }
      }
    }

    private void checkLossAfter() {
      List<Example> rows = batch.stream().map(Item::example).toList();
      int labels = rows.stream().mapToInt(Example::labelled).sum();
      double loss =
          TorchEngine.withoutGradients(
              () -> {
                try (NDManager scope = TorchEngine.newScope()) {
                  return (double) model.loss(scope, rows).total().getFloat() / labels;
                }
              });
      double expected = settings.get("loss_after").asDouble();
      run.number(name + " loss after" + suffix, loss, expected, curveTolerance());
    }

    /** Adam makes a step of up to the learning rate of a gradient that is only rounding noise. */
    private void checkWeights() {
      Set<String> missing = namesBelow(name + "/final/");
      assertThat(missing).as("final weights of %s in the fixture", name).isNotEmpty();
      double nearly = run.tolerance("% of the elements within");
      double all = run.tolerance("% of the elements within", "and all within");
      double share = 1 - run.tolerance("final weights:") / 100;
      long count = 0;
      long far = 0;
      for (Parameters part : trained.values()) {
        for (ParameterSpec spec : part.specs()) {
          if (missing.remove(end(spec.name()))) {
            float[] actual = part.tensor(spec.name()).toFloatArray();
            float[] expected = file.floats(end(spec.name()));
            run.close(end(spec.name()) + suffix, actual, expected, all);
            for (int i = 0; i < actual.length; i++) {
              far += Math.abs(actual[i] - expected[i]) > nearly ? 1 : 0;
            }
            count += actual.length;
          }
        }
      }
      assertThat(missing).as("final weights that are nobody's").isEmpty();
      String what = name + "/final/ share of weights off by more than " + nearly + suffix;
      run.number(what, far / (double) count, 0, share);
    }
  }

  /** The same samples in every step, as the fixture was made. */
  private record Same(List<Item> next) implements TrainingLoop.Batches {
    @Override
    public double waitedSeconds() {
      return 0;
    }
  }
}
