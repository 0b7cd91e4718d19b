package org.clapperboard.bench;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.IntStream;
import org.clapperboard.bench.Contender.Lap;
import org.clapperboard.config.BadData;
import org.clapperboard.model.weights.Dtype;

/**
 * Greedy answers to prompts of token ids beside PyTorch: the same decoder, the same weights, one
 * thread each. Time to the first token (prefill) and from there on (decode) are taken apart, on
 * processors.
 *
 * @param folder for scores on their way
 * @param sizes decoders
 * @param dtypes types of their weights
 * @param batches numbers of rows
 * @param prompt positions of a prompt
 * @param tokens tokens of an answer, at least 2
 * @param rounds rounds that count
 * @param python interpreter of the peer
 */
record GenerateBench(
    Path folder,
    List<GenerateSizes> sizes,
    List<Dtype> dtypes,
    List<Integer> batches,
    int prompt,
    int tokens,
    int rounds,
    String python) {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String OURS = "ours";
  private static final String PYTORCH = "PyTorch";
  private static final List<String> PARTS = List.of("prefill", "decode");

  /** Compiling Java is done by then. */
  private static final int WARM = 2;

  /** What a round's first tokens take at least: clocks of processors tick in hundredths of it. */
  private static final double PREFILL_SECONDS = 1;

  private static final int TIMES_AT_MOST = 8;

  /** All libraries that may bring threads of their own. */
  private static final Map<String, String> ONE_THREAD =
      Map.of("OMP_NUM_THREADS", "1", "OPENBLAS_NUM_THREADS", "1", "MKL_NUM_THREADS", "1");

  /** What of the same model differs at most: bfloat16 has 8 bits, and rounds in every layer. */
  private static double tolerance(Dtype dtype) {
    return dtype == Dtype.F32 ? 1e-4 : 0.05;
  }

  /** Measures; PyTorch only where Python has it. */
  Figures run() throws IOException {
    String missing = PythonPeer.missing(python, "torch");
    ObjectNode json =
        JSON.createObjectNode()
            .put("bench", "generate")
            .put("prompt", prompt)
            .put("tokens", tokens)
            .put("rounds", rounds);
    ArrayNode cases = json.putArray("cases");
    List<String> table = new ArrayList<>();
    table.add("| size | dtype | rows | part | ours, tokens/s | PyTorch | ours to PyTorch |");
    table.add("|---|---|---:|---|---:|---:|---:|");
    List<String> checks = new ArrayList<>();
    for (GenerateSizes size : sizes) {
      for (Dtype dtype : dtypes) {
        for (int rows : batches) {
          Case one = new Case(size, dtype, rows);
          ObjectNode figures = cases.addObject();
          one.measure(missing == null, figures, checks);
          table.addAll(one.lines(figures));
        }
      }
    }
    table.add("Tokens per second of a processor, and the ratio of these within a round.");
    table.addAll(checks);
    if (missing != null) {
      json.put("no-peer", missing);
      table.add("Not compared with PyTorch: " + missing);
    }
    return new Figures(json, table);
  }

  /** One decoder, type and number of rows. */
  private final class Case {
    private final GenerateSizes size;
    private final Dtype dtype;
    private final int rows;

    Case(GenerateSizes size, Dtype dtype, int rows) {
      this.size = size;
      this.dtype = dtype;
      this.rows = rows;
    }

    private String name() {
      return String.format(
          Locale.ROOT, "%s %s, %d rows", size.name().toLowerCase(Locale.ROOT), dtype, rows);
    }

    void measure(boolean beside, ObjectNode figures, List<String> checks) throws IOException {
      figures
          .put("size", size.name().toLowerCase(Locale.ROOT))
          .put("dtype", dtype.name())
          .put("rows", rows);
      Map<String, LineProcess> programs = new LinkedHashMap<>();
      try {
        programs.put(OURS, ours());
        programs.get(OURS).answer();
        if (beside) {
          programs.put(PYTORCH, peer());
          figures.put("torch", programs.get(PYTORCH).answer().get("version").asText());
        }
        JsonNode first = compare(programs, figures, checks);
        double seconds = first.get("prefill").get("cpu_seconds").asDouble();
        int times = (int) Math.ceil(PREFILL_SECONDS / Math.max(seconds, 1e-9));
        time(programs, Math.min(TIMES_AT_MOST, times), figures);
      } finally {
        for (LineProcess program : programs.values()) {
          program.close();
        }
      }
    }

    private LineProcess ours() throws IOException {
      List<String> command = new ArrayList<>();
      command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
      command.addAll(List.of("-Xmx512m", "-XX:ActiveProcessorCount=1"));
      command.addAll(List.of("-cp", System.getProperty("java.class.path")));
      command.add(GenerateRun.class.getName());
      command.add(size.name());
      command.addAll(arguments());
      return new LineProcess(OURS, command, ONE_THREAD);
    }

    private LineProcess peer() throws IOException {
      List<String> arguments = new ArrayList<>(List.of(JSON.writeValueAsString(size.json())));
      arguments.addAll(arguments());
      return new PythonPeer(python, "generate", arguments);
    }

    private List<String> arguments() {
      return List.of(dtype.name(), "" + rows, "" + prompt, "" + tokens);
    }

    /** Refuses to time what is not the same; gives our first answer. */
    private JsonNode compare(
        Map<String, LineProcess> programs, ObjectNode figures, List<String> checks)
        throws IOException {
      List<JsonNode> answers = new ArrayList<>();
      List<Path> files = new ArrayList<>();
      for (Map.Entry<String, LineProcess> program : programs.entrySet()) {
        Path file = folder.resolve(program.getKey() + ".scores");
        answers.add(program.getValue().ask("scores " + file));
        files.add(file);
      }
      figures.put("ids-crc32", ScoreDifference.checksum(answers.get(0).get("ids")));
      if (answers.size() == 2) {
        JsonNode[] ids = answers.stream().map(a -> a.get("ids")).toArray(JsonNode[]::new);
        ScoreDifference apart = ScoreDifference.of(ids, files.toArray(Path[]::new));
        figures.put("largest-difference", apart.scores()).put("same-tokens", apart.sameTokens());
        if (apart.scores() > tolerance(dtype)) {
          throw new BadData(
              String.format(
                  Locale.ROOT,
                  "Cannot compare %s with PyTorch: scores differ by %.2g (expected: at most %.2g).",
                  name(),
                  apart.scores(),
                  tolerance(dtype)));
        }
        checks.add(
            String.format(
                Locale.ROOT,
                "%s: scores differ by %.1e at most, %d of %d tokens are the same",
                name(),
                apart.scores(),
                apart.sameTokens(),
                apart.tokens()));
      }
      return answers.get(0);
    }

    private void time(Map<String, LineProcess> programs, int times, ObjectNode figures)
        throws IOException {
      Map<String, List<JsonNode>> answers =
          LineProcess.askInTurn(programs, String.valueOf(times), WARM, rounds);
      for (String part : PARTS) {
        ObjectNode figure = figures.putObject(part);
        double work = rows * (part.equals("prefill") ? prompt : tokens - 1.0);
        Map<String, List<Lap>> laps = new LinkedHashMap<>();
        answers.forEach(
            (name, all) ->
                laps.put(name, all.stream().map(a -> PythonPeer.lap(a.get(part))).toList()));
        laps.forEach((name, all) -> figure.set(name, rate(all, work).json()));
        if (laps.size() == 2) {
          figure.set("ours to PyTorch", ratio(laps.get(OURS), laps.get(PYTORCH)).json());
        }
      }
    }

    List<String> lines(ObjectNode figures) {
      return PARTS.stream()
          .map(
              part ->
                  String.format(
                      Locale.ROOT,
                      "| %s | %s | %d | %s | %s | %s | %s |",
                      figures.get("size").asText(),
                      dtype,
                      rows,
                      part,
                      shown(figures.get(part).get(OURS), 1),
                      shown(figures.get(part).get(PYTORCH), 1),
                      shown(figures.get(part).get("ours to PyTorch"), 2)))
          .toList();
    }
  }

  private static String shown(JsonNode spread, int decimals) {
    return spread == null
        ? ""
        : new Spread(
                spread.get("median").asDouble(),
                spread.get("least").asDouble(),
                spread.get("most").asDouble())
            .shown(decimals);
  }

  private static Spread rate(List<Lap> laps, double work) {
    return Spread.of(laps.stream().map(lap -> work / lap.processorSeconds()).toList());
  }

  /** How much faster the first are. */
  private static Spread ratio(List<Lap> ours, List<Lap> theirs) {
    return Spread.of(
        IntStream.range(0, ours.size())
            .mapToObj(i -> theirs.get(i).processorSeconds() / ours.get(i).processorSeconds())
            .toList());
  }
}
