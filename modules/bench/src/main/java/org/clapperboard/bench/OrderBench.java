package org.clapperboard.bench;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import org.clapperboard.bench.Contender.Lap;
import org.clapperboard.data.order.Mixture;
import org.clapperboard.data.order.Mixture.Place;
import org.clapperboard.data.order.SampleOrder;

/**
 * What it costs to know which sample comes next: streams mixed 2 : 1 : 1 out of many row groups, as
 * training asks for them.
 *
 * @param samples samples of all streams together
 * @param rowGroups row groups that they lie in
 * @param window samples that are shuffled together
 * @param asked samples that are asked for in a round
 * @param rounds rounds that count
 */
record OrderBench(long samples, int rowGroups, long window, long asked, int rounds) {
  private static final int WARM = 2;
  private static final int BATCH = 256;
  private static final int WORLD = 8;
  private static final int STARTS = 20;
  private static final String START = "start in the middle, the first batch as a whole";
  private static final List<Integer> SHARES = List.of(2, 1, 1);

  Figures run() throws IOException {
    List<Contender> contenders =
        List.of(
            new Contender("one rank takes all", () -> Lap.of(() -> inTurn(0, BATCH))),
            new Contender("one rank of " + WORLD, () -> Lap.of(() -> inTurn(0, BATCH / WORLD))),
            new Contender(START, () -> Lap.of(this::starts)));
    ObjectNode json =
        new ObjectMapper()
            .createObjectNode()
            .put("bench", "order")
            .put("samples", samples)
            .put("row-groups", rowGroups)
            .put("window", window);
    List<String> table = new ArrayList<>();
    table.add("| asked for | µs of processors per sample |");
    table.add("|---|---:|");
    Contender.rounds(contenders, WARM, rounds)
        .forEach(
            (name, laps) -> {
              boolean start = name.equals(START);
              long count = start ? STARTS : asked;
              Spread micros =
                  Spread.of(
                      laps.stream().map(lap -> lap.processorSeconds() * 1e6 / count).toList());
              json.putObject(name).set("microseconds-per-sample", micros.json());
              table.add(
                  String.format(Locale.ROOT, "| %s | %s |", name, micros.shown(start ? 0 : 2)));
            });
    return new Figures(json, table);
  }

  private Mixture mixture() {
    List<Mixture.Stream> streams = new ArrayList<>();
    for (int share : SHARES) {
      int groups = Math.max(1, rowGroups * share / 4);
      List<Long> sizes = Collections.nCopies(groups, Math.max(1, samples * share / 4 / groups));
      streams.add(
          new Mixture.Stream("s" + streams.size(), share, new SampleOrder(sizes, 1, window)));
    }
    return new Mixture(streams);
  }

  /** The places of a rank, step after step from the beginning. */
  private void inTurn(int from, int to) {
    Mixture mixture = mixture();
    long sum = 0;
    long got = 0;
    for (long step = 0; got < asked; step++) {
      List<Place> places = mixture.batch(step, BATCH, from, to);
      for (Place place : places) {
        sum += place.address().row();
      }
      got += places.size();
    }
    if (sum < 0) {
      throw new IllegalStateException("rows below zero");
    }
  }

  /** The first batch after a restart deep in an epoch. */
  private void starts() {
    for (int i = 0; i < STARTS; i++) {
      mixture().batch(samples / BATCH / 2, BATCH, 0, BATCH);
    }
  }
}
