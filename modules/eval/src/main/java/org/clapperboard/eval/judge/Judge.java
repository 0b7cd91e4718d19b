package org.clapperboard.eval.judge;

import java.util.List;

/**
 * Judges answers. May be used by several threads; belongs to the driver, since what it may spend is
 * counted in one place.
 */
public interface Judge extends AutoCloseable {

  /**
   * The verdicts on cases, in their order.
   *
   * <p>All cases of one measure belong into one call: some measures weigh words by how many of the
   * cases have them, and an endpoint is asked about several at a time.
   *
   * @throws IllegalArgumentException if a case is not of the prompt's kind
   * @throws org.clapperboard.config.BadConfig if the judge cannot be asked at all, such as with a
   *     wrong key
   */
  List<Verdict> judge(JudgePrompt prompt, List<JudgeCase> cases);

  /** The verdict on one case. */
  default Verdict judge(JudgePrompt prompt, JudgeCase one) {
    return judge(prompt, List.of(one)).get(0);
  }

  /** What was spent since the judge was opened; nothing by one that asks nobody. */
  default JudgeUsage usage() {
    return new JudgeUsage(0, 0, 0);
  }

  /** Who judges, as reports name it. */
  String name();

  /** Keeps what is not kept yet. */
  @Override
  void close();
}
