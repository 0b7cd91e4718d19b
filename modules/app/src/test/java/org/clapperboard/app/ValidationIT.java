package org.clapperboard.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.assertj.core.api.Assertions.withinPercentage;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.sql.Row;
import org.clapperboard.data.order.SampleOrder;
import org.clapperboard.data.shard.PreparedDataset;
import org.clapperboard.data.shard.ShardReader;
import org.clapperboard.data.shard.StoredSample;
import org.clapperboard.data.storage.Folder;
import org.clapperboard.eval.EvalConfig;
import org.clapperboard.eval.EvalConfig.QuestionSet;
import org.clapperboard.eval.EvalConfig.Withhold;
import org.clapperboard.eval.ModelFiles;
import org.clapperboard.train.config.StageConfig;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** What a stage is measured on beside its training. */
@ExtendWith(World.Shared.class)
class ValidationIT {
  private static final List<String> DATASETS = List.of("demo-test-audio", "demo-test-video");

  /** Rows (step, name, samples, labels, loss), by step and name. */
  private static List<Row> measured(World world, Path run) {
    return world
        .rows(run, "joint", "validation", "step", "name", "samples", "labels", "loss")
        .stream()
        .sorted(
            Comparator.<Row>comparingLong(row -> row.getLong(0)).thenComparing(r -> r.getString(1)))
        .toList();
  }

  @Test
  void it_comes_every_so_many_steps_and_last_and_its_sum_is_that_of_its_datasets(World world) {
    List<Row> rows = measured(world, world.joint(2));
    assertThat(rows)
        .extracting(row -> row.getLong(0))
        .containsExactly(14L, 14L, 14L, 29L, 29L, 29L, 39L, 39L, 39L);
    for (int at = 0; at < rows.size(); at += 3) {
      List<Row> one = rows.subList(at, at + 3);
      assertThat(one)
          .extracting(row -> row.getString(1) + " " + row.getLong(2))
          .containsExactly("all 12", "demo-test-audio 6", "demo-test-video 6");
      double sum = one.stream().skip(1).mapToDouble(row -> row.getLong(3) * row.getDouble(4)).sum();
      assertThat(one.get(0).getLong(3)).isEqualTo(one.get(1).getLong(3) + one.get(2).getLong(3));
      assertThat(one.get(0).getDouble(4)).isCloseTo(sum / one.get(0).getLong(3), within(1e-9));
    }
    assertThat(rows.get(6).getDouble(4)).as("in the end").isLessThan(rows.get(0).getDouble(4));
  }

  @Test
  void it_does_not_depend_on_ranks(World world) {
    List<Row> alone = measured(world, world.joint(1));
    for (int ranks : List.of(2, World.MOST_RANKS)) {
      List<Row> shared = measured(world, world.joint(ranks));
      assertThat(shared).hasSameSizeAs(alone);
      for (int i = 0; i < alone.size(); i++) {
        assertThat(shared.get(i).mkString("|").replaceAll("\\|[^|]*$", ""))
            .isEqualTo(alone.get(i).mkString("|").replaceAll("\\|[^|]*$", ""));
        assertThat(shared.get(i).getDouble(4))
            .isCloseTo(alone.get(i).getDouble(4), withinPercentage(0.01));
      }
    }
  }

  @Test
  void datasets_that_are_not_there_are_told(World world) {
    assertThat(
            world.plan("joint", world.joint(2), "validation.datasets=[demo-tset]").missing().list())
        .extracting(problem -> problem.toString().replaceFirst("^.*/", ""))
        .containsExactly("prepared). Prepare it, or correct its name.");
  }

  @Test
  @Tag("full")
  void it_changes_no_bit_of_what_is_learned(World world) {
    Path run = world.run("unmeasured");
    world.train("joint", run, "validation.datasets=[]", "validation.captions=0");
    assertThat(run.resolve("joint/validation")).doesNotExist();
    assertThat(World.result(run, "joint")).isEqualTo(World.result(world.joint(2), "joint"));
  }

