package org.clapperboard.train.loop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

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
import org.clapperboard.model.engine.TorchEngine;
import org.clapperboard.model.weights.ParameterSpec;
import org.clapperboard.model.weights.Parameters;
import org.clapperboard.testing.GoldenFixtures;
import org.clapperboard.testing.GoldenFixtures.Fixture;
import org.clapperboard.testing.SafetensorsFile;
import org.clapperboard.train.LocalRanks;
import org.clapperboard.train.metrics.StepMetrics;
import org.clapperboard.train.optimizer.OptimizerConfig;
import org.clapperboard.train.optimizer.Schedule;
import org.clapperboard.train.optimizer.WeightDecay;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/**
 * Five steps of stage 1 and, from its weights, five of stage 2 through the real loop, against the
 * losses, gradient norms and final weights of the reference. {@code -Dgolden=DIR} names another
 * folder of fixtures.
 */
class TrainGoldenIT {
  /** Loss curves may be that far off: the second stage starts where the first ended. */
  private static final Map<String, Double> CURVE = Map.of("stage1", 1e-4, "stage2", 1e-3);

  private static final double NORM_SHARE = 2e-3;

  /** Adam makes a step of up to the learning rate of a gradient that is only rounding noise. */
  private static final double NEARLY_ALL = 1e-4;

  private static final double ALL = 4e-3;

  @BeforeAll
  static void start() {
    TorchEngine.start(1);
  }

  @TestFactory
  Stream<DynamicTest> whole_models_train_as_the_reference_on_any_number_of_ranks() {
    List<Fixture> fixtures = GoldenFixtures.chosen().startingWith("12_e2e");
    assertThat(fixtures).isNotEmpty();
    return fixtures.stream()
        .flatMap(
            fixture ->
                Stream.of(1, 2)
                    .map(
                        ranks ->
                            DynamicTest.dynamicTest(
                                fixture + " on " + ranks,
                                () -> LocalRanks.run(ranks, own -> train(fixture, own)))));
  }

  private static void train(Fixture fixture, Collective ranks) throws Exception {
    try (VideoLlama2 model = GoldenModel.load(fixture)) {
      for (String stage : List.of("stage1", "stage2")) {
        new Stage(fixture, stage, model, ranks).check();
      }
    }
  }

  /** One stage on one rank. */
  private static final class Stage {
    private final String name;
    private final JsonNode settings;
    private final SafetensorsFile file;
    private final VideoLlama2 model;
    private final Collective ranks;
    private final List<Item> batch;
    private final Map<String, Parameters> trained = new LinkedHashMap<>();
    private final Map<String, Parameters> frozen = new LinkedHashMap<>();

    Stage(Fixture fixture, String name, VideoLlama2 model, Collective ranks) {
      this.name = name;
      this.settings = fixture.json().get(name);
      this.file = fixture.tensors();
      this.model = model;
      this.ranks = ranks;
      this.batch = GoldenModel.batch(fixture);
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
      checkCurve(run());
      checkLossAfter();
      checkWeights();
      frozen.forEach(
          (part, parameters) ->
              assertThat(parameters.flat().toFloatArray()).as(part).isEqualTo(before.get(part)));
    }

    private List<StepMetrics> run() throws Exception {
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
      List<StepMetrics> metrics = new ArrayList<>();
      int rows = batch.size();
      List<Item> own =
          batch.subList(
              rows * ranks.rank() / ranks.worldSize(),
              rows * (ranks.rank() + 1) / ranks.worldSize());
      try (Objective objective = new AnswerObjective(model);
          ShardedUpdate update =
              ShardedUpdate.of(
                  trained, ranks, optimizer, WeightDecay.of(model.config().language().family()))) {
        new TrainingLoop(
                new Same(own),
                objective,
                update,
                step -> optimizer.lr() * schedule.factor(step, steps),
                ranks,
                (step, items, losses) -> metrics.add(step),
                // As it is on one rank; row by row on two.
                ranks.worldSize() == 1 ? rows : 1,
                1)
            .run(0, steps);
      }
      trained.values().forEach(part -> part.trainable(Parameters.Trainable.NO));
      return metrics;
    }

    private void checkCurve(List<StepMetrics> metrics) {
      assertThat(metrics).hasSize(settings.get("loss").size());
      for (int step = 0; step < metrics.size(); step++) {
        StepMetrics actual = metrics.get(step);
        double norm = settings.get("grad_norm").get(step).asDouble();
        String where = name + " step " + step;
        assertThat(actual.loss())
            .as("%s loss", where)
            .isCloseTo(settings.get("loss").get(step).asDouble(), within(CURVE.get(name)));
        assertThat(actual.gradientNorm())
            .as("%s gradient norm", where)
            .isCloseTo(norm, within(NORM_SHARE * norm));
        assertThat(actual.lr())
            .as("%s lr", where)
            .isCloseTo(settings.get("lr").get(step).get(0).asDouble(), within(1e-12));
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
      assertThat(loss)
          .as("%s loss after it", name)
          .isCloseTo(settings.get("loss_after").asDouble(), within(CURVE.get(name)));
    }

    private void checkWeights() {
      Set<String> missing = new TreeSet<>(file.names());
      missing.removeIf(tensor -> !tensor.startsWith(name + "/final/"));
      assertThat(missing).as("final weights of %s in the fixture", name).isNotEmpty();
      long far = 0;
      long all = 0;
      for (Parameters part : trained.values()) {
        for (ParameterSpec spec : part.specs()) {
          if (missing.remove(end(spec.name()))) {
            float[] actual = part.tensor(spec.name()).toFloatArray();
            GoldenFixtures.assertClose(
                end(spec.name()), actual, file.floats(end(spec.name())), (float) ALL);
            far += farOff(actual, file.floats(end(spec.name())));
            all += actual.length;
          }
        }
      }
      assertThat(missing).as("final weights that are nobody's").isEmpty();
      assertThat(far / (double) all).as("share of weights far off").isLessThanOrEqualTo(1e-3);
    }

    private static long farOff(float[] actual, float[] expected) {
      long count = 0;
      for (int i = 0; i < actual.length; i++) {
        count += Math.abs(actual[i] - expected[i]) > NEARLY_ALL ? 1 : 0;
      }
      return count;
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
