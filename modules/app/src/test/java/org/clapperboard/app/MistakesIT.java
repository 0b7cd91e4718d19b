package org.clapperboard.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.clapperboard.app.inspect.InspectCommand;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Mistakes that people make often, in no command alone. */
class MistakesIT {
  @TempDir private Path temporary;

  private String shown(String message) {
    return message.replace("FOLDER", temporary.toString());
  }

  @Test
  void a_folder_of_stages_that_is_not_there_is_no_bug() {
    assertThat(Told.by(new CurriculumCommand(), temporary.resolve("conf").toString()))
        .isEqualTo(
            new Told(
                2,
                shown(
                    """
            FOLDER/conf  is no folder (expected: a folder of stage files).
            1 problem; nothing was started.
            """)));
  }

  @Test
  void a_file_for_another_command_is_told_in_one_line() throws IOException {
    Path file = Files.writeString(temporary.resolve("x.yaml"), "prepare: {as: shards}\n");
    String message =
        shown(
            """
            FOLDER/x.yaml  has prepare (expected: stage). It is for jobs/prepare.sh.
            1 problem; nothing was started.
            """);
    assertThat(Told.by(new TrainCommand(), file.toString())).isEqualTo(new Told(2, message));
    assertThat(Told.by(new ExportCommand(), file.toString(), "--to", "x"))
        .isEqualTo(new Told(2, message));
  }

  @Test
  void a_file_where_a_folder_is_to_be_made_is_no_bug() throws IOException {
    Path file = Files.writeString(temporary.resolve("model"), "not a folder");
    assertThat(Told.by(new DemoMediaCommand(), "--to", file.resolve("raw").toString(), "--few"))
        .isEqualTo(new Told(2, shown("Cannot use FOLDER/model/tokenizer: Not a directory.\n")));
  }

  @Test
  void a_command_of_inspect_that_is_misspelt_is_named() {
    assertThat(Told.by(new InspectCommand(), "leger"))
        .isEqualTo(
            new Told(
                2,
                """
            Unknown command leger. Did you mean "ledger"?
            jobs/inspect.sh --help says more.
            """));
  }
}
