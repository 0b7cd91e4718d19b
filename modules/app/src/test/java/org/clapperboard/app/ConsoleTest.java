package org.clapperboard.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Locale;
import org.junit.jupiter.api.Test;

class ConsoleTest {
  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
  private final PrintStream out = new PrintStream(bytes, false, StandardCharsets.UTF_8);
  private final ByteArrayOutputStream told = new ByteArrayOutputStream();
  private final PrintStream err = new PrintStream(told, false, StandardCharsets.UTF_8);
  private final Console terminal = new Console(out, err, true, 40);
  private final Console file = new Console(out, err, false, 40);

  private String printed() {
    return bytes.toString(StandardCharsets.UTF_8).replace(System.lineSeparator(), "\n");
  }

  /** What a terminal shows in the end: a return goes back, what follows writes over. */
  private String shown() {
    StringBuilder screen = new StringBuilder();
    for (String line : printed().split("\n", -1)) {
      StringBuilder row = new StringBuilder();
      for (String over : line.split("\r", -1)) {
        row.replace(0, Math.min(row.length(), over.length()), over);
      }
      screen.append(row.toString().stripTrailing()).append('\n');
    }
    return screen.toString().stripTrailing();
  }

  @Test
  void progress_on_a_terminal_takes_the_place_of_the_last() {
    terminal.progress("step %d of %d, a long line", 1, 20);
    assertThat(shown()).isEqualTo("step 1 of 20, a long line");
    terminal.progress("step %d", 2);
    assertThat(shown()).isEqualTo("step 2");
    terminal.line("done");
    assertThat(shown()).isEqualTo("done");
    terminal.line("next");
    assertThat(shown()).isEqualTo("done\nnext");
  }

  @Test
  void what_is_shown_is_there_at_once() {
    PrintStream buffered =
        new PrintStream(
            new java.io.BufferedOutputStream(bytes, 1 << 16), false, StandardCharsets.UTF_8);
    new Console(buffered, err, true, 80).progress("step 1");
    assertThat(printed()).isEqualTo("step 1");
  }

  @Test
  void progress_into_a_file_is_a_plain_line_now_and_then() {
    for (int step = 0; step < 1000; step++) {
      file.progress("step %d", step);
    }
    file.line("done");
    assertThat(printed()).isEqualTo("step 0\ndone\n");
  }

  @Test
  void progress_never_takes_a_second_row_of_a_terminal() {
    terminal.progress("%s", "x".repeat(100));
    assertThat(shown()).isEqualTo("x".repeat(39));
    terminal.line("%s", "y".repeat(100));
    assertThat(shown()).isEqualTo("y".repeat(100));
  }

  @Test
  void what_is_waited_for_is_no_part_of_what_is_printed() {
    file.waiting("Reading the model ... 5 s");
    file.waiting("Reading the model ... 6 s");
    file.line("an answer");
    assertThat(printed()).isEqualTo("an answer\n");
    assertThat(told.toString(StandardCharsets.UTF_8).lines())
        .containsExactly("Reading the model ... 5 s");
  }

  @Test
  void what_was_waited_for_leaves_nothing_on_a_terminal() {
    try (Waiting waiting = Waiting.on(terminal, "Reading", () -> "3 of 7")) {
      assertThat(waiting).isNotNull();
      terminal.waiting(Waiting.told("Reading", 2, "3 of 7"));
      assertThat(shown()).isEqualTo("Reading ... 2 s, 3 of 7");
    }
    assertThat(shown()).isEmpty();
    assertThat(told.size()).isZero();
  }

  @Test
  void nothing_that_is_printed_has_a_colour_or_moves_the_cursor() {
    terminal.progress("step 1");
    terminal.line("done");
    assertThat(printed()).doesNotContain("\u001b");
  }

  @Test
  void numbers_read_the_same_everywhere() {
    Locale before = Locale.getDefault();
    try {
      Locale.setDefault(Locale.GERMANY);
      terminal.line("loss %.3f", 1.5);
      terminal.progress("%.1f s", 2.5);
    } finally {
      Locale.setDefault(before);
    }
    assertThat(printed()).isEqualTo("loss 1.500\n2.5 s");
  }

  @Test
  void text_without_values_is_printed_as_it_is() {
    terminal.line("100% of %d");
    terminal.progress("50%");
    assertThat(printed()).isEqualTo("100% of %d\n50%");
  }

  @Test
  void locations_below_this_folder_are_shown_as_people_type_them() {
    Path here = Path.of("").toAbsolutePath();
    assertThat(Console.shown(here + "/runs/demo")).isEqualTo("runs/demo");
    assertThat(Console.shown(here + "-other/runs")).isEqualTo(here + "-other/runs");
    assertThat(Console.shown("s3a://bucket/runs")).isEqualTo("s3a://bucket/runs");
  }
}
