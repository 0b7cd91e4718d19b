package org.clapperboard.app.inspect;

import java.util.Locale;

/** Views over the {@link BaseTable}s, for what is asked often; each may use those before it. */
enum View {
  SAMPLES(
      "what was prepared, without frames and sounds",
      """
      AS SELECT * EXCEPT (frames, sound)
      FROM media
      """),
  EXCHANGES(
      "questions and answers of the samples, a row for each",
      """
      (dataset COMMENT 'the dataset',
       sample_id COMMENT 'the sample',
       turn COMMENT 'number of the question in its sample, from 0',
       question COMMENT 'the question',
       answer COMMENT 'the answer: a caption, if that was asked for')
      AS SELECT dataset, sample_id, turn, exchange.question, exchange.answer
      FROM media LATERAL VIEW posexplode(exchanges) AS turn, exchange
      """),
  STEPS(
      "every step of every stage",
      """
      (stage COMMENT 'the stage',
       step COMMENT 'number of the step, from 0',
       samples COMMENT 'samples of the global batch',
       streams COMMENT 'how many of them each stream gave',
       tokens COMMENT 'positions that were learned from',
       loss COMMENT 'mean cross-entropy over those, before the step',
       lr COMMENT 'learning rate',
       seconds COMMENT 'length of the step; like lr, null while no checkpoint has counted it')
      AS SELECT stage, step, l.samples, l.streams, l.tokens, l.loss, m.lr, m.seconds
      FROM (SELECT stage, step, sum(samples) AS samples,
              array_sort(collect_list(struct(stream, samples))) AS streams,
              sum(tokens) AS tokens, try_divide(sum(loss), sum(tokens)) AS loss
            FROM (SELECT stage, step, stream, count(*) AS samples, sum(tokens) AS tokens,
                    sum(if(tokens = 0, 0, loss * tokens)) AS loss
                  FROM ledger GROUP BY stage, step, stream)
            GROUP BY stage, step) AS l
      LEFT JOIN metrics AS m USING (stage, step)
      """),
  SEEN(
      "what has seen each sample, a row for each stage that has",
      """
      (dataset COMMENT 'the dataset',
       sample_id COMMENT 'the sample',
       stage COMMENT 'the stage',
       times COMMENT 'how many steps have seen it',
       epochs COMMENT 'in how many epochs of its stream',
       first_step COMMENT 'the first of the steps',
       last_step COMMENT 'the last of them',
       first_checkpoint COMMENT 'steps of the oldest checkpoint or weights that have seen it; null if none that is there has')
      AS SELECT s.dataset, s.sample_id, s.stage, times, epochs, first_step, last_step,
           min(c.steps) AS first_checkpoint
      FROM (SELECT dataset, sample_id, stage, count(*) AS times,
              count(DISTINCT stream, epoch) AS epochs, min(step) AS first_step,
              max(step) AS last_step
            FROM ledger WHERE coalesce(learned, true) GROUP BY dataset, sample_id, stage) AS s
      LEFT JOIN checkpoints AS c ON c.stage = s.stage AND c.steps > s.first_step
      GROUP BY s.dataset, s.sample_id, s.stage, times, epochs, first_step, last_step
      """),
  MIXTURE(
      "what each stage has used, a row for each dataset of each stream",
      """
      (stage COMMENT 'the stage',
       stream COMMENT 'the stream',
       dataset COMMENT 'the dataset',
       used COMMENT 'samples of all steps, with repetition',
       distinct_samples COMMENT 'different samples among them',
       tokens COMMENT 'positions that were learned from',
       ratio COMMENT 'used, as a share of the whole stage: 0 to 1',
       samples COMMENT 'samples that can come up, as the stage was planned',
       left_out COMMENT 'samples that data.without leaves out')
      AS SELECT u.stage, u.stream, u.dataset, used, distinct_samples, tokens,
           used / sum(used) OVER (PARTITION BY u.stage) AS ratio, i.samples, i.left_out
      FROM (SELECT stage, stream, dataset, count(*) AS used,
              count(DISTINCT sample_id) AS distinct_samples, sum(tokens) AS tokens
            FROM ledger WHERE coalesce(learned, true) GROUP BY stage, stream, dataset) AS u
      LEFT JOIN inputs AS i USING (stage, stream, dataset)
      """);

  private final String about;
  private final String definition;

  View(String about, String definition) {
    this.about = about;
    this.definition = definition;
  }

  /** Its name in SQL. */
  String sqlName() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** What a row is. */
  String about() {
    return about;
  }

  /** The statement that makes it. */
  String statement() {
    return "CREATE OR REPLACE TEMPORARY VIEW " + sqlName() + " " + definition;
  }
}
