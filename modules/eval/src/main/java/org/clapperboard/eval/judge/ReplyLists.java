package org.clapperboard.eval.judge;

import java.util.List;
import java.util.Set;

/** Replies that are lists: events, or a label for each event. */
final class ReplyLists {
  static final String ENTAILMENT = "entailment";
  static final String NEUTRAL = "neutral";
  static final String CONTRADICTION = "contradiction";
  static final Set<String> LABELS = Set.of(ENTAILMENT, NEUTRAL, CONTRADICTION);

  private ReplyLists() {}

  /** The share of events that follow, 0 to 1. */
  static double entailed(List<String> labels) {
    return labels.isEmpty()
        ? 0
        : (double) labels.stream().filter(ENTAILMENT::equals).count() / labels.size();
  }
}
