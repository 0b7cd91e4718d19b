package org.clapperboard.train;

import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Where the ranks of an attempt run.
 *
 * @param ranks how many there are
 * @param hosts where they should run; anywhere if none is named
 * @param without hosts that are left out
 */
record Seats(int ranks, List<String> hosts, List<String> without) {

  /**
   * Seats for as many ranks as can be.
   *
   * @param executors host of each executor
   * @param failing hosts that are left out, unless there is no other
   * @param sizes numbers of ranks to choose from, the most first
   */
  static Optional<Seats> of(
      Collection<String> executors, Set<String> failing, List<Integer> sizes) {
    List<String> good = executors.stream().filter(host -> !failing.contains(host)).toList();
    if (good.isEmpty() && !failing.isEmpty()) {
      return of(executors, Set.of(), sizes);
    }
    // Also while a failing host has no executor: one may come back before the ranks start.
    List<String> hosts = failing.isEmpty() ? List.of() : good.stream().distinct().sorted().toList();
    List<String> without = failing.stream().sorted().toList();
    return sizes.stream()
        .filter(size -> size <= good.size())
        .findFirst()
        .map(size -> new Seats(size, hosts, without));
  }
}
