package org.clapperboard.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** What metrics say of modalities and datasets, against the ledger's own rows. */
@ExtendWith(World.Shared.class)
class LossesIT {

  @Test
  void losses_of_modalities_and_datasets_are_those_of_the_ledger(World world) {
    String sql =
        """
        SELECT kind, count(*) AS rows, sum(l.samples) AS samples,
          max(abs(l.loss - m.loss)) < 1e-6 AS same,
          count_if(l.samples IS DISTINCT FROM m.samples OR l.tokens IS DISTINCT FROM m.labels) AS others
        FROM (SELECT step, 'modality' AS kind, modality AS name, count(*) AS samples,
                sum(tokens) AS tokens, sum(loss * tokens) / sum(tokens) AS loss
              FROM ledger WHERE stage = 'joint' GROUP BY step, modality
              UNION ALL
              SELECT step, 'dataset', dataset, count(*), sum(tokens),
                sum(loss * tokens) / sum(tokens)
              FROM ledger WHERE stage = 'joint' GROUP BY step, dataset) AS l
        FULL OUTER JOIN (SELECT * FROM losses WHERE stage = 'joint') AS m USING (step, kind, name)
        GROUP BY kind ORDER BY kind
        """;
    assertThat(world.inspect("--run", world.joint(2).toString(), sql))
        .containsExactly(
            "kind\trows\tsamples\tsame\tothers",
            "dataset\t140\t320\ttrue\t0",
            "modality\t120\t320\ttrue\t0");
  }

  @Test
  void operations_do_not_depend_on_ranks_and_memory_is_told(World world) {
    String sql =
        """
        SELECT count(*), count(DISTINCT flops) > 1, min(flops) > 1e8,
          bool_and(peak_memory_bytes >= memory_bytes AND memory_bytes > 1e8), count(utilisation)
        FROM metrics WHERE stage = 'joint'
        """;
    assertThat(world.inspect("--run", world.joint(2).toString(), sql).get(1))
        .isEqualTo("40\ttrue\ttrue\ttrue\t0");
    assertThat(flops(world, world.joint(1))).isEqualTo(flops(world, world.joint(2)));
  }

  private static List<String> flops(World world, Path run) {
    return world.rows(run, "joint", "metrics", "step", "cast(flops / 1e3 as bigint)").stream()
        .map(row -> row.mkString(" "))
        .sorted()
        .toList();
  }
}
