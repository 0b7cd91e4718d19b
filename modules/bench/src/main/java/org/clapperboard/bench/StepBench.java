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
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;
import org.clapperboard.model.engine.Tape.Activations;

/**
 * Training steps beside PyTorch: the same model, weights and batch, losses compared first. Ours and
 * the peers take turns, each in a process of its own that goes on learning.
 *
 * @param cases kinds of steps
 * @param peers settings of PyTorch
 * @param optimizer its optimizer
 * @param rounds rounds that count
 * @param roundSeconds what a round takes at least, on processors: their clocks tick in hundredths
 * @param layers whether the decoder's layers are measured by themselves as well
 * @param place what is computed on
 * @param python interpreter of the peers
 */
record StepBench(
    List<StepCase> cases,
    List<Setting> peers,
    String optimizer,
    int rounds,
    double roundSeconds,
    boolean layers,
    StepRun.Place place,
    String python) {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String OURS = "ours";
  private static final List<String> PARTS = List.of("forward", "backward", "clip", "update");
  private static final String CPU = "cpu_seconds";
  private static final String WALL = "seconds";

  /** Compiling Java is done by then; the first steps, whose losses are compared, come before. */
  private static final int WARM = 2;

  private static final int STEPS_AT_MOST = 50;

  /** How PyTorch projects to the vocabulary. */
  enum Setting {
    /** All positions, as modules of the reference do. */
    DEFAULT("PyTorch", "all"),
    /** Labelled positions alone. */
    BEST("PyTorch, head on labels", "labels");

    private final String shown;
    private final String head;

    Setting(String shown, String head) {
      this.shown = shown;
      this.head = head;
    }

    /** Its name in tables. */
    String shown() {
      return shown;
    }
  }

  /** Measures; PyTorch only where Python has it. */
  Figures run() throws IOException {
    String missing = PythonPeer.missing(python, "torch");
    ObjectNode json = JSON.createObjectNode().put("bench", "step").put("rounds", rounds);
    ArrayNode all = json.putArray("cases");
    List<String> table = new ArrayList<>();
    table.add(
        "| step | by | ms of processors | ms | forward, backward, clip, update | GFLOP/s of a processor"
            + " | of its products | ours to it: processors | clock |");
    table.add("|---|---|---:|---:|---|---:|---:|---:|---:|");
    for (StepCase one : cases) {
      ObjectNode figures = all.addObject();
      measure(one, missing == null, figures);
      table.addAll(lines(one, figures));
    }
    if (missing != null) {
      json.put("no-peer", missing);
      table.add("Not compared with PyTorch: " + missing);
    }
    return new Figures(json, table);
  }

  private void measure(StepCase one, boolean beside, ObjectNode figures) throws IOException {
    StepFlops flops = StepFlops.of(one.size(), one.stage());
    figures.put("case", one.name());
    figures.set("gflop", flops.json());
    Map<String, LineProcess> programs = new LinkedHashMap<>();
    try {
      programs.put(OURS, ours(one, place));
      programs.get(OURS).answer();
      if (beside) {
        for (Setting setting : peers) {
          programs.put(setting.shown, peer(one, setting));
          figures.put("torch", programs.get(setting.shown).answer().get("version").asText());
        }
      }
      double seconds = compare(one, programs, figures);
      int steps = (int) Math.ceil(roundSeconds / Math.max(seconds, 1e-9));
      String asked = "steps " + Math.min(STEPS_AT_MOST, steps);
      if (place.device() == null) {
        ObjectNode products = figures.putObject("products");
        for (Map.Entry<String, LineProcess> program : programs.entrySet()) {
          products.set(program.getKey(), program.getValue().ask("products"));
        }
      }
      time(programs, asked, flops.total(), figures.putObject("step"));
      if (layers) {
        time(
            programs,
            asked.replace("steps", "layers"),
            flops.decoder(),
            figures.putObject("layers"));
      }
    } finally {
      for (LineProcess program : programs.values()) {
        program.close();
      }
    }
  }

  /**
   * A process that takes our steps.
   *
   * @param place where
   */
  static LineProcess ours(StepCase one, StepRun.Place place) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-Xmx512m", "-XX:ActiveProcessorCount=" + one.threads()));
    command.addAll(List.of("-cp", System.getProperty("java.class.path")));
    command.add(StepRun.class.getName());
    command.addAll(
        List.of(
            one.size().name(),
            one.dtype().name(),
            one.stage().name(),
            one.activations().name(),
            "" + one.threads()));
    if (place.device() != null) {
      command.addAll(List.of(place.device(), place.state().name()));
    }
    return new LineProcess(OURS, command, PythonPeer.threads(one.threads()));
  }

  /** A process that takes those of PyTorch. */
  LineProcess peer(StepCase one, Setting setting) throws IOException {
    ObjectNode options =
        JSON.createObjectNode()
            .put("dtype", one.dtype().name())
            .put("connector-only", one.stage() == StepCase.Stage.CONNECTOR)
            .put("recompute", one.activations() == Activations.RECOMPUTE)
            .put("threads", one.threads())
            .put("head", setting.head)
            .put("device", place.device() == null ? "cpu" : place.device())
            .put("optimizer", optimizer);
    List<String> arguments =
        List.of(JSON.writeValueAsString(one.size().json()), JSON.writeValueAsString(options));
    return new PythonPeer(python, "step", arguments, one.threads());
  }

  /** Refuses to time what is not the same; gives what one of our first steps took on processors. */
  private static double compare(StepCase one, Map<String, LineProcess> programs, ObjectNode figures)
      throws IOException {
    Map<String, JsonNode> answers = new LinkedHashMap<>();
    for (Map.Entry<String, LineProcess> program : programs.entrySet()) {
      answers.put(program.getKey(), program.getValue().ask("steps " + StepCase.COMPARED));
    }
    ObjectNode losses = figures.putObject("losses");
    List<Double> ours = StepCase.losses(answers.get(OURS));
    for (Map.Entry<String, JsonNode> answer : answers.entrySet()) {
      losses.set(answer.getKey(), answer.getValue().get("losses"));
      if (answer.getKey().equals(OURS)) {
        one.check(ours);
      } else {
        one.check(ours, answer.getKey(), StepCase.losses(answer.getValue()));
      }
    }
    return answers.get(OURS).get(CPU).asDouble();
  }

  private void time(
      Map<String, LineProcess> programs, String asked, double flops, ObjectNode figures)
      throws IOException {
    Map<String, List<JsonNode>> answers = LineProcess.askInTurn(programs, asked, WARM, rounds);
    answers.forEach(
        (name, all) -> {
          ObjectNode own = figures.putObject(name);
          own.set("cpu-ms", spread(all, answer -> 1e3 * answer.get(CPU).asDouble()).json());
          own.set("ms", spread(all, answer -> 1e3 * answer.get(WALL).asDouble()).json());
          own.set(
              "gflops-per-cpu",
              spread(all, answer -> flops / 1e9 / answer.get(CPU).asDouble()).json());
          for (String part : PARTS) {
            if (all.get(0).has(part)) {
              own.set(
                  part + "-ms", spread(all, answer -> 1e3 * answer.get(part).asDouble()).json());
            }
          }
          if (!name.equals(OURS)) {
            own.set("ours-to-it-cpu", ratio(answers.get(OURS), all, CPU).json());
            own.set("ours-to-it", ratio(answers.get(OURS), all, WALL).json());
          }
        });
  }

  private static Spread spread(List<JsonNode> answers, ToDoubleFunction<JsonNode> figure) {
    return Spread.of(answers.stream().map(figure::applyAsDouble).toList());
  }

  /** How much faster ours are, within a round. */
  private static Spread ratio(List<JsonNode> ours, List<JsonNode> theirs, String figure) {
    return Spread.of(
        IntStream.range(0, ours.size())
            .mapToObj(
                i -> theirs.get(i).get(figure).asDouble() / ours.get(i).get(figure).asDouble())
            .toList());
  }

  private static List<String> lines(StepCase one, ObjectNode figures) {
    List<String> lines = new ArrayList<>();
    for (String what : List.of("step", "layers")) {
      if (!figures.has(what)) {
        continue;
      }
      figures
          .get(what)
          .properties()
          .forEach(
              by -> {
                JsonNode own = by.getValue();
                lines.add(
                    String.format(
                        Locale.ROOT,
                        "| %s%s | %s | %s | %s | %s | %s | %s | %s |",
                        one.name(),
                        what.equals("layers") ? ", decoder's layers" : "",
                        by.getKey(),
                        shown(own.get("cpu-ms"), 1),
                        shown(own.get("ms"), 1),
                        parts(own),
                        rates(own, figures.path("products").path(by.getKey()), one),
                        shown(own.get("ours-to-it-cpu"), 2),
                        shown(own.get("ours-to-it"), 2)));
              });
    }
    return lines;
  }

  /** Rates of a processor; on a GPU they would say nothing. */
  private static String rates(JsonNode own, JsonNode products, StepCase one) {
    if (products.isMissingNode()) {
      return " | ";
    }
    double rate = own.get("gflops-per-cpu").get("median").asDouble();
    double best = products.get(one.dtype().name()).asDouble();
    return String.format(Locale.ROOT, "%.1f | %.0f %%", rate, 100 * rate / best);
  }

  private static String parts(JsonNode own) {
    return String.join(
        ", ",
        PARTS.stream()
            .filter(part -> own.has(part + "-ms"))
            .map(
                part ->
                    String.format(
                        Locale.ROOT, "%.1f", own.get(part + "-ms").get("median").asDouble()))
            .toList());
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
}
