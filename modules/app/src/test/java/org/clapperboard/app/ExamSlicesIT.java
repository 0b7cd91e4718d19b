package org.clapperboard.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.Row;
import org.clapperboard.config.BadConfig;
import org.clapperboard.eval.Answer;
import org.clapperboard.eval.EvalConfig;
import org.clapperboard.eval.EvalConfig.QuestionSet;
import org.clapperboard.eval.EvalConfig.Withhold;
import org.clapperboard.eval.ModelFiles;
import org.clapperboard.train.config.StageConfig;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Questions that are asked while a stage trains. */
@ExtendWith(World.Shared.class)
class ExamSlicesIT {
  private static final int SAMPLES = 5;

  /** The sets of the joint stage with their datasets, as tables sort them. */
  private static final Map<String, String> SETS =
      Map.of("demo-test-audio", "demo-test-audio", "sights", "demo-test-video");

  /** Rows (step, set, asked, right, share), by step and set. */
  private static List<Row> scores(World world, Path run) {
    return world.rows(run, "joint", "slices", "step", "set", "asked", "right", "share").stream()
        .sorted(
            Comparator.<Row>comparingLong(row -> row.getLong(0)).thenComparing(r -> r.getString(1)))
        .toList();
  }

  /** The scores after the last step: set, asked, right. */
  private static List<String> last(World world, Path run) {
    return scores(world, run).stream()
        .filter(row -> row.getLong(0) == 39)
        .map(row -> row.getString(1) + " " + row.getLong(2) + " " + row.getLong(3))
        .toList();
  }

  /** What the examiner has for the first samples of a dataset, of the weights of a finished run. */
  private static List<Answer> answers(World world, Path run, String dataset, String kept) {
    StageConfig config = world.plan("joint", run).config();
    List<String> weights =
        World.result(run, "joint").parts().values().stream()
            .map(file -> run.resolve(file.location()).toString())
            .toList();
    ModelFiles files =
        new ModelFiles(
            config.model(), config.precision().dtype(), weights, config.tokenizer(), 4, 0);
    QuestionSet set = new QuestionSet(dataset, dataset, Withhold.NOTHING, Map.of(), Map.of());
    EvalConfig exam = new EvalConfig(world.folder("prepared").toString(), List.of(set), 16, 12);
    List<Answer> all = World.answers(world, exam, files, world.folder(kept), 1);
    List<String> first = all.stream().map(Answer::sampleId).distinct().limit(SAMPLES).toList();
    return all.stream().filter(answer -> first.contains(answer.sampleId())).toList();
  }

