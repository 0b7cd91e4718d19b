package org.clapperboard.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * Every command that the documents show is run: by the newcomer's walk, {@code .ci/walk}, or by
 * what {@code commands.txt} names beside it.
 */
class CommandsTest {
  private static final Path REPOSITORY = Path.of("../..");

  private static final List<String> DOCUMENTS =
      List.of(
          "README.md", "CONTRIBUTING.md", "conf/README.md", "datasets/README.md", "jobs/README.md");

  /** What cannot be run here, and why not. */
  private static final Set<String> REASONS =
      Set.of("needs-gpu", "needs-yarn", "needs-distribution", "by-hand");

  private static final Pattern BASH = Pattern.compile("(?ms)^```bash\\n(.*?)^```");

  /** A quoted text, or a comment up to the end of its line. */
  private static final Pattern QUOTED_OR_COMMENT =
      Pattern.compile("'[^']*'|\"[^\"]*\"|(?m)(?:^|(?<=\\s))#.*$");

  private static String read(String file) {
    try {
      return Files.readString(REPOSITORY.resolve(file));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The commands of a document's blocks of bash, each on one line, without comments. */
  static List<String> commands(String document) {
    List<String> commands = new ArrayList<>();
    BASH.matcher(document)
        .results()
        .map(block -> QUOTED_OR_COMMENT.matcher(block.group(1)).replaceAll(CommandsTest::oneLine))
        .flatMap(block -> block.replaceAll("(\\\\|(?<=\\|))\\n", " ").lines())
        .map(CommandsTest::plain)
        .filter(line -> !line.isEmpty())
        .forEach(commands::add);
    return commands;
  }

  private static String oneLine(MatchResult found) {
    String text = found.group().startsWith("#") ? "" : found.group().replace('\n', ' ');
    return Matcher.quoteReplacement(text);
  }

  private static String plain(String line) {
    return line.strip().replaceAll("\\s+", " ");
  }

  /** What runs each command: {@code who: command} on a line. */
  private static Map<String, String> listed() throws IOException {
    Map<String, String> listed = new LinkedHashMap<>();
    try (Stream<String> lines = Files.lines(Path.of("src/test/resources/commands.txt"))) {
      lines
          .filter(line -> !line.isBlank() && !line.startsWith("#"))
          .forEach(
              line -> {
                String[] parts = line.split(": +", 2);
                assertThat(listed.put(plain(parts[1]), parts[0])).as(line).isNull();
              });
    }
    return listed;
  }

  private static Set<String> shown() {
    return DOCUMENTS.stream()
        .flatMap(name -> commands(read(name)).stream())
        .collect(Collectors.toSet());
  }

  @Test
  void every_command_of_the_documents_is_run_by_the_walk_or_by_what_is_named() throws IOException {
    String walk = plain(read(".ci/walk"));
    Map<String, String> listed = listed();
    assertThat(shown())
        .filteredOn(command -> !walk.contains(command) && !listed.containsKey(command))
        .as("shown, but neither run by .ci/walk nor listed in commands.txt")
        .isEmpty();
  }

  @Test
  void what_is_listed_is_shown_and_not_run_by_the_walk() throws IOException {
    String walk = plain(read(".ci/walk"));
    Set<String> shown = shown();
    assertThat(listed().keySet())
        .allSatisfy(command -> assertThat(shown).contains(command))
        .filteredOn(walk::contains)
        .isEmpty();
  }

  private static Set<String> tests() throws IOException {
    Set<String> tests = new HashSet<>();
    try (Stream<Path> modules = Files.list(REPOSITORY.resolve("modules"))) {
      for (Path sources : modules.map(module -> module.resolve("src/test/java")).toList()) {
        if (Files.isDirectory(sources)) {
          try (Stream<Path> files = Files.walk(sources)) {
            files
                .map(file -> file.getFileName().toString())
                .filter(name -> name.matches(".*(Test|IT)\\.java"))
                .forEach(name -> tests.add(name.replace(".java", "")));
          }
        }
      }
    }
    return tests;
  }

  @Test
  void whatever_runs_a_command_is_there() throws IOException {
    Set<String> tests = tests();
    assertThat(listed())
        .allSatisfy(
            (command, who) -> {
              if (REASONS.contains(who)) {
                return;
              }
              if (who.startsWith(".ci/") || who.startsWith("jobs/")) {
                assertThat(REPOSITORY.resolve(who)).as(command).isExecutable();
                return;
              }
              assertThat(tests).as(command).contains(who);
            });
  }

  @Test
  void commands_are_read_across_lines_and_without_comments() {
    String document =
        """
        ```bash
        # A comment.
        jobs/a.sh  x   # another
        jobs/b.sh "
          SELECT '#1'
          FROM t"
        printf '%s\\n' 1 |
          jobs/c.sh \\
          --last
        ```
        ```yaml
        no: command
        ```
        """;
    assertThat(commands(document))
        .containsExactly(
            "jobs/a.sh x",
            "jobs/b.sh \" SELECT '#1' FROM t\"",
            "printf '%s\\n' 1 | jobs/c.sh --last");
  }
}
