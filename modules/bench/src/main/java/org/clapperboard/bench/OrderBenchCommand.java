package org.clapperboard.bench;

import java.io.IOException;
import java.nio.file.Path;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code jobs/bench.sh order}. */
@Command(
    name = "order",
    description =
        "Tells what it costs to know which sample comes next, in a mixture 2 : 1 : 1 of many row "
            + "groups. No sample is read.",
    footer = {"  jobs/bench.sh order", "  jobs/bench.sh order --json order.json"})
final class OrderBenchCommand extends Measurement {
  @Option(
      names = "--samples",
      paramLabel = "N",
      defaultValue = "10000000",
      description = "Samples of all streams. Default: ${DEFAULT-VALUE}.")
  private long samples;

  @Option(
      names = "--row-groups",
      paramLabel = "N",
      defaultValue = "100000",
      description = "Row groups of all streams. Default: ${DEFAULT-VALUE}.")
  private int rowGroups;

  @Option(
      names = "--window",
      paramLabel = "N",
      defaultValue = "8192",
      description =
          "Samples that are shuffled together, as data.window. Default: ${DEFAULT-VALUE}.")
  private long window;

  @Option(
      names = "--asked",
      paramLabel = "N",
      defaultValue = "10000000",
      description = "Samples that are asked for in a round. Default: ${DEFAULT-VALUE}.")
  private long asked;

  @Option(
      names = "--rounds",
      paramLabel = "N",
      defaultValue = "5",
      description = "Rounds that count. Default: ${DEFAULT-VALUE}.")
  private int rounds;

  @Override
  Figures measure(Path folder) throws IOException {
    return new OrderBench(samples, rowGroups, window, asked, rounds).run();
  }
}
