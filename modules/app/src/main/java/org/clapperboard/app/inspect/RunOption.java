package org.clapperboard.app.inspect;

import picocli.CommandLine.Option;

/** The run that a question is about. */
final class RunOption {
  @Option(names = "--run", required = true, paramLabel = "FOLDER", description = "The run.")
  private String run;

  @Option(
      names = "--prepared",
      paramLabel = "FOLDER",
      description = "Its prepared datasets, if they are not in RUN/prepared.")
  private String prepared;

  String run() {
    return run;
  }

  RunTables open() {
    return RunTables.open(run, prepared == null ? run + "/prepared" : prepared);
  }
}
