package org.clapperboard.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.hadoop.conf.Configuration;
import org.clapperboard.app.inspect.InspectCommand;
import org.clapperboard.config.ConfigFile;
import org.clapperboard.data.storage.Folder;
import org.clapperboard.eval.Answer;
import org.clapperboard.eval.AnswerStore;
import org.clapperboard.eval.Answered;
import org.clapperboard.eval.Score;
import org.clapperboard.eval.SetResult;
import org.clapperboard.eval.Verdicts;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** An exam of an exported model over two executors, undisturbed and not. */
@ExtendWith(World.Shared.class)
@Tag("full")
class EvaluateIT {
  private static final List<String> SETS = List.of("video", "audio", "deaf");
  private static final Map<String, String> TWO = Map.of("CLAPPERBOARD_WORKERS", "2");

  @Test
  void an_executor_that_is_killed_changes_nothing_and_nothing_is_asked_twice(World world) {
    Path model = model(world);
    Path undisturbed = world.folder("exam-undisturbed");
    String told = evaluate(world, model, undisturbed).await().requireOut();
    assertThat(told).contains("video  ", "accuracy", "guessing gets 25.00", "report.html");

    Path killed = world.folder("exam-killed");
    Jobs.Running running = evaluate(world, model, killed);
    Faults.await("answers", () -> parts(killed).size() > 3 || !running.process().isAlive());
    assertThat(running.process().isAlive()).isTrue();
    Set<String> before = parts(killed);
    new Victim(executor(running)).kill();
    String toldOfKilled = running.await().requireOut();

    assertThat(figures(toldOfKilled)).isEqualTo(figures(told)).isNotEmpty();
    assertSame(killed, undisturbed);
    assertThat(parts(killed)).containsAll(before).isEqualTo(parts(undisturbed));
  }

  @Test
  void a_driver_that_is_killed_goes_on_where_it_was(World world) {
    Path model = model(world);
    Path killed = world.folder("exam-driver-killed");
    Jobs.Running first = evaluate(world, model, killed);
    Faults.await("answers", () -> parts(killed).size() > 3 || !first.process().isAlive());
    first.process().descendants().forEach(ProcessHandle::destroyForcibly);
    first.await();
    Map<String, Answered> before = answered(killed);
    assertThat(before).isNotEmpty();

    String told = evaluate(world, model, killed).await().requireOut();
    assertThat(told).contains(" samples were answered before");
    // Its time tells that an answer is the one that was there.
    assertThat(answered(killed)).containsAllEntriesOf(before).hasSizeGreaterThan(before.size());
  }

  @Test
  void figures_are_those_of_the_exam_after_the_last_stage(World world) {
    Path results = world.folder("exam-of-the-model");
    evaluate(world, model(world), results).await().requireOut();
    Path run = world.curriculum();
    ConfigFile file =
        ConfigFile.load(
            World.file("evaluate"), List.of("evaluate.prepared=" + world.folder("prepared")));
    List<Score> scores =
        new Exam(world.spark(), file)
            .after(world.plan("audio", run).config(), World.result(run, "audio"));
    assertThat(scores).hasSameSizeAs(SETS);
    for (Score score : scores) {
      SetResult result = result(results, score.set().name());
      assertThat(result.figures().get(0).value()).isEqualTo(100 * score.accuracy());
      assertThat(result.asked())
          .isEqualTo(score.questions().stream().mapToLong(Score.QuestionScore::asked).sum());
    }
    List<String> sql =
        world.inspect(
            "--run",
            results.toString(),
            "SELECT set, count(*), count_if(correct) FROM answers JOIN verdicts USING (set,"
                + " question_id) GROUP BY set ORDER BY set");
    assertThat(sql.subList(1, sql.size()))
        .containsExactlyElementsOf(
            SETS.stream()
                .sorted()
                .map(set -> set + "\t" + result(results, set).asked() + "\t" + right(results, set))
                .toList());
    String same =
        Jobs.here(InspectCommand::new, List.of("compare", results.toString(), results.toString()))
            .requireOut();
    assertThat(same.lines().skip(1)).hasSameSizeAs(SETS).allMatch(line -> line.endsWith("1.0"));
  }

