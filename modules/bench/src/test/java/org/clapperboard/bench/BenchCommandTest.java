package org.clapperboard.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

class BenchCommandTest {
  private static final String STAGE = "../../conf/videollama2-7b/stage2-video-finetune.yaml";

  @TempDir private Path temporary;

  private static String mistake(String... arguments) {
    StringWriter told = new StringWriter();
    CommandLine line = new CommandLine(new BenchCommand()).setErr(new PrintWriter(told));
    line.setExecutionExceptionHandler(
        (e, command, parsed) -> {
          told.append(e.getMessage());
          return 2;
        });
    assertThat(line.execute(arguments)).isEqualTo(2);
    return told.toString();
  }

  @Test
  void what_to_measure_has_to_be_said() {
    assertThat(mistake())
        .contains(
            "Missing required subcommand (expected: random-checkpoint or ask or encodings or shards or decode"
                + " or order or manifest or fuzz or checkpoint or allreduce or generate or step or fbank or ceilings"
                + " or all or compare or scale or rehearse or soak).");
  }

  @Test
  void without_a_verb_all_is_measured() {
    assertThat(BenchCommand.withVerb()).containsExactly("all");
    assertThat(BenchCommand.withVerb("--quick")).containsExactly("all", "--quick");
    assertThat(BenchCommand.withVerb("order", "--rounds=1")).containsExactly("order", "--rounds=1");
    assertThat(BenchCommand.withVerb("--help")).containsExactly("--help");
  }

  @Test
  void one_token_tells_nothing_of_the_speed_of_further_ones() {
    assertThat(mistake("ask", "--model", "m", "--video", "v", "--tokens", "1"))
        .contains(
            "An answer is measured with at least 2 tokens, about a clip of at least 1 frame.");
  }

  @Test
  void a_type_that_weights_are_not_written_in_is_refused() {
    assertThat(mistake("random-checkpoint", "--to", "x", "--dtype", "fp16", "file"))
        .contains("\"fp16\" (expected: fp32 or bf16)");
  }

  @Test
  void a_config_json_that_tells_of_no_model_is_refused() throws Exception {
    Path config = temporary.resolve("config.json");
    Files.writeString(config, "{\"model_type\": \"gpt2\"}");
    assertThat(mistake("random-checkpoint", "--to", "x", config.toString()))
        .contains("config.json model_type is \"gpt2\" (expected: ");
  }

  @Test
  void a_figure_of_an_unknown_name_is_refused_with_the_names_there_are() {
    assertThat(mistake("scale", STAGE, "--figure", "speed=1"))
        .contains("\"speed\" (expected: fp32, bf16, link, ");
  }

  @Test
  void what_a_simulation_cannot_start_from_is_refused() {
    assertThat(mistake("scale", STAGE, "--figure", "link=0"))
        .contains("--figure link is 0.0 (expected: a number above 0).");
    assertThat(mistake("scale", STAGE, "--figure", "jitter=-1"))
        .contains("--figure jitter is -1.0 (expected: a number from 0).");
    assertThat(mistake("scale", STAGE, "--ranks", "8,0"))
        .contains("--ranks is [8, 0] (expected: whole numbers from 1).");
    assertThat(mistake("scale", STAGE, "--media", "sound"))
        .contains(
            "--media is sound (expected: nothing, clip, sound or both, as the model sees and hears).");
  }

  @Test
  void all_reduces_that_could_not_be_checked_are_refused() {
    assertThat(mistake("allreduce", "--ranks", "2,3"))
        .contains("--ranks is [2, 3], --megabytes [1, 64, 256] (expected: 2, 4 or 8 ranks, ");
    assertThat(mistake("allreduce", "--megabytes", "2000"))
        .contains("--megabytes [2000] (expected: 2, 4 or 8 ranks, 1 to 1024 megabytes).");
  }

  @Test
  void an_answer_without_a_second_token_has_no_decode_to_measure() {
    assertThat(mistake("generate", "--tokens", "1"))
        .contains("--prompt 600, --tokens 1, --rounds 7 (expected: F32 or BF16, ");
    assertThat(mistake("generate", "--dtypes", "F16")).contains("--dtypes is [F16], --rows [1, 8]");
  }

  @Test
  void a_rehearsal_of_nothing_is_refused() {
    assertThat(mistake("rehearse", "--ranks", "0"))
        .contains(
            "--ranks is 0, --steps 500, --kill-every 60.0, --kills 1000, --checkpoint-every 10,");
    assertThat(mistake("soak", "--minutes", "0"))
        .contains("--ranks is 2, --minutes 0.0, --every 10.0, --collect-every 15 (expected: ");
  }

  @Test
  void the_help_of_scale_tells_every_figure_as_it_is_unless_asked_otherwise() {
    String help =
        new CommandLine(new BenchCommand()).getSubcommands().get("scale").getUsageMessage();
    for (ScaleFigure figure : ScaleFigure.values()) {
      String usual = ScaleFigure.shown(figure.unasked().number());
      String source = figure.unasked().source().replaceFirst("[:,].*", "");
      assertThat(help).containsPattern("\\b" + figure.key() + "=" + usual + "\\b.*" + source);
    }
    assertThat(help.lines().count()).as("lines, a screen").isLessThan(50);
  }
}
