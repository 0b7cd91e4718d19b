package org.clapperboard.app.inspect;

import java.util.Locale;

/** What the {@link LedgerRule}s speak of, as tables: each may use those before it. */
enum LedgerFact {
  /** A stage, the steps that its weights have seen, and its batch. */
  AUDITED(
      """
      SELECT stage, coalesce(c.steps, 0) AS steps, coalesce(m.batch, l.batch, 0) AS batch
      FROM (SELECT stage FROM ledger UNION SELECT stage FROM checkpoints
            UNION SELECT stage FROM metrics UNION SELECT stage FROM inputs)
      LEFT JOIN (SELECT stage, max(steps) AS steps FROM checkpoints GROUP BY stage) AS c
        USING (stage)
      LEFT JOIN (SELECT stage, mode(samples) AS batch FROM metrics GROUP BY stage) AS m
        USING (stage)
      LEFT JOIN (SELECT stage, mode(n) AS batch
                 FROM (SELECT stage, step, count(*) AS n FROM ledger GROUP BY stage, step)
                 GROUP BY stage) AS l
        USING (stage)
      """),
  /** Every step that weights have seen. */
  COUNTED_STEPS(
      """
      SELECT stage, step
      FROM (SELECT stage, steps FROM audited WHERE steps > 0)
      LATERAL VIEW explode(sequence(0L, steps - 1)) AS step
      """),
  /** A row of the ledger that weights have seen. */
  COUNTED(
      """
      SELECT ledger.*, batch FROM ledger JOIN audited USING (stage)
      WHERE step >= 0 AND step < steps
      """),
  /** A stream of a stage, its samples, and how many of them every batch holds. */
  AUDITED_STREAMS(
      """
      SELECT stage, stream, steps, s.samples, batch * share div shares AS each
      FROM (SELECT stage, stream, max(share) AS share, sum(samples) AS samples FROM inputs
            GROUP BY stage, stream) AS s
      JOIN (SELECT stage, sum(share) AS shares
            FROM (SELECT DISTINCT stage, stream, share FROM inputs) GROUP BY stage)
        USING (stage)
      JOIN audited USING (stage)
      """),
  /** An epoch of a stream that was begun, its samples so far, and whether it is finished. */
  AUDITED_EPOCHS(
      """
      SELECT stage, stream, epoch, least(samples, steps * each - epoch * samples) AS wanted,
        steps * each >= (epoch + 1) * samples AS finished
      FROM (SELECT * FROM audited_streams WHERE steps > 0 AND samples > 0)
      LATERAL VIEW explode(sequence(0L, (steps * each - 1) div samples)) AS epoch
      """);

  private final String sql;

  LedgerFact(String sql) {
    this.sql = sql;
  }

  /** Its name in SQL. */
  String sqlName() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** The query that it is the answer to. */
  String sql() {
    return sql;
  }
}
