package org.clapperboard.bench;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;
import org.clapperboard.bench.Contender.Lap;
import org.clapperboard.collective.Encryption;
import org.clapperboard.collective.Route;
import org.clapperboard.collective.SameHost;

/**
 * All-reduces of our collective beside those of Gloo: every rank a process of its own on this
 * machine. Ours go through memory, as between ranks of a host, and over TCP on the loopback
 * interface, as Gloo's do, plain and encrypted.
 *
 * @param folder where Gloo's ranks find each other
 * @param worlds numbers of ranks
 * @param megabytes sizes, of 2^20 bytes
 * @param rounds rounds that count
 * @param streams connections between two ranks
 * @param python interpreter of the peer
 */
record AllReduceBench(
    Path folder,
    List<Integer> worlds,
    List<Integer> megabytes,
    int rounds,
    int streams,
    String python) {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final int MEGABYTE = 1 << 20;

  /** The compiler is done by then. */
  private static final int WARM = 3;

  /** Bytes that a round moves at least: clocks of processors may tick in hundredths of a second. */
  private static final int MEGABYTES_PER_ROUND = 128;

  /** More would let sums grow beyond what float32 holds. */
  private static final int TIMES_AT_MOST = 32;

  private static final String OURS = "ours";
  private static final String TCP = "ours over TCP";
  private static final String RING = "ours over TCP, ring";
  private static final String SEALED = "ours over TCP, encrypted";
  private static final String GLOO = "Gloo";

  /** The ranks of one job, all asked for the same at the same time. */
  private record Ranks(List<LineProcess> processes) implements AutoCloseable {

    /** One all-reduce: what the slowest rank took, and all ranks' time of processors. */
    Lap reduce(int size, int times) throws IOException {
      for (LineProcess rank : processes) {
        rank.say(size + " " + times);
      }
      double seconds = 0;
      double processorSeconds = 0;
      for (LineProcess rank : processes) {
        Lap lap = PythonPeer.lap(rank.answer());
        seconds = Math.max(seconds, lap.seconds());
        processorSeconds += lap.processorSeconds();
      }
      return new Lap(seconds, processorSeconds);
    }

    @Override
    public void close() throws IOException {
      for (LineProcess rank : processes) {
        rank.close();
      }
    }
  }

  /** Measures; Gloo only where Python has it. */
  Figures run() throws IOException {
    String missing = PythonPeer.missing(python, "torch.distributed");
    ObjectNode json =
        JSON.createObjectNode()
            .put("bench", "allreduce")
            .put("rounds", rounds)
            .put("streams", streams);
    ArrayNode sizes = json.putArray("sizes");
    List<String> table = new ArrayList<>();
    table.add("| ranks | MB | | GB/s | processor seconds |");
    table.add("|---:|---:|---|---:|---:|");
    List<String> ratios = new ArrayList<>();
    for (int world : worlds) {
      try (Ranks ours = ours(world, Encryption.OFF, SameHost.SHARED_MEMORY, Route.DIRECT);
          Ranks tcp = ours(world, Encryption.OFF, SameHost.TCP, Route.DIRECT);
          Ranks ring =
              world > 2
                  ? ours(world, Encryption.OFF, SameHost.TCP, Route.RING)
                  : new Ranks(List.of());
          Ranks sealed = ours(world, Encryption.AES_GCM, SameHost.TCP, Route.DIRECT);
          Ranks gloo = missing == null ? gloo(world, json) : new Ranks(List.of())) {
        for (int size : megabytes) {
          Map<String, Ranks> all = new LinkedHashMap<>();
          all.put(OURS, ours);
          all.put(GLOO, gloo);
          all.put(TCP, tcp);
          all.put(RING, ring);
          all.put(SEALED, sealed);
          Map<String, List<Lap>> laps = laps(size, all);
          ObjectNode row = sizes.addObject().put("ranks", world).put("megabytes", size);
          rates(row, table, laps, world, size);
          ratios.addAll(ratios(row, laps, world, size));
        }
      }
    }
    table.add("GB/s: bytes of the buffer, times 2 (ranks - 1) / ranks, per second of the slowest");
    table.add("rank; processor seconds: of all ranks together. Ratios are taken within a round:");
    table.addAll(ratios);
    if (missing != null) {
      json.put("no-peer", missing);
      table.add("Not compared with Gloo: " + missing);
    }
    return new Figures(json, table);
  }

  private Map<String, List<Lap>> laps(int size, Map<String, Ranks> all) throws IOException {
    int times = Math.max(1, Math.min(TIMES_AT_MOST, MEGABYTES_PER_ROUND / size));
    List<Contender> contenders = new ArrayList<>();
    all.forEach(
        (name, ranks) -> {
          if (!ranks.processes().isEmpty()) {
            contenders.add(new Contender(name, () -> ranks.reduce(size * MEGABYTE, times)));
          }
        });
    return Contender.rounds(contenders, WARM, rounds);
  }

  private Ranks ours(int world, Encryption encryption, SameHost sameHost, Route route)
      throws IOException {
    byte[] secret = new byte[32];
    new SecureRandom().nextBytes(secret);
    List<LineProcess> processes = new ArrayList<>();
    for (int rank = 0; rank < world; rank++) {
      List<String> command =
          List.of(
              Path.of(System.getProperty("java.home"), "bin", "java").toString(),
              "-Xmx256m",
              "-XX:MaxDirectMemorySize=2g",
              "-cp",
              System.getProperty("java.class.path"),
              AllReduceRank.class.getName(),
              String.valueOf(rank),
              HexFormat.of().formatHex(secret),
              encryption.name(),
              sameHost.name(),
              route.name(),
              String.valueOf(streams));
      processes.add(new LineProcess("rank " + rank, command, Map.of()));
    }
    List<String> ports = new ArrayList<>();
    for (LineProcess rank : processes) {
      ports.add(rank.answer().get("port").asText());
    }
    for (LineProcess rank : processes) {
      rank.say(String.join(" ", ports));
    }
    return new Ranks(processes);
  }

  private Ranks gloo(int world, ObjectNode json) throws IOException {
    List<LineProcess> processes = new ArrayList<>();
    for (int rank = 0; rank < world; rank++) {
      List<String> arguments = List.of("" + rank, "" + world, folder.toString());
      processes.add(new PythonPeer(python, "allreduce", arguments));
    }
    for (LineProcess rank : processes) {
      JsonNode ready = rank.answer();
      json.put("torch", ready.get("version").asText());
    }
    return new Ranks(processes);
  }

  private static void rates(
      ObjectNode row, List<String> table, Map<String, List<Lap>> laps, int world, int size) {
    double gigabytes = size * (double) MEGABYTE / 1e9 * 2 * (world - 1) / world;
    laps.forEach(
        (name, all) -> {
          Spread rate = spread(all, lap -> gigabytes / lap.seconds());
          Spread processor = spread(all, Lap::processorSeconds);
          ObjectNode figures = row.putObject(name);
          figures.set("gb-per-second", rate.json());
          figures.set("processor-seconds", processor.json());
          table.add(
              String.format(
                  Locale.ROOT,
                  "| %d | %d | %s | %s | %s |",
                  world,
                  size,
                  name,
                  rate.shown(2),
                  processor.shown(4)));
        });
  }

  private static List<String> ratios(
      ObjectNode row, Map<String, List<Lap>> laps, int world, int size) {
    List<String> lines = new ArrayList<>();
    for (String[] pair : new String[][] {{OURS, GLOO}, {TCP, GLOO}, {SEALED, TCP}, {RING, TCP}}) {
      if (laps.containsKey(pair[0]) && laps.containsKey(pair[1])) {
        Spread speed = ratio(laps.get(pair[1]), laps.get(pair[0]), Lap::seconds);
        Spread processor = ratio(laps.get(pair[0]), laps.get(pair[1]), Lap::processorSeconds);
        ObjectNode figures = row.putObject(pair[0] + " to " + pair[1]);
        figures.set("gb-per-second", speed.json());
        figures.set("processor-seconds", processor.json());
        lines.add(
            String.format(
                Locale.ROOT,
                "%d ranks, %d MB, %s to %s: GB/s %s, processor seconds %s",
                world,
                size,
                pair[0],
                pair[1],
                speed.shown(2),
                processor.shown(2)));
      }
    }
    return lines;
  }

  private static Spread spread(List<Lap> laps, ToDoubleFunction<Lap> figure) {
    return Spread.of(laps.stream().map(figure::applyAsDouble).toList());
  }

  private static Spread ratio(List<Lap> above, List<Lap> below, ToDoubleFunction<Lap> figure) {
    return Spread.of(
        IntStream.range(0, above.size())
            .mapToObj(i -> figure.applyAsDouble(above.get(i)) / figure.applyAsDouble(below.get(i)))
            .toList());
  }
}
