package org.clapperboard.bench;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.clapperboard.bench.Contender.Lap;
import org.clapperboard.media.sound.FilterBank;

/**
 * The same work beside itself: what its two sides differ by, within a round, is this machine's
 * noise today. A ratio that lies nearer to its goal than that tells nothing.
 *
 * @param times filter banks of ten seconds of sound in a lap
 * @param rounds rounds that count
 */
record NoiseFloor(int times, int rounds) {
  private static final int WARM = 3;
  private static final int SECONDS = 10;
  private static final int RATE = 16_000;

  /** One side to the other. */
  Spread measure() throws IOException {
    double[] sound = new SplittableRandom(1).doubles(SECONDS * RATE, -0.5, 0.5).toArray();
    FilterBank bank = new FilterBank(128, RATE);
    Contender.Work work =
        () ->
            Lap.of(
                () -> {
                  for (int i = 0; i < times; i++) {
                    bank.compute(sound);
                  }
                });
    Map<String, List<Lap>> laps =
        Contender.rounds(
            List.of(new Contender("A", work), new Contender("again A", work)), WARM, rounds);
    List<Lap> first = laps.get("A");
    List<Lap> second = laps.get("again A");
    return Spread.of(
        IntStream.range(0, rounds)
            .mapToObj(i -> first.get(i).processorSeconds() / second.get(i).processorSeconds())
            .toList());
  }
}
