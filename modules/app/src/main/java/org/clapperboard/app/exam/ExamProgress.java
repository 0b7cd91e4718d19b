package org.clapperboard.app.exam;

import java.time.Duration;
import java.util.Locale;
import org.clapperboard.app.Console;
import org.clapperboard.app.Waiting;
import org.clapperboard.eval.EvaluateJob;
import org.clapperboard.eval.ExamSet;

/** Shows how far an exam is, and when its set will be through. */
final class ExamProgress implements EvaluateJob.Progress, AutoCloseable {
  private final Console console;
  private String set = "";
  private final Waiting reading;
  private long start;

  ExamProgress(Console console) {
    this.console = console;
    this.reading = Waiting.on(console, "  reading the model and the questions");
  }

  @Override
  public void at(ExamSet asked, long done, long before, long all) {
    reading.close();
    long now = System.nanoTime();
    if (!asked.name().equals(set)) {
      set = asked.name();
      start = now;
      if (before > 0) {
        console.line("  %s: %d of %d samples were answered before", set, before, all);
      }
    }
    double seconds = (now - start) / 1e9;
    double each = seconds / Math.max(1, done - before);
    console.progress(
        "  %s  %d/%d samples  %s",
        set,
        done,
        all,
        done == before
            // Answers are seen part by part: before the first nothing tells how fast they come.
            ? String.format(Locale.ROOT, "no part of it is answered yet, after %.0f s", seconds)
            : left(Duration.ofSeconds(Math.round(each * (all - done)))));
  }

  @Override
  public void close() {
    reading.close();
  }

  private static String left(Duration left) {
    return String.format(
        Locale.ROOT,
        "%d:%02d:%02d left",
        left.toHours(),
        left.toMinutesPart(),
        left.toSecondsPart());
  }
}
