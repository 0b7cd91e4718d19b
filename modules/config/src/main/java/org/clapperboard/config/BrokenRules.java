package org.clapperboard.config;

import static java.util.stream.Collectors.joining;

import java.util.List;

/**
 * A record was asked to hold values that break its rules; thrown by {@link Rules} only.
 *
 * <p>While a file is read, {@link Section#build} turns it into problems with file and line.
 */
public final class BrokenRules extends IllegalArgumentException {
  private final transient List<Rules.Broken> rules;

  BrokenRules(List<Rules.Broken> rules) {
    super(rules.stream().map(Rules.Broken::toString).collect(joining(" ")));
    this.rules = List.copyOf(rules);
  }

  List<Rules.Broken> rules() {
    return rules;
  }
}
