package org.clapperboard.bench;

import java.io.IOException;
import java.lang.management.CompilationMXBean;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * One of those that do the same work.
 *
 * @param name its name in tables
 * @param work does it once and tells what it took
 */
record Contender(String name, Work work) {
  private static final int QUIET_ROUNDS = 4;
  private static final double NEXT_TO_NOTHING = 0.02;
  private static final long MOST_WARM_NANOS = 20_000_000_000L;

  /** Work that tells what it took. */
  @FunctionalInterface
  interface Work extends Doing<Lap> {}

  /** What is done in every round, with what comes of it. */
  @FunctionalInterface
  interface Doing<T> {
    T run() throws IOException;
  }

  /**
   * What one round took.
   *
   * @param seconds on the clock
   * @param processorSeconds on processors
   */
  record Lap(double seconds, double processorSeconds) {

    /** What a piece of work takes in this process. */
    static Lap of(Task task) throws IOException {
      long start = System.nanoTime();
      double used = ProcessorClock.seconds();
      task.run();
      return new Lap((System.nanoTime() - start) / 1e9, ProcessorClock.seconds() - used);
    }
  }

  /** Work whose time is taken by others. */
  @FunctionalInterface
  interface Task {
    void run() throws IOException;
  }

  /**
   * Lets work of this process run until Java's compiler is done with it, as it is with what
   * training does for hours: until it has had next to nothing to do for some rounds.
   */
  static void warmUp(Task task) throws IOException {
    CompilationMXBean compiler = ManagementFactory.getCompilationMXBean();
    long start = System.nanoTime();
    int quiet = 0;
    while (quiet < QUIET_ROUNDS && System.nanoTime() - start < MOST_WARM_NANOS) {
      long compiled = compiler.getTotalCompilationTime();
      long begun = System.nanoTime();
      task.run();
      double busy = (compiler.getTotalCompilationTime() - compiled) * 1e6;
      double share = busy / (System.nanoTime() - begun);
      quiet = share < NEXT_TO_NOTHING ? quiet + 1 : 0;
    }
  }

  /**
   * Lets all work in turn.
   *
   * @param warm rounds before, which are not kept
   * @return the laps of each by its name
   */
  static Map<String, List<Lap>> rounds(List<Contender> contenders, int warm, int rounds)
      throws IOException {
    Map<String, Doing<Lap>> works = new LinkedHashMap<>();
    contenders.forEach(contender -> works.put(contender.name(), contender.work()));
    return inTurn(works, warm, rounds);
  }

  /**
   * Does all in turn, in the other direction in every second round, so that what else happens on
   * the machine meets all of them.
   *
   * @param all by their names
   * @param warm rounds before, which are not kept
   * @return what came of each round, by the same names
   */
  static <T> Map<String, List<T>> inTurn(Map<String, ? extends Doing<T>> all, int warm, int rounds)
      throws IOException {
    Map<String, List<T>> results = new LinkedHashMap<>();
    all.keySet().forEach(name -> results.put(name, new ArrayList<>()));
    List<String> order = new ArrayList<>(all.keySet());
    for (int round = -warm; round < rounds; round++) {
      for (String name : order) {
        T result = all.get(name).run();
        if (round >= 0) {
          results.get(name).add(result);
        }
      }
      Collections.reverse(order);
    }
    return results;
  }
}
