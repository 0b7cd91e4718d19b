package org.clapperboard.bench;

import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.clapperboard.app.App;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code jobs/bench.sh}: what measures. */
@Command(
    name = "jobs/bench.sh",
    mixinStandardHelpOptions = true,
    subcommands = {
      RandomCheckpointCommand.class,
      AskBenchCommand.class,
      EncodingsBenchCommand.class,
      ShardsBenchCommand.class,
      DecodeBenchCommand.class,
      OrderBenchCommand.class,
      ManifestBenchCommand.class,
      FuzzBenchCommand.class,
      CheckpointBenchCommand.class,
      AllReduceBenchCommand.class,
      GenerateBenchCommand.class,
      StepBenchCommand.class,
      FbankBenchCommand.class,
      CeilingsBenchCommand.class,
      AllBenchCommand.class,
      CompareCommand.class,
      ScaleBenchCommand.class,
      RehearseCommand.class,
      SoakCommand.class
    },
    description =
        "Measures Clapperboard, also on models whose weights nobody has at hand. Without a command it is all.",
    footer = {"  jobs/bench.sh all --quick", "  jobs/bench.sh decode my-clips --json decode.json"})
public final class BenchCommand implements Callable<Integer> {
  @Spec private CommandSpec command;

  /** Runs the command. */
  public static void main(String... arguments) {
    App.run(new BenchCommand(), withVerb(arguments));
  }

  /** Without a verb all is measured; its options may follow at once. */
  static String[] withVerb(String... arguments) {
    boolean given =
        arguments.length > 0
            && (!arguments[0].startsWith("-")
                || List.of("-h", "--help", "-V", "--version").contains(arguments[0]));
    return given
        ? arguments
        : Stream.concat(Stream.of("all"), Arrays.stream(arguments)).toArray(String[]::new);
  }

  @Override
  public Integer call() {
    throw new ParameterException(
        command.commandLine(),
        "Missing required subcommand (expected: "
            + String.join(" or ", command.subcommands().keySet())
            + ").");
  }
}
