package org.clapperboard.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class PathResultTest {
  private static final Spread RATIO = new Spread(0.8, 0.7, 0.95);

  private static PathResult shard(Spread ratio, Goal goal, String note) {
    Spread ours = new Spread(1652.4, 1600, 1700);
    Spread peer = new Spread(20.55, 20, 21);
    return new PathResult("shard", "MB/s", ours, peer, ratio, goal, 0.18, note);
  }

  @Test
  void a_line_tells_both_their_ratio_the_goal_and_the_share_of_the_ceiling() {
    assertThat(shard(RATIO, Goal.ratio(0.8), "").line())
        .isEqualTo(
            "| shard | MB/s | 1652 | 20.6 | 0.80 (0.70 to 0.95) | >= 0.8 x | met | 18 % |  |");
  }

  @Test
  void lines_have_as_many_cells_as_the_head_whatever_a_note_says() {
    long cells =
        PathResult.HEAD.lines().findFirst().orElseThrow().chars().filter(c -> c == '|').count();
    assertThat(PathResult.HEAD.lines().toList().get(1).chars().filter(c -> c == '|').count())
        .isEqualTo(cells);
    for (PathResult result :
        List.of(shard(RATIO, null, "a | b"), PathResult.failed("decode", "no peer"))) {
      assertThat(result.line().chars().filter(c -> c == '|').count()).isEqualTo(cells);
    }
  }

  @Test
  void a_goal_is_missed_by_the_median_and_said_so() {
    PathResult missed = shard(RATIO, Goal.ratio(0.81), "");
    assertThat(missed.missed()).isTrue();
    assertThat(missed.line()).contains("| >= 0.81 x | **missed** |");
  }

  @Test
  void at_the_smallest_sizes_nothing_is_to_be_reached() {
    PathResult small = shard(RATIO, Goal.ratio(0.81), "").withoutGoal();
    assertThat(small.missed()).isFalse();
    assertThat(small.line())
        .isEqualTo("| shard | MB/s | 1652 | 20.6 | 0.80 (0.70 to 0.95) |  |  | 18 % |  |");
  }

  @Test
  void a_goal_may_be_of_ours_alone_and_from_above() {
    Goal order = new Goal(Goal.Bound.AT_MOST, 50, Goal.Figure.OURS);
    Spread fast = new Spread(0.07, 0.06, 0.08);
    PathResult met = new PathResult("order", "µs", fast, null, null, order, null, "");
    assertThat(met.line()).isEqualTo("| order | µs | 0.070 |  |  | <= 50 | met |  |  |");
    Spread slow = new Spread(51, 40, 60);
    assertThat(new PathResult("order", "µs", slow, null, null, order, null, "").missed()).isTrue();
  }

  @Test
  void what_has_no_peer_is_said_and_misses_no_goal() {
    PathResult alone =
        new PathResult(
            "shard", "MB/s", RATIO, null, null, Goal.ratio(0.8), null, "no peer: no python");
    assertThat(alone.missed()).isFalse();
    assertThat(alone.judged()).isEmpty();
    assertThat(alone.line())
        .contains("| >= 0.8 x | not measured |")
        .endsWith("| no peer: no python |");
  }
}
