package org.clapperboard.config;

import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.nio.file.Path;
import java.util.List;
import java.util.function.Function;

/** Reads texts as if they stood in conf/x.yaml. */
final class Conf {
  static final Path FILE = Path.of("conf/x.yaml");

  private Conf() {}

  static <T> T read(String yaml, Function<Section, T> reader) {
    return ConfigFile.ofText(FILE, yaml, List.of()).read(reader);
  }

  /** The lines of the message without the count. */
  static List<String> problems(String yaml, Function<Section, ?> reader) {
    return problems(yaml, List.of(), reader);
  }

  static List<String> problems(String yaml, List<String> overrides, Function<Section, ?> reader) {
    return problems(() -> ConfigFile.ofText(FILE, yaml, overrides).read(reader));
  }

  static List<String> problems(Runnable reading) {
    BadConfig thrown = catchThrowableOfType(BadConfig.class, reading::run);
    return thrown == null ? List.of() : thrown.problems().stream().map(Problem::toString).toList();
  }
}
