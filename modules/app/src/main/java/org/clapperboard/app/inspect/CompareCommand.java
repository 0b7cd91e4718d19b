package org.clapperboard.app.inspect;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.apache.hadoop.conf.Configuration;
import org.clapperboard.app.Console;
import org.clapperboard.app.SparkStart;
import org.clapperboard.config.BadData;
import org.clapperboard.data.storage.Folder;
import org.clapperboard.eval.Answer;
import org.clapperboard.eval.AnswerStore;
import org.clapperboard.eval.Answered;
import org.clapperboard.eval.Comparison;
import org.clapperboard.eval.SetResult;
import org.clapperboard.eval.Verdicts;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code jobs/inspect.sh compare}: two exams, question by question. */
@Command(
    name = "compare",
    mixinStandardHelpOptions = true,
    description = {
      "Compares two exams question by question: how many B had right and A had not, and the other",
      "way round, with the chance of such a difference between equals (McNemar's exact test; of a",
      "judge's scores Wilcoxon's signed-rank test). Shows questions that flipped."
    },
    footer = {
      "  jobs/inspect.sh compare model-a-exam model-b-exam",
      "  jobs/inspect.sh compare model-a-exam model-b-exam --examples 10"
    })
public final class CompareCommand implements Callable<Integer> {
  @Parameters(
      index = "0",
      paramLabel = "A",
      description = "What jobs/evaluate.sh has left of one model.")
  private String first;

  @Parameters(index = "1", paramLabel = "B", description = "The same of another.")
  private String second;

  @Option(
      names = "--examples",
      paramLabel = "N",
      defaultValue = "3",
      description = "Questions to show of each kind. Default: ${DEFAULT-VALUE}.")
  private int examples;

  private final Console console = new Console();

  @Override
  public Integer call() {
    Configuration hadoop = SparkStart.hadoop();
    Folder a = Folder.of(first, hadoop);
    Folder b = Folder.of(second, hadoop);
    List<String> sets = sets(a);
    sets.retainAll(sets(b));
    if (sets.isEmpty()) {
      throw new BadData(
          "Cannot compare " + a + " with " + b + ": no set of questions was asked in both.");
    }
    console.line(
        "%-28s %7s %8s %8s %11s %7s %6s %9s",
        "set", "asked", "A", "B", "difference", "gained", "lost", "p");
    for (String set : sets) {
      for (Comparison one : Comparison.of(Verdicts.in(a.folder(set)), Verdicts.in(b.folder(set)))) {
        console.line(
            "%-28s %7d %8.2f %8.2f %+11.2f %7d %6d %9.2g",
            one.measure().isEmpty() ? set : set + " " + one.measure(),
            one.both(),
            one.first(),
            one.second(),
            one.second() - one.first(),
            one.gained(),
            one.lost(),
            one.p());
      }
    }
    for (String set : sets) {
      flips(set, a.folder(set), b.folder(set));
    }
    return 0;
  }

  private static List<String> sets(Folder results) {
    try {
      List<String> sets = new ArrayList<>();
      for (String name : results.folders()) {
        if (results.folder(name).has(SetResult.FILE)) {
          sets.add(name);
        }
      }
      return sets;
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot look into " + results, e);
    }
  }

  private void flips(String set, Folder a, Folder b) {
    Map<String, Answer> before = answers(a);
    Map<String, Answer> after = answers(b);
    for (Comparison one : Comparison.of(Verdicts.in(a), Verdicts.in(b))) {
      one.flipped()
          .forEach(
              (kind, questions) ->
                  questions.stream()
                      .limit(examples)
                      .forEach(question -> flip(set, kind, before.get(question), after)));
    }
  }

  private void flip(String set, String kind, Answer before, Map<String, Answer> after) {
    console.line("");
    console.line("%s, %s: %s  %s", kind, set, before.questionId(), before.media());
    console.line("  %s", before.question().replace("\n", " | "));
    console.line(
        "  expected: %s  A: %s  B: %s",
        before.expected(), before.given(), after.get(before.questionId()).given());
  }

  private static Map<String, Answer> answers(Folder set) {
    return AnswerStore.in(set).stream()
        .map(Answered::answer)
        .collect(Collectors.toMap(Answer::questionId, Function.identity(), (one, other) -> one));
  }
}
