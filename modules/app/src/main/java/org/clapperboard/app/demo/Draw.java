package org.clapperboard.app.demo;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.SplittableRandom;
import java.util.function.IntFunction;
import java.util.stream.IntStream;

/** Chances that depend on a seed, a purpose and a number only, so that work can be shared out. */
final class Draw {
  private final long seed;

  Draw(long seed) {
    this.seed = seed;
  }

  /** The chances of one thing. */
  SplittableRandom of(String purpose, int number) {
    return new SplittableRandom((seed * 31 + purpose.hashCode()) * 1_000_003L + number);
  }

  /** Makes things one by one, several at a time, in order. */
  static <T> List<T> each(int count, IntFunction<T> make) {
    return IntStream.range(0, count).parallel().mapToObj(make).toList();
  }

  /** The turns in an order of chance. */
  static <T> List<T> shuffled(List<T> things, SplittableRandom random) {
    List<T> copy = new ArrayList<>(things);
    Collections.shuffle(copy, new Random(random.nextLong()));
    return copy;
  }

  /** One of several. */
  static <T> T one(T[] things, SplittableRandom random) {
    return things[random.nextInt(things.length)];
  }

  /** The ones in turn, so that each comes equally often. */
  static <T> T nth(T[] things, int number) {
    return things[number % things.length];
  }

  /** Two different ones of several. */
  static <T> List<T> two(T[] things, SplittableRandom random) {
    return shuffled(List.of(things), random).subList(0, 2);
  }
}
