package org.clapperboard.eval.benchmark;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.clapperboard.config.ConfigFile;
import org.clapperboard.data.recipe.About;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Every benchmark that is shipped, from a few invented rows in its publisher's format to its
 * figures. What must come of them stands beside them in expected.txt: prompts, marks and figures
 * were made by a program of its own, out of the descriptions of the exams and marks set by hand.
 */
class BenchmarksTest {
  private static final Path SHIPPED = Path.of("../../datasets/eval");
  private static final Path PUBLISHED = Path.of("src/test/resources/exams");

  static List<String> benchmarks() {
    return names(SHIPPED).map(name -> name.replace(".yaml", "")).toList();
  }

  private static Stream<String> names(Path folder) {
    try (Stream<Path> files = Files.list(folder)) {
      return files.map(file -> file.getFileName().toString()).sorted().toList().stream();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Benchmark read(String name) {
    return ConfigFile.read(
        SHIPPED.resolve(name + ".yaml"),
        List.of(),
        file -> Benchmark.read(file, PUBLISHED.resolve(name).toString(), 1));
  }

  @ParameterizedTest
  @MethodSource("benchmarks")
  void questions_are_asked_read_marked_and_counted(String name) throws IOException {
    Path expected = PUBLISHED.resolve(name).resolve("expected.txt");
    List<String> lines = Files.readAllLines(expected);
    Benchmark benchmark = read(name);
    BenchmarkListing listing = new BenchmarkListing(benchmark, lines);
    assertThat(listing.of(benchmark.samples(new Configuration()))).isEqualTo(lines);
  }

  @ParameterizedTest
  @MethodSource("benchmarks")
  void where_a_benchmark_comes_from_is_told(String name) {
    About about = read(name).recipe().about();
    assertThat(about.task()).isNotNull();
    assertThat(about.licence()).isNotBlank();
    assertThat(about.citation()).isNotBlank();
    assertThat(about.page()).isNotBlank();
    assertThat(about.notes()).allMatch(note -> note.endsWith("."));
  }

  @Test
  void every_benchmark_has_questions_to_be_tested_with() {
    assertThat(names(PUBLISHED)).containsExactlyInAnyOrderElementsOf(benchmarks());
  }

  @ParameterizedTest
  @MethodSource("benchmarks")
  void published_figures_are_among_those_that_we_tell(String name) throws IOException {
    Benchmark benchmark = read(name);
    String told = Files.readString(PUBLISHED.resolve(name).resolve("expected.txt"));
    assertThat(benchmark.exam().published()).isNotEmpty();
    benchmark
        .exam()
        .published()
        .forEach(
            (model, figures) -> {
              assertThat(model).matches("videollama2(\\.1)?-(7b|8x7b|72b)(-16f|-a|-av)?");
              assertThat(figures.keySet())
                  .allSatisfy(figure -> assertThat(told).contains("\n  " + figure + " "));
            });
  }

  @Test
  void the_example_of_the_readme_is_a_benchmark() throws IOException {
    String readme = Files.readString(Path.of("../../datasets/README.md"));
    String example = readme.substring(readme.indexOf("name: my-exam"));
    Benchmark benchmark =
        ConfigFile.ofText(
                Path.of("my-exam.yaml"), example.substring(0, example.indexOf("```")), List.of())
            .read(file -> Benchmark.read(file, "/data", 1));
    assertThat(benchmark.exam().groups()).containsExactly("task");
    assertThat(benchmark.exam().published()).containsOnlyKeys("some-model");
  }

  @Test
  void the_readme_lists_every_benchmark() throws IOException {
    String readme = Files.readString(Path.of("../../datasets/README.md"));
    assertThat(benchmarks())
        .filteredOn(name -> !readme.contains("[%1$s](eval/%1$s.yaml)".formatted(name)))
        .isEmpty();
  }
}