  private static long right(Path results, String set) {
    return Verdicts.in(folder(results, set)).stream().filter(Verdicts.Row::correct).count();
  }

  @Test
  void answers_to_something_else_are_not_taken(World world) {
    Path results = world.folder("exam-of-another");
    List<String> video = List.of("--only", "video");
    evaluate(world, model(world), results, video).await().requireOut();
    List<String> longer = new ArrayList<>(video);
    longer.addAll(List.of("--set", "evaluate.max-new-tokens=11"));
    Jobs.Ended refused = evaluate(world, model(world), results, longer).await();
    assertThat(refused.exitCode()).isEqualTo(3);
    assertThat(refused.err())
        .contains(
            "Cannot evaluate into "
                + results
                + "/video: the answers there are another model's, or to other questions. Choose"
                + " another folder with --to, or give them up with --replace.");
    longer.add("--replace");
    evaluate(world, model(world), results, longer).await().requireOut();
  }

  /** The exported model of the finished curriculum. */
  static Path model(World world) {
    Path model = world.folder("exam-model");
    if (!model.toFile().exists()) {
      List<String> arguments = world.arguments("audio", world.curriculum());
      arguments.addAll(List.of("--to", model.toString()));
      Jobs.here(ExportCommand::new, arguments).requireOut();
    }
    return model;
  }

  private static Jobs.Running evaluate(World world, Path model, Path results) {
    return evaluate(world, model, results, List.of());
  }

  private static Jobs.Running evaluate(World world, Path model, Path results, List<String> more) {
    List<String> arguments =
        new ArrayList<>(
            List.of(
                World.file("evaluate").toString(),
                "--set",
                "evaluate.prepared=" + world.folder("prepared"),
                "--model",
                Jobs.REPOSITORY.relativize(model).toString(),
                "--to",
                results.toString()));
    arguments.addAll(more);
    return world.jobs().start(TWO, "evaluate.sh", arguments);
  }

  private static ProcessHandle executor(Jobs.Running running) {
    return Jvms.of(running.process(), command -> command.contains("CoarseGrainedExecutorBackend"))
        .get(0);
  }

  /** The lines of figures. */
  private static List<String> figures(String told) {
    return told.lines()
        .filter(line -> line.matches("  (video|audio|deaf) .*\\d.*") && !line.contains(" samples "))
        .toList();
  }

  private static void assertSame(Path results, Path others) {
    for (String set : SETS) {
      assertThat(result(results, set)).isEqualTo(result(others, set));
      assertThat(Verdicts.in(folder(results, set))).isEqualTo(Verdicts.in(folder(others, set)));
      assertThat(answers(results, set)).isEqualTo(answers(others, set)).isNotEmpty();
    }
  }

  private static List<Answer> answers(Path results, String set) {
    return AnswerStore.in(folder(results, set)).stream().map(Answered::answer).toList();
  }

  private static Map<String, Answered> answered(Path results) {
    Map<String, Answered> answered = new LinkedHashMap<>();
    for (String set : SETS) {
      AnswerStore.in(folder(results, set))
          .forEach(one -> answered.put(set + one.answer().questionId(), one));
    }
    return answered;
  }

  private static SetResult result(Path results, String set) {
    return SetResult.in(folder(results, set));
  }

  private static Folder folder(Path results, String set) {
    return Folder.of(results.resolve(set).toString(), new Configuration());
  }

  private static Set<String> parts(Path results) {
    try {
      return Folder.of(results.toString(), new Configuration())
          .matching("*/answers/part-*.parquet")
          .stream()
          .map(path -> path.getParent().getParent().getName() + "/" + path.getName())
          .collect(Collectors.toSet());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