  @Test
  @Tag("full")
  void the_last_loss_is_that_of_the_finished_weights_where_they_learn_next_to_nothing(World world) {
    Path run = world.folder("learning-nothing");
    World.copy(world.joint(2), run);
    world.train(
        "video",
        run,
        "data.streams=[{name: clips, datasets: [demo-test-video]}]",
        "steps=0",
        "epochs=2",
        "optimizer.lr=1e-12");
    Set<String> ids =
        first(world, "demo-test-video", world.plan("joint", run).config()).stream()
            .map(StoredSample::id)
            .collect(Collectors.toSet());
    List<Row> rows =
        world.rows(run, "video", "ledger", "sample_id", "tokens", "loss").stream()
            .filter(row -> ids.contains(row.getString(0)))
            .distinct()
            .toList();
    Map<String, Row> bySample = new TreeMap<>();
    rows.forEach(row -> bySample.put(row.getString(0), row));
    assertThat(bySample.keySet()).isEqualTo(ids);
    long labels = bySample.values().stream().mapToLong(row -> row.getInt(1)).sum();
    double sum = bySample.values().stream().mapToDouble(r -> r.getInt(1) * r.getDouble(2)).sum();
    Row last = measured(world, run).get(8);
    assertThat(last.getString(1)).isEqualTo("demo-test-video");
    assertThat(last.getLong(3)).isEqualTo(labels);
    assertThat(last.getDouble(4)).isCloseTo(sum / labels, withinPercentage(0.001));
  }

  @Test
  @Tag("full")
  void the_last_answers_are_those_of_the_examiner(World world) {
    Path run = world.joint(2);
    StageConfig config = world.plan("joint", run).config();
    List<String> weights =
        World.result(run, "joint").parts().values().stream()
            .map(file -> run.resolve(file.location()).toString())
            .toList();
    ModelFiles files =
        new ModelFiles(
            config.model(), config.precision().dtype(), weights, config.tokenizer(), 4, 0);
    assertThat(said(world, run)).hasSize(2).isEqualTo(answered(world, files, config));
  }

  /** The first samples of a dataset in the order of the stage's seed. */
  private static List<StoredSample> first(World world, String name, StageConfig config) {
    PreparedDataset dataset = world.dataset(name);
    Folder shards =
        Folder.of(world.folder("prepared").resolve(name).toString(), new Configuration())
            .folder("shards");
    List<List<StoredSample>> groups = new ArrayList<>();
    for (PreparedDataset.Shard shard : dataset.shards()) {
      try (ShardReader reader = new ShardReader(shards.path(shard.file()), new Configuration())) {
        for (int group = 0; group < shard.rowGroups().size(); group++) {
          groups.add(reader.rowGroup(group));
        }
      }
    }
    SampleOrder order = new SampleOrder(dataset.rowGroups(), config.seed(), config.data().window());
    List<StoredSample> samples = new ArrayList<>();
    for (int i = 0; i < config.validation().samples(); i++) {
      samples.add(groups.get(order.at(i).block()).get(order.at(i).row()));
    }
    return samples;
  }

  private static Set<String> said(World world, Path run) {
    return world
        .rows(run, "joint", "captions", "step", "sample_id", "question", "expected", "said")
        .stream()
        .filter(row -> row.getLong(0) == 39)
        .map(row -> row.mkString("|").replaceFirst("39\\|", ""))
        .collect(Collectors.toSet());
  }

  /** What the examiner has for the first question of the first sample of each dataset. */
  private static Set<String> answered(World world, ModelFiles files, StageConfig config) {
    List<QuestionSet> sets =
        DATASETS.stream()
            .map(name -> new QuestionSet(name, name, Withhold.NOTHING, Map.of(), Map.of()))
            .toList();
    EvalConfig exam = new EvalConfig(world.folder("prepared").toString(), sets, 16, 64);
    Set<String> wanted =
        DATASETS.stream()
            .map(name -> first(world, name, config).get(0))
            .map(sample -> sample.id() + "|" + sample.exchanges().get(0).question())
            .collect(Collectors.toSet());
    return World.answers(world, exam, files, world.folder("answers-" + config.stage()), 1).stream()
        .filter(answer -> wanted.contains(answer.sampleId() + "|" + answer.question()))
        .map(a -> a.sampleId() + "|" + a.question() + "|" + a.expected() + "|" + a.given())
        .collect(Collectors.toSet());
  }
}
