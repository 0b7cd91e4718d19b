package org.clapperboard.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.clapperboard.config.BadData;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WholeTableTest {
  @TempDir private Path temporary;

  private static PathResult of(String path, Goal goal, double median) {
    Spread ratio = new Spread(median, 0.9 * median, 1.1 * median);
    return new PathResult(path, "GB/s", ratio, ratio, ratio, goal, 0.5, "note");
  }

  private WholeTable saved(String commit, PathResult... results) throws Exception {
    WholeTable table = new WholeTable();
    table.beside().put("commit", commit).put("taken", "2026-11-28");
    table.add(List.of(results));
    Path file = temporary.resolve("deeper/" + commit + ".json");
    table.save(file);
    return WholeTable.read(file);
  }

  @Test
  void what_was_saved_is_read_again() throws Exception {
    PathResult[] all = {
      of("one", Goal.ratio(1.15), 1.2),
      of("two", new Goal(Goal.Bound.AT_MOST, 0.05, Goal.Figure.OURS), 0.06),
      of("three", null, 1),
      PathResult.failed("four", "not measured: no disk")
    };
    WholeTable read = saved("abc", all);
    assertThat(read.results()).containsExactly(all);
    assertThat(read.missed()).isTrue();
    assertThat(read.lines()).hasSize(2 + 4).last().asString().contains("no disk");
    assertThat(saved("abc", all[0]).results()).containsExactly(all[0]);
    try (var files = Files.list(temporary.resolve("deeper"))) {
      assertThat(files).as("no part of a file is left").hasSize(1);
    }
  }

  @Test
  void a_file_of_something_else_is_refused() throws Exception {
    Path other = Files.writeString(temporary.resolve("order.json"), "{\"bench\": \"order\"}");
    assertThatThrownBy(() -> WholeTable.read(other))
        .isInstanceOf(BadData.class)
        .hasMessage("Cannot read " + other + ": it was not written by jobs/bench.sh all.");
    Path broken = Files.writeString(temporary.resolve("broken.json"), "{\"bench\"");
    assertThatThrownBy(() -> WholeTable.read(broken))
        .isInstanceOf(BadData.class)
        .hasMessage("Cannot read " + broken + ": it is no JSON.");
  }

  @Test
  void two_runs_stand_side_by_side() throws Exception {
    Goal less = new Goal(Goal.Bound.AT_MOST, 50, Goal.Figure.OURS);
    WholeTable before =
        saved(
            "old",
            of("same", null, 1),
            of("faster", null, 1),
            of("slower", less, 1),
            of("gone", null, 1));
    WholeTable after =
        saved(
            "new",
            of("same", null, 1.1),
            of("faster", null, 1.5),
            of("slower", less, 2),
            of("added", null, 1));
    assertThat(new Comparison(before, after).lines())
        .containsExactly(
            "| path | old 2026-11-28 | new 2026-11-28 | after to before | |",
            "|---|---:|---:|---:|---|",
            "| same | 1.000 (0.900 to 1.100) | 1.100 (0.990 to 1.210) | 1.100 | within the spread |",
            "| faster | 1.000 (0.900 to 1.100) | 1.500 (1.350 to 1.650) | 1.500 | better |",
            "| slower | 1.000 (0.900 to 1.100) | 2.000 (1.800 to 2.200) | 2.000 | **worse** |",
            "| added |  | 1.000 (0.900 to 1.100) | | not in both |",
            "| gone | 1.000 (0.900 to 1.100) |  | | not in both |");
  }
}
