package org.clapperboard.data.prepare;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.clapperboard.data.Exchange;

/**
 * Collects the answers of each question while both are few: a closed set, which can be told apart
 * by a classifier. With more than the limit of either nothing is kept.
 */
final class ClosedAnswers implements Serializable {
  private static final long serialVersionUID = 1;
  private static final int MOST = 64;

  private final TreeMap<String, TreeSet<String>> answers = new TreeMap<>();
  private boolean open;

  void add(Exchange exchange) {
    add(exchange.question(), List.of(exchange.answer()));
  }

  void addAll(ClosedAnswers other) {
    open |= other.open;
    other.answers.forEach(this::add);
  }

  private void add(String question, Iterable<String> some) {
    if (!open) {
      NavigableSet<String> known = answers.computeIfAbsent(question, q -> new TreeSet<>());
      some.forEach(known::add);
      open = answers.size() > MOST || known.size() > MOST;
    }
    if (open) {
      answers.clear();
    }
  }

  /** Sorted answers by question; empty if the set is not closed. */
  Map<String, List<String>> byQuestion() {
    Map<String, List<String>> lists = new TreeMap<>();
    answers.forEach((question, some) -> lists.put(question, new ArrayList<>(some)));
    return lists;
  }
}