  @Test
  void they_come_every_so_many_steps_and_last(World world) {
    List<Row> rows = scores(world, world.joint(2));
    assertThat(rows)
        .extracting(row -> row.getLong(0))
        .containsExactly(14L, 14L, 29L, 29L, 39L, 39L);
    for (int i = 0; i < rows.size(); i++) {
      Row row = rows.get(i);
      assertThat(row.getString(1)).isEqualTo(i % 2 == 0 ? "demo-test-audio" : "sights");
      assertThat(row.getLong(2)).isEqualTo(rows.get(i % 2).getLong(2)).isGreaterThanOrEqualTo(5);
      assertThat(row.getDouble(4)).isEqualTo((double) row.getLong(3) / row.getLong(2));
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, World.MOST_RANKS})
  void the_last_scores_are_those_of_the_examiner_whatever_the_ranks(int ranks, World world) {
    Path run = world.joint(ranks);
    List<String> expected = new ArrayList<>();
    for (String set : SETS.keySet().stream().sorted().toList()) {
      List<Answer> answers = answers(world, run, SETS.get(set), "slices-of-" + ranks);
      long right = answers.stream().filter(Answer::right).count();
      expected.add(set + " " + answers.size() + " " + right);
    }
    assertThat(last(world, run)).isEqualTo(expected);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2})
  void they_change_no_bit_of_what_is_learned(int ranks, World world) {
    Path with = world.run("asked-" + ranks);
    String told =
        world.train(
            "joint", with, "steps=4", "cluster.ranks=" + ranks, "exam-slices.every-steps=2");
    assertThat(told).contains("joint: exam slices after 4 steps: sights ");
    assertThat(scores(world, with)).hasSize(4);
    Path without = world.run("not-asked-" + ranks);
    world.train("joint", without, "steps=4", "cluster.ranks=" + ranks, "exam-slices.sets=[]");
    assertThat(without.resolve("joint/slices")).doesNotExist();
    assertThat(World.result(with, "joint")).isEqualTo(World.result(without, "joint"));
  }

  @Test
  @Tag("full")
  void layers_whose_gradients_are_in_shards_are_asked_too(World world) {
    Path run = world.run("asked-in-shards");
    world.train(
        "joint",
        run,
        "cluster.ranks=2",
        "memory.activations=recompute",
        "memory.sharding=gradients",
        "memory.bucket-megabytes=0");
    List<String> expected = new ArrayList<>();
    for (String set : SETS.keySet().stream().sorted().toList()) {
      List<Answer> answers = answers(world, run, SETS.get(set), "slices-in-shards");
      long right = answers.stream().filter(Answer::right).count();
      expected.add(set + " " + answers.size() + " " + right);
    }
    assertThat(last(world, run)).isEqualTo(expected);
  }

  /** A benchmark about the test clips: its files are there, its media are those of the dataset. */
  private static String benchmark(World world, String name, List<Answer> answers, String exam)
      throws IOException {
    Path folder = Files.createDirectories(world.folder("benchmark-" + name));
    List<Map<String, String>> questions =
        answers.stream()
            .map(one -> Map.of("id", one.sampleId(), "q", one.question(), "a", one.expected()))
            .toList();
    new ObjectMapper().writeValue(folder.resolve("q.json").toFile(), questions);
    Path file =
        Files.writeString(
            folder.resolve("benchmark.yaml"),
            """
            name: %s
            modality: video
            source: {format: json, files: [q.json]}
            id: "{id}"
            media: {file: "{id}.mp4"}
            questions: ["{q}"]
            answer: "{a}"
            exam: {%s}
            """
                .formatted(name, exam));
    return "exam-slices.sets=[{name: "
        + name
        + ", dataset: demo-test-video, benchmark: '"
        + file
        + "', root: '"
        + folder
        + "'}]";
  }

  /**
   * The weights stay as they are, so that what the model says is known before: every other time
   * that is made the right answer.
   */
  @Test
  void questions_of_a_benchmark_are_asked_and_marked_by_its_rule(World world) throws IOException {
    Path run = world.folder("asked-of-a-benchmark");
    World.copy(world.joint(2), run);
    List<Answer> asked = new ArrayList<>();
    for (Answer one : answers(world, run, "demo-test-video", "slices-of-a-benchmark")) {
      if (asked.stream().noneMatch(other -> other.sampleId().equals(one.sampleId()))) {
        String right = asked.size() % 2 == 0 ? one.given() + "." : "none of all";
        asked.add(new Answer("", "", one.sampleId(), "", one.question(), right, one.given()));
      }
    }
    assertThat(asked).hasSize(SAMPLES).allSatisfy(one -> assertThat(one.given()).isNotBlank());
    String sets = benchmark(world, "mine", asked, "answers: {kind: word}, metric: accuracy");
    String told =
        world.train("video", run, "steps=2", "optimizer.lr=1e-12", sets, "exam-slices.samples=5");
    assertThat(told).contains("video: exam slices after 2 steps: mine 3 of 5 right (60.0 %)");
    List<String> sql =
        world.inspect("--run", run.toString(), "SELECT * FROM slices WHERE set = 'mine'");
    assertThat(sql)
        .containsExactly("stage\tstep\tset\tasked\tright\tshare", "video\t1\tmine\t5\t3\t0.6");
  }

  @Test
  void a_benchmark_that_a_judge_reads_is_refused(World world) throws IOException {
    String sets =
        benchmark(world, "judged", List.of(), "answers: {kind: open}, metric: judged, judge: [qa]");
    assertThatThrownBy(
            () ->
                ExamSlices.check(
                    world.plan("joint", world.joint(2), sets), world.spark().hadoopConfiguration()))
        .isInstanceOf(BadConfig.class)
        .hasMessageContaining("exam-slices.sets[0].benchmark is \"")
        .hasMessageContaining(
            "(expected: a benchmark whose answers are compared). A judge is asked about those of"
                + " judged: evaluate a checkpoint instead.");
  }

  @Test
  void sets_that_are_not_there_are_told(World world) {
    assertThat(
            world
                .plan("joint", world.joint(2), "exam-slices.sets=[{name: demo-tset}]")
                .missing()
                .list())
        .extracting(problem -> problem.toString().replaceFirst("^.*/", ""))
        .containsExactly("prepared). Prepare it, or correct its name.");
  }

  @Test
  void the_plan_tells_what_is_asked_when(World world) {
    assertThat(new PlanText(world.plan("joint", world.joint(2))).lines())
        .contains(
            "  asked every 15 steps about the first 5 samples each of sights, demo-test-audio;"
                + " answers of at most 12 tokens");
  }
}
