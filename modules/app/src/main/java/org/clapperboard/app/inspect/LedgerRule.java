package org.clapperboard.app.inspect;

import java.util.ArrayList;
import java.util.List;

/**
 * What must hold of a ledger. Each rule is a query for what breaks it: stage, step (null where it
 * is about no single step) and a sentence about it.
 *
 * <p>How many steps a stage has taken is known from its newest checkpoint or its weights, its batch
 * from its metrics, its streams from its inputs: the ledger is never its own witness.
 */
enum LedgerRule {
  NO_GAP(
      """
      SELECT stage, step, 'is not in the ledger' AS told
      FROM counted_steps LEFT ANTI JOIN ledger USING (stage, step)
      """),
  NOTHING_AFTER_THE_WEIGHTS(
      """
      SELECT stage, step, concat('has ', count(*), ' rows, but weights that are there have seen ',
        steps, ' steps') AS told
      FROM ledger JOIN audited USING (stage)
      WHERE step >= steps OR step < 0 GROUP BY stage, step, steps
      """),
  NO_PLACE_TWICE(
      """
      SELECT stage, step, concat('has place ', place, ' ', count(*), ' times: ',
        array_join(slice(array_sort(collect_list(sample_id)), 1, 4), ', ')) AS told
      FROM counted GROUP BY stage, step, place HAVING count(*) > 1
      """),
  NO_PLACE_OUTSIDE(
      """
      SELECT stage, step, concat('has place ', place, ' of a batch of ', batch, ': ', sample_id)
        AS told
      FROM counted WHERE place < 0 OR place >= batch
      """),
  EVERY_PLACE(
      """
      SELECT stage, step, concat('lacks place ', array_join(slice(lacking, 1, 5), ', '),
        if(size(lacking) > 5, ' ...', '')) AS told
      FROM (SELECT stage, step,
              array_except(sequence(0, CAST(batch - 1 AS INT)), collect_set(place)) AS lacking
            FROM counted GROUP BY stage, step, batch)
      WHERE size(lacking) > 0
      """),
  EVERY_SHARE(
      """
      SELECT stage, step, concat('has ', coalesce(n, 0), ' samples of stream ', stream,
        ' (expected: ', coalesce(each, 0), ')') AS told
      FROM (SELECT s.stage, s.step, t.stream, t.each
            FROM (SELECT DISTINCT stage, step FROM counted) AS s
            JOIN audited_streams AS t ON s.stage = t.stage)
      FULL OUTER JOIN (SELECT stage, step, stream, count(*) AS n FROM counted
                       GROUP BY stage, step, stream) USING (stage, step, stream)
      WHERE n IS DISTINCT FROM each
      """),
  KNOWN_DATASETS(
      """
      SELECT stage, min(step) AS step, concat('and ', count(DISTINCT step) - 1,
        ' more take samples of ', dataset, ' into stream ', stream,
        ', which was not planned with it') AS told
      FROM counted LEFT ANTI JOIN inputs USING (stage, stream, dataset)
      GROUP BY stage, stream, dataset
      """),
  ONCE_PER_EPOCH(
      """
      SELECT stage, max(step) AS step, concat('takes ', sample_id, ' of ', dataset, ' again: ',
        count(*), ' times in epoch ', epoch, ' of stream ', stream, ', first in step ', min(step))
        AS told
      FROM counted
      LEFT JOIN (SELECT stage, stream, dataset, count(*) AS times FROM inputs
                 GROUP BY stage, stream, dataset) USING (stage, stream, dataset)
      GROUP BY stage, stream, epoch, dataset, sample_id, times
      HAVING count(*) > coalesce(times, 1)
      """),
  WHOLE_EPOCHS(
      """
      SELECT stage, CAST(NULL AS BIGINT) AS step, concat('epoch ', epoch, ' of stream ', stream,
        ' has ', coalesce(n, 0), ' samples of ', dataset, ' (expected: all ', wanted, ', once)')
        AS told
      FROM (SELECT e.stage, e.stream, e.epoch, i.dataset, i.wanted
            FROM audited_epochs AS e
            JOIN (SELECT stage, stream, dataset, sum(samples) AS wanted FROM inputs
                  GROUP BY stage, stream, dataset) AS i
            ON e.stage = i.stage AND e.stream = i.stream AND e.finished)
      LEFT JOIN (SELECT stage, stream, epoch, dataset, count(*) AS n FROM counted
                 GROUP BY stage, stream, epoch, dataset) USING (stage, stream, epoch, dataset)
      WHERE coalesce(n, 0) <> wanted
      """),
  EPOCHS_IN_TURN(
      """
      SELECT stage, CAST(NULL AS BIGINT) AS step, concat('epoch ', epoch, ' of stream ', stream,
        ' has ', coalesce(n, 0), ' samples (expected: ', coalesce(wanted, 0), ')') AS told
      FROM (SELECT stage, stream, epoch, wanted, finished FROM audited_epochs)
      FULL OUTER JOIN (SELECT stage, stream, epoch, count(*) AS n FROM counted
                       GROUP BY stage, stream, epoch) USING (stage, stream, epoch)
      WHERE NOT coalesce(finished, false) AND coalesce(n, 0) <> coalesce(wanted, 0)
      """),
  METRICS_AGREE(
      """
      SELECT stage, step, concat('has ', coalesce(l.n, 0), ' samples and ', coalesce(l.tokens, 0),
        ' tokens, by its metrics ', coalesce(m.n, 0), ' and ', coalesce(m.tokens, 0)) AS told
      FROM counted_steps
      JOIN (SELECT stage, step, count(*) AS n, sum(tokens) AS tokens FROM counted
            GROUP BY stage, step) AS l USING (stage, step)
      LEFT JOIN (SELECT stage, step, sum(samples) AS n, sum(labels) AS tokens FROM metrics
                 GROUP BY stage, step) AS m USING (stage, step)
      WHERE l.n IS DISTINCT FROM m.n OR l.tokens IS DISTINCT FROM m.tokens
      """),
  SKIPS_AGREE(
      """
      SELECT stage, step, concat('is ', if(taken, 'taken', 'skipped'), ' by its metrics, but not by ',
        count(*), ' of its rows') AS told
      FROM counted JOIN (SELECT stage, step, bool_and(coalesce(taken, true)) AS taken FROM metrics
                         GROUP BY stage, step) USING (stage, step)
      WHERE coalesce(learned, true) <> taken GROUP BY stage, step, taken
      """),
  TOTALS(
      """
      SELECT stage, CAST(NULL AS BIGINT) AS step, concat('has ', coalesce(n, 0), ' samples in ',
        steps, ' steps of ', batch, ' (expected: ', steps * batch, ')') AS told
      FROM audited
      LEFT JOIN (SELECT stage, count(*) AS n FROM counted GROUP BY stage) USING (stage)
      WHERE coalesce(n, 0) <> steps * batch
      """);

  private final String broken;

  LedgerRule(String broken) {
    this.broken = broken;
  }

  /** What breaks any rule, with how often its stage breaks it, a few examples each. */
  static String examples() {
    List<String> queries = new ArrayList<>();
    for (LedgerRule rule : values()) {
      String from = " AS rule, stage, step, told FROM (" + rule.broken + ")";
      queries.add("SELECT " + queries.size() + from);
    }
    return """
        SELECT stage, step, told, n, nth FROM (
          SELECT *, count(*) OVER (PARTITION BY rule, stage) AS n,
                 row_number() OVER (PARTITION BY rule, stage ORDER BY step, told) AS nth
          FROM (%s))
        WHERE nth <= :examples ORDER BY stage, rule, nth
        """
        .formatted(String.join(" UNION ALL ", queries));
  }
}
