package org.clapperboard.app;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.clapperboard.config.BadConfig;
import org.clapperboard.config.ConfigFile;
import org.clapperboard.config.Problem;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** A configuration file and changes to it, as several commands take them. */
public final class StageFileOption {
  private static final Map<String, String> TAKEN_BY =
      Map.of(
          "stage", "jobs/train.sh", "prepare", "jobs/prepare.sh", "evaluate", "jobs/evaluate.sh");

  @Parameters(index = "0", paramLabel = "FILE", description = "Configuration file.")
  private Path file;

  @Option(
      names = "--set",
      paramLabel = "KEY=VALUE",
      description = "Sets a key of the file, such as run=FOLDER, for this run; may be repeated.")
  private List<String> overrides = new ArrayList<>();

  /** The file with the changes. */
  public ConfigFile load() {
    return ConfigFile.load(file, overrides);
  }

  /**
   * The file with the changes, if it is of the right kind.
   *
   * @param section what such files have
   * @throws BadConfig if it is a file for another command
   */
  ConfigFile load(String section) {
    ConfigFile loaded = load();
    if (!loaded.has(section)) {
      for (Map.Entry<String, String> other : TAKEN_BY.entrySet()) {
        if (loaded.has(other.getKey())) {
          throw new BadConfig(
              List.of(
                  Problem.of(
                      file.toString(),
                      "has "
                          + other.getKey()
                          + " (expected: "
                          + section
                          + "). It is for "
                          + other.getValue()
                          + ".")));
        }
      }
    }
    return loaded;
  }
}
