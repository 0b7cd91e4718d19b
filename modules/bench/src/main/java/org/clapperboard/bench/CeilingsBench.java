package org.clapperboard.bench;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.nio.file.ExtendedOpenOption;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.clapperboard.bench.Contender.Lap;
import org.clapperboard.model.engine.Tape.Activations;
import org.clapperboard.model.weights.Dtype;

/**
 * What this machine gives at best, for what is measured to be held against.
 *
 * @param folder whose disk is measured
 * @param megabytes of 2^20 bytes that are copied, written, read and sent at once
 * @param rounds rounds that count
 * @param python interpreter whose PyTorch multiplies too
 */
record CeilingsBench(Path folder, int megabytes, int rounds, String python) {
  private static final int WARM = 1;
  private static final int MEGABYTE = 1 << 20;

  /** What lies on a disk in one piece. */
  private static final int ALIGNED = 4096;

  private static final int BLOCK = 4 * MEGABYTE;

  Figures run() throws IOException {
    ObjectNode json =
        new ObjectMapper().createObjectNode().put("bench", "ceilings").put("rounds", rounds);
    List<String> table = new ArrayList<>(List.of("| at best | |", "|---|---:|"));
    ObjectNode products = json.putObject("products");
    Set<Integer> threads = new TreeSet<>(List.of(1, Runtime.getRuntime().availableProcessors()));
    for (int count : threads) {
      products(count, products.putObject(String.valueOf(count)), table);
    }
    add("copy in memory, one thread, GB/s", "copy", copy(), json, table);
    disk(json, table);
    Map<String, Spread> loopback = new LoopbackRate(4 * megabytes).measure(WARM, rounds);
    loopback.forEach(
        (name, rate) ->
            add(
                "loopback, one TCP connection, GB/s, " + name,
                name,
                rate,
                json.withObject("/loopback"),
                table));
    table.add(
        "Products: GFLOP/s of a processor, 2048 x 2048 x 2048, best of three tens in a round.");
    return new Figures(json, table);
  }

  private static void add(
      String shown, String key, Spread figure, ObjectNode json, List<String> table) {
    json.set(key, figure.json());
    table.add("| " + shown + " | " + figure.shown(figure.median() < 100 ? 2 : 0) + " |");
  }

  /** By the processes that take steps: as training multiplies, with as many threads. */
  private void products(int threads, ObjectNode json, List<String> table) throws IOException {
    StepCase tiny =
        new StepCase(StepSizes.TINY, Dtype.F32, StepCase.Stage.LANGUAGE, Activations.KEEP, threads);
    Map<String, LineProcess> programs = new LinkedHashMap<>();
    try {
      programs.put("ours", StepBench.ours(tiny, StepRun.Place.PROCESSORS));
      programs.get("ours").answer();
      if (PythonPeer.missing(python, "torch") == null) {
        StepBench steps =
            new StepBench(
                List.of(), List.of(), "usual", 1, 0, false, StepRun.Place.PROCESSORS, python);
        LineProcess peer = steps.peer(tiny, StepBench.Setting.BEST);
        programs.put("PyTorch", peer);
        json.put("torch", peer.answer().get("version").asText());
      }
      Map<String, List<JsonNode>> answers = new LinkedHashMap<>();
      for (int round = 0; round < rounds; round++) {
        for (Map.Entry<String, LineProcess> program : programs.entrySet()) {
          answers
              .computeIfAbsent(program.getKey(), name -> new ArrayList<>())
              .add(program.getValue().ask("products"));
        }
      }
      for (String dtype : List.of("F32", "BF16")) {
        ObjectNode figures = json.putObject(dtype);
        answers.forEach(
            (name, all) ->
                add(
                    "products of " + dtype + ", " + threads + " threads, " + name,
                    name,
                    Spread.of(all.stream().map(a -> a.get(dtype).asDouble()).toList()),
                    figures,
                    table));
      }
    } finally {
      for (LineProcess program : programs.values()) {
        program.close();
      }
    }
  }

  /** Bytes copied; as many are read and as many written. */
  private Spread copy() throws IOException {
    ByteBuffer from = ByteBuffer.allocateDirect(megabytes * MEGABYTE);
    ByteBuffer to = ByteBuffer.allocateDirect(megabytes * MEGABYTE);
    Contender copy = new Contender("copy", () -> Lap.of(() -> to.clear().put(from.clear())));
    return rate(Contender.rounds(List.of(copy), 2 * WARM, rounds).get("copy"));
  }

  private void disk(ObjectNode json, List<String> table) throws IOException {
    Path file = folder.resolve("disk-rate");
    try {
      boolean past = pastTheCache(file);
      String way =
          (past ? "past the page cache" : "through the page cache, until it is on the disk")
              + ", "
              + Files.getFileStore(folder).type();
      ByteBuffer block = ByteBuffer.allocateDirect(BLOCK + ALIGNED).alignedSlice(ALIGNED);
      while (block.hasRemaining()) {
        block.put((byte) ((block.position() * 31) >> 3));
      }
      Contender write = new Contender("write", () -> Lap.of(() -> write(file, block, past)));
      Contender read = new Contender("read", () -> Lap.of(() -> read(file, block, past)));
      List<Lap> written = Contender.rounds(List.of(write), WARM, rounds).get("write");
      List<Lap> seen = Contender.rounds(List.of(read), WARM, rounds).get("read");
      json.put("disk", way);
      add("disk, written " + way + ", GB/s", "disk-write", rate(written), json, table);
      String from = past ? way : "out of the page cache";
      add("disk, read " + from + ", GB/s", "disk-read", rate(seen), json, table);
    } finally {
      Files.deleteIfExists(file);
    }
  }

  private static boolean pastTheCache(Path file) throws IOException {
    Files.write(file, new byte[ALIGNED]);
    try (FileChannel channel =
        FileChannel.open(file, StandardOpenOption.READ, ExtendedOpenOption.DIRECT)) {
      return channel.read(ByteBuffer.allocateDirect(2 * ALIGNED).alignedSlice(ALIGNED)) > 0;
    } catch (UnsupportedOperationException | IOException e) {
      // A file system in memory has no way past it.
      return false;
    }
  }

  private static FileChannel open(Path file, boolean past, OpenOption... how) throws IOException {
    Set<OpenOption> options = new LinkedHashSet<>(List.of(how));
    if (past) {
      options.add(ExtendedOpenOption.DIRECT);
    }
    return FileChannel.open(file, options);
  }

  private void write(Path file, ByteBuffer block, boolean past) throws IOException {
    try (FileChannel channel =
        open(file, past, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
      for (long at = 0; at < (long) megabytes * MEGABYTE; at += BLOCK) {
        block.clear();
        while (block.hasRemaining()) {
          channel.write(block);
        }
      }
      channel.force(true);
    }
  }

  private static void read(Path file, ByteBuffer block, boolean past) throws IOException {
    try (FileChannel channel = open(file, past, StandardOpenOption.READ)) {
      while (channel.read(block.clear()) > 0) {
        block.clear();
      }
    }
  }

  private Spread rate(List<Lap> laps) {
    double gigabytes = (double) megabytes * MEGABYTE / 1e9;
    return Spread.of(laps.stream().map(lap -> gigabytes / lap.seconds()).toList());
  }
}
