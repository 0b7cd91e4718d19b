package org.clapperboard.config;

import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/** Collects problems, so that the user sees all of them at once; the same one counts once. */
public final class Problems {
  private final Set<Problem> found = new LinkedHashSet<>();
  private final Set<String> silent = new HashSet<>();

  /** Adds one problem. */
  public void add(Problem problem) {
    found.add(problem);
  }

  /** Adds several problems. */
  public void addAll(List<Problem> problems) {
    found.addAll(problems);
  }

  /** Whether nothing is wrong so far. */
  public boolean isEmpty() {
    return found.isEmpty();
  }

  /** The problems in the order in which they were found. */
  public List<Problem> list() {
    return List.copyOf(found);
  }

  /** Throws {@link BadConfig} with all problems, or returns when there is none. */
  public void throwIfAny() {
    if (!found.isEmpty()) {
      throw new BadConfig(list());
    }
  }

  Problems copy() {
    Problems copy = new Problems();
    copy.found.addAll(found);
    copy.silent.addAll(silent);
    return copy;
  }

  /** A key without a usable value, because of a problem that another key has. */
  void silence(String key) {
    silent.add(key);
  }

  /** Whether this key, a part of it, or a section around it already has a problem. */
  boolean touch(String key) {
    return Stream.concat(found.stream().map(Problem::key), silent.stream())
        .anyMatch(other -> within(other, key) || within(key, other));
  }

  private static boolean within(String inner, String outer) {
    return !outer.isEmpty()
        && inner.startsWith(outer)
        && (inner.length() == outer.length() || ".[".indexOf(inner.charAt(outer.length())) >= 0);
  }
}
