package org.clapperboard.bench;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Random;
import org.clapperboard.app.Console;
import org.clapperboard.bench.Rehearsal.Trained;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code jobs/bench.sh rehearse}. */
@Command(
    name = "rehearse",
    description =
        "Trains a tiny model on a cluster on this machine twice: left alone, and with a random "
            + "executor, or the driver, killed again and again. Both have to learn the same bits from "
            + "the same samples; tells what a kill cost.",
    footer = {
      "  jobs/bench.sh rehearse",
      "  jobs/bench.sh rehearse --ranks 3 --steps 60 --kill-every 20 --json rehearsal.json"
    })
final class RehearseCommand extends Measurement {
  @Spec private CommandSpec command;

  @Option(
      names = "--ranks",
      paramLabel = "N",
      defaultValue = "8",
      description = "Ranks, each with an executor. Default: ${DEFAULT-VALUE}.")
  private int ranks;

  @Option(
      names = "--steps",
      paramLabel = "N",
      defaultValue = "500",
      description = "Steps. Default: ${DEFAULT-VALUE}.")
  private long steps;

  @Option(
      names = "--kill-every",
      paramLabel = "SECONDS",
      defaultValue = "60",
      description =
          "Between two kills, the first checkpoint before them. Default: ${DEFAULT-VALUE}.")
  private double killEvery;

  @Option(
      names = "--kills",
      paramLabel = "N",
      defaultValue = "1000",
      description = "Kills at most. Default: ${DEFAULT-VALUE}.")
  private int kills;

  @Option(
      names = "--checkpoint-every",
      paramLabel = "N",
      defaultValue = "10",
      description = "Steps between two checkpoints. Default: ${DEFAULT-VALUE}.")
  private long checkpointEvery;

  @Option(
      names = "--seed",
      paramLabel = "N",
      defaultValue = "1",
      description = "Draws who is killed. Default: ${DEFAULT-VALUE}.")
  private long seed;

  @Option(
      names = "--patience",
      paramLabel = "SECONDS",
      defaultValue = "900",
      description = "Without a checkpoint for so long, it hangs. Default: ${DEFAULT-VALUE}.")
  private double patience;

  @Option(
      names = "--jobs",
      paramLabel = "FOLDER",
      hidden = true,
      defaultValue = "jobs",
      description = "The folder of the scripts.")
  private Path jobs;

  private final Console console = new Console();

  @Override
  Figures measure(Path folder) throws IOException {
    if (ranks < 1
        || steps < 1
        || killEvery <= 0
        || kills < 1
        || checkpointEvery < 1
        || patience <= 0) {
      throw new ParameterException(
          command.commandLine(),
          ("--ranks is %d, --steps %d, --kill-every %s, --kills %d, --checkpoint-every %d,"
                  + " --patience %s (expected: numbers above 0).")
              .formatted(ranks, steps, killEvery, kills, checkpointEvery, patience));
    }
    RehearsalWorld world = new RehearsalWorld(jobs, folder, ranks);
    Path alone = folder.resolve("never-killed");
    Path run = folder.resolve("killed");
    Trained undisturbed;
    Trained killed;
    try (LocalCluster cluster = LocalCluster.start(jobs, ranks)) {
      world.make(cluster);
      undisturbed =
          rehearsal(world, cluster).train(world.run("never-killed"), Rehearsal.Kills.NONE);
      console.line("  never killed: %.0f s", undisturbed.seconds());
      killed =
          rehearsal(world, cluster)
              .train(world.run("killed"), new Rehearsal.Kills(kills, killEvery, new Random(seed)));
    }
    RunAccount expected = RunAccount.of(world, alone);
    RunAccount found = RunAccount.of(world, run);
    return new RehearsalFigures(ranks, steps, undisturbed, killed, expected, found).figures();
  }

  private Rehearsal rehearsal(RehearsalWorld world, LocalCluster cluster) {
    return new Rehearsal(
        world,
        cluster,
        patience,
        console,
        "steps=" + steps,
        "checkpoint.every-steps=" + checkpointEvery);
  }
}
