package org.clapperboard.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.hadoop.fs.FileUtil;
import org.clapperboard.app.Jobs.Ended;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Commands list which classes they load, and later ones find them in an archive. */
@Tag("full")
@ExtendWith(World.Shared.class)
class ClassArchiveIT {
  private static final Path TARGET = Jobs.REPOSITORY.resolve("target");
  private static final Path ARCHIVE = TARGET.resolve("classes.jsa");
  private static final Path LISTS = TARGET.resolve("class-lists");
  private static final String KEEPING = "Keeping the classes that Spark loads";

  @Test
  void what_a_command_loads_is_kept_for_the_next(World world) throws IOException {
    Path run = world.run("class-archive");
    Files.deleteIfExists(ARCHIVE);
    FileUtil.fullyDelete(LISTS.toFile());
    assertThat(inspect(world, run, "").err()).doesNotContain(KEEPING);

    Path loaded = world.folder("loaded.txt");
    String options = "--conf spark.driver.extraJavaOptions=-Xlog:class+load:file=" + loaded;
    Ended asked = inspect(world, run, options);
    assertThat(asked.out()).isEqualTo("stage\tlast\neye\t3\n");
    assertThat(asked.err()).contains(KEEPING);
    try (Stream<String> lines = Files.lines(loaded)) {
      List<Boolean> kept =
          lines
              .filter(line -> line.contains(" org.apache.spark."))
              .map(line -> line.contains("source: shared objects file"))
              .toList();
      assertThat(kept.stream().filter(is -> is).count()).isGreaterThan(kept.size() / 2);
    }
    String again = "source jobs/common.sh; choose_spark; keep_classes";
    Ended kept =
        world.jobs().startProgram(Map.of(), List.of("bash", "-c", again), List.of()).await();
    assertThat(kept.err()).isEmpty();
  }

  private static Ended inspect(World world, Path run, String options) {
    String question = "SELECT stage, max(step) last FROM metrics WHERE stage = 'eye' GROUP BY 1";
    return world
        .jobs()
        .start(
            Map.of("SPARK_ARGS", options), "inspect.sh", List.of("--run", run.toString(), question))
        .await();
  }
}
