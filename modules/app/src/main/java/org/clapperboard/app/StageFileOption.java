package org.clapperboard.app;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.clapperboard.config.ConfigFile;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** A configuration file and changes to it, as several commands take them. */
public final class StageFileOption {
  @Parameters(index = "0", paramLabel = "FILE", description = "Configuration file.")
  private Path file;

  @Option(
      names = "--set",
      paramLabel = "KEY=VALUE",
      description = "Sets a key of the file, for this run; may be repeated.")
  private List<String> overrides = new ArrayList<>();

  /** The file with the changes. */
  public ConfigFile load() {
    return ConfigFile.load(file, overrides);
  }
}
