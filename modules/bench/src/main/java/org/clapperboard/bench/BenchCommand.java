package org.clapperboard.bench;

import java.util.concurrent.Callable;
import org.clapperboard.app.App;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code jobs/bench.sh}: what measures. */
@Command(
    name = "bench",
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
      ScaleBenchCommand.class
    },
    description = "Measures Clapperboard, also on models whose weights nobody has at hand.")
public final class BenchCommand implements Callable<Integer> {
  @Spec private CommandSpec command;

  /** Runs the command. */
  public static void main(String... arguments) {
    App.run(new BenchCommand(), arguments);
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
