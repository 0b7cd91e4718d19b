package org.clapperboard.app;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.clapperboard.eval.Score;
import org.clapperboard.eval.Score.QuestionScore;

/** Held-out accuracy, a row for each stage. */
final class ExamTable {
  private final Console console;
  private List<String> header = List.of();

  ExamTable(Console console) {
    this.console = console;
  }

  /** Prints the scores after a stage, with the header above where it changes. */
  void row(String stage, List<Score> scores) {
    Map<String, double[]> cells = cells(scores);
    List<String> names = List.copyOf(cells.keySet());
    if (!names.equals(header)) {
      header = names;
      line("held-out accuracy, %", names);
      line("chance", cells.values().stream().map(cell -> Exam.percent(cell[1])).toList());
    }
    line(stage, cells.values().stream().map(cell -> Exam.percent(cell[0])).toList());
  }

  /** Accuracy and chance by column: a set, or each of its questions where they are few. */
  private static Map<String, double[]> cells(List<Score> scores) {
    Map<String, double[]> cells = new LinkedHashMap<>();
    for (Score score : scores) {
      if (!score.set().columns().isEmpty()) {
        score
            .set()
            .columns()
            .forEach(
                (name, question) ->
                    score.questions().stream()
                        .filter(one -> one.question().equals(question))
                        .forEach(one -> cells.put(name, cell(score, one))));
      } else {
        cells.put(score.set().name(), new double[] {score.accuracy(), score.chance()});
      }
    }
    return cells;
  }

  private static double[] cell(Score score, QuestionScore question) {
    return new double[] {question.accuracy(), score.set().chance(question.question())};
  }

  private void line(String first, List<String> cells) {
    StringBuilder line = new StringBuilder(String.format(Locale.ROOT, "    %-24s", first));
    cells.forEach(cell -> line.append(String.format(Locale.ROOT, "%12s", cell)));
    console.line("%s", line);
  }
}
