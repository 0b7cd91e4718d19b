package org.clapperboard.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.clapperboard.app.App;
import org.clapperboard.app.AskCommand;
import org.clapperboard.app.CurriculumCommand;
import org.clapperboard.app.DemoMediaCommand;
import org.clapperboard.app.ExportCommand;
import org.clapperboard.app.FeaturesCommand;
import org.clapperboard.app.MergeCommand;
import org.clapperboard.app.PlanCommand;
import org.clapperboard.app.PrepareCommand;
import org.clapperboard.app.ServeCommand;
import org.clapperboard.app.TrainCommand;
import org.clapperboard.app.exam.EvaluateCommand;
import org.clapperboard.app.inspect.InspectCommand;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;

/** What every command says of itself. */
class HelpTest {
  private static final int LINES_OF_A_SCREEN = 45;

  private static List<Callable<Integer>> scripts() {
    return List.of(
        new PrepareCommand(),
        new PlanCommand(),
        new TrainCommand(),
        new CurriculumCommand(),
        new FeaturesCommand(),
        new ExportCommand(),
        new MergeCommand(),
        new EvaluateCommand(),
        new AskCommand(),
        new ServeCommand(),
        new DemoMediaCommand(),
        new InspectCommand(),
        new BenchCommand());
  }

  private static Stream<CommandSpec> commands() {
    return scripts().stream().map(App::line).flatMap(HelpTest::withThoseBelow);
  }

  private static Stream<CommandSpec> withThoseBelow(CommandLine line) {
    return Stream.concat(
        Stream.of(line.getCommandSpec()),
        line.getSubcommands().values().stream().flatMap(HelpTest::withThoseBelow));
  }

  private static String help(CommandSpec command) {
    command.commandLine().setUsageHelpAutoWidth(false);
    return command.commandLine().getUsageMessage(CommandLine.Help.Ansi.OFF);
  }

  @ParameterizedTest
  @MethodSource("commands")
  void help_is_one_screen_with_a_sentence_and_two_examples(CommandSpec command) {
    List<String> lines = help(command).lines().toList();
    assertThat(lines).hasSizeLessThanOrEqualTo(LINES_OF_A_SCREEN);
    assertThat(lines).allSatisfy(line -> assertThat(line).hasSizeLessThanOrEqualTo(100));
    assertThat(lines.get(0)).matches("[A-Z]\\w+s .*").doesNotContain("Usage");
    assertThat(lines).anyMatch(line -> line.startsWith("Usage: " + command.qualifiedName()));
    String name = command.name().equals("demo-media") ? "jobs/demo.sh" : command.qualifiedName();
    List<String> examples =
        lines.subList(lines.indexOf("Examples:") + 1, lines.size()).stream()
            .filter(line -> line.startsWith("  ") && line.contains("jobs/"))
            .toList();
    assertThat(examples)
        .hasSizeGreaterThanOrEqualTo(2)
        .allMatch(line -> line.contains(name.replaceFirst(" .*", "")));
    assertThat(lines).anyMatch(line -> line.startsWith("Exit codes: 0 done"));
  }

  @ParameterizedTest
  @MethodSource("commands")
  void every_option_says_what_it_is_and_names_its_value(CommandSpec command) {
    assertThat(command.args())
        .allSatisfy(
            argument -> {
              assertThat(String.join(" ", argument.description())).hasSizeGreaterThan(5);
              if (argument.arity().max() > 0) {
                assertThat(argument.paramLabel()).as("a value's name").doesNotContain("<");
              }
            });
  }

  /** Examples are read, too: an option that is renamed takes its examples along. */
  @ParameterizedTest
  @MethodSource("commands")
  void examples_are_calls_that_the_command_takes(CommandSpec command) {
    CommandLine script = command.root().commandLine();
    for (String line : command.usageMessage().footer()) {
      if (line.contains(script.getCommandName() + " ")) {
        String call = line.substring(line.indexOf(script.getCommandName()));
        String[] words =
            Stream.of(call.split(" (?=(?:[^\"]*\"[^\"]*\")*[^\"]*$)"))
                .skip(1)
                .map(word -> word.replace("\"", ""))
                .toArray(String[]::new);
        script
            .parseArgs(words)
            .asCommandLineList()
            .forEach(parsed -> assertThat(parsed.getParseResult().errors()).as(line).isEmpty());
      }
    }
  }

  @Test
  void all_mistakes_in_a_call_are_told_at_once_in_a_line_each() {
    StringWriter told = new StringWriter();
    CommandLine line = App.line(new ServeCommand()).setErr(new PrintWriter(told));
    assertThat(line.execute("--modle", "m", "--port", "http", "--batch", "2.5")).isEqualTo(2);
    assertThat(told.toString().lines())
        .containsExactlyInAnyOrder(
            "Missing --model FOLDER.",
            "Unknown option --modle. Did you mean \"--model\"?",
            "\"m\" is one argument too many.",
            "--port is \"http\" (expected: a whole number).",
            "--batch is \"2.5\" (expected: a whole number).",
            "jobs/serve.sh --help says more.");
  }

  @Test
  void a_value_that_a_command_has_words_for_is_refused_in_them() {
    StringWriter told = new StringWriter();
    CommandLine line = App.line(new MergeCommand()).setErr(new PrintWriter(told));
    assertThat(line.execute("--model", "m", "--to", "t", "--dtype", "fp16")).isEqualTo(2);
    assertThat(told.toString().lines())
        .containsExactlyInAnyOrder(
            "Missing --adapter FOLDER.",
            "--dtype is \"fp16\" (expected: fp32 or bf16).",
            "jobs/merge.sh --help says more.");
  }

  @Test
  void a_version_is_told() {
    StringWriter told = new StringWriter();
    CommandLine line = App.line(new PlanCommand()).setOut(new PrintWriter(told));
    assertThat(line.execute("--version")).isZero();
    assertThat(told.toString()).startsWith("Clapperboard");
  }
}
