package org.clapperboard.bench;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.clapperboard.bench.ScaleModel.Step;

/**
 * What a simulation of many ranks says, for people and for programs.
 *
 * @param ranks world sizes, the smallest first
 * @param ranksPerHost ranks that share a host
 * @param overlap whether gradients are exchanged during the way back
 * @param memory bytes that a rank has
 * @param values the figures it starts from
 */
record ScaleTable(
    List<Integer> ranks,
    int ranksPerHost,
    boolean overlap,
    double memory,
    Map<ScaleFigure, ScaleFigure.Value> values) {

  /** All stages, one table each, then what holds for all of them. */
  Figures of(List<StageWork> stages) {
    ObjectNode json = new ObjectMapper().createObjectNode().put("bench", "scale");
    json.put("ranks-per-host", ranksPerHost).put("overlap", overlap);
    ObjectNode figures = json.putObject("figures");
    values.forEach(
        (figure, value) ->
            figures
                .putObject(figure.key())
                .put("number", value.number())
                .put("source", value.source()));
    ArrayNode all = json.putArray("stages");
    List<String> lines = new ArrayList<>();
    for (StageWork stage : stages) {
      stage(stage, lines, all.addObject());
    }
    lines.addAll(assumptions());
    return new Figures(json, lines);
  }

  private void stage(StageWork work, List<String> lines, ObjectNode json) {
    ScaleModel model =
        new ScaleModel(machine(work.half()), work.load(plain(ScaleFigure.FRAME)), overlap);
    String name = work.config().run().replaceFirst(".*/", "") + " " + work.config().stage();
    lines.add(
        String.format(
            Locale.ROOT,
            "%s, %s: %s of %d positions, %.3g G parameters learn, %.3g TFLOP a sample, %d samples a step",
            name,
            work.half() ? "bf16" : "fp32",
            samples(work.media()),
            work.positions(),
            model.load().parameters() / 1e9,
            (model.load().forward() + model.load().backward()) / 1e12,
            model.load().global()));
    lines.add("");
    lines.add(
        "| ranks | s a step | compute | slowest | exchange | checkpoint | data | tokens/s | of one rank"
            + " | of "
            + ranks.get(0)
            + " | GB sent | GB of memory | what limits |");
    lines.add("|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---|");
    Step one = model.at(1);
    Step smallest = model.at(ranks.get(0));
    json.put("stage", name).put("seconds-on-one-rank", one.seconds());
    ArrayNode steps = json.putArray("steps");
    for (int count : ranks) {
      Step step = model.at(count);
      double bytes = work.memory(count);
      lines.add(row(step, step.efficiency(one), step.efficiency(smallest), bytes));
      steps
          .addObject()
          .put("ranks", count)
          .put("seconds", step.seconds())
          .put("compute", step.compute())
          .put("slowest", step.slowest())
          .put("exchange", step.exchange())
          .put("hidden", step.hidden())
          .put("checkpoint", step.checkpoint())
          .put("data", step.data())
          .put("tokens-per-second", step.tokens())
          .put("efficiency-of-one", step.efficiency(one))
          .put("efficiency-of-smallest", step.efficiency(smallest))
          .put("sent-bytes", step.sent())
          .put("memory-bytes", bytes)
          .put("fits", bytes <= memory)
          .put("bottleneck", step.bottleneck());
    }
    lines.add("");
  }

  private String row(Step step, double ofOne, double ofSmallest, double bytes) {
    return String.format(
        Locale.ROOT,
        "| %d | %s | %s | %s | %s | %s | %s | %.0f | %.0f %% | %.0f %% | %s | %s | %s |",
        step.ranks(),
        shown(step.seconds()),
        shown(step.compute()),
        shown(step.slowest()),
        shown(step.exchange()),
        shown(step.checkpoint()),
        shown(step.data()),
        step.tokens(),
        100 * ofOne,
        100 * ofSmallest,
        shown(step.sent() / 1e9),
        shown(bytes / 1e9) + (bytes > memory ? ", too much" : ""),
        step.bottleneck());
  }

  private static String shown(double number) {
    return number == 0 ? "0" : number < 0.001 ? "< 0.001" : ScaleFigure.shown(number);
  }

  private static String samples(StageWork.Media media) {
    return switch (media) {
      case NOTHING -> "texts";
      case CLIP -> "clips";
      case SOUND -> "sounds";
      case BOTH -> "clips with sound";
    };
  }

  private ScaleModel.Machine machine(boolean half) {
    return new ScaleModel.Machine(
        ranksPerHost,
        plain(half ? ScaleFigure.BF16 : ScaleFigure.FP32),
        plain(ScaleFigure.LINK),
        plain(ScaleFigure.LOOPBACK),
        plain(ScaleFigure.LATENCY),
        plain(ScaleFigure.CPU_PER_GB),
        plain(ScaleFigure.STORE),
        plain(ScaleFigure.STORE_OF_ALL),
        plain(ScaleFigure.JITTER));
  }

  private double plain(ScaleFigure figure) {
    return values.get(figure).plain();
  }

  private List<String> assumptions() {
    List<String> lines = new ArrayList<>();
    lines.add("Simulated, not run. It starts from:");
    values.values().forEach(value -> lines.add("- " + value));
    lines.add("It assumes:");
    lines.add(
        "- A weight costs 6 operations a position where it learns, 4 where a gradient goes through"
            + " it, 2 elsewhere; attention 4 S^2 D a layer forward, and twice that backward; layers"
            + " computed again cost one more way forward. The head sees text alone.");
    lines.add(
        "- All samples are as long as the stage's longest kind of media and "
            + "the text given; nothing is padded. The global batch stays what the stage says.");
    lines.add(
        "- Gradients are reduced as 4 bytes, weights gathered as 4, or 2 in bf16, directly between"
            + " all pairs of "
            + ranksPerHost
            + " ranks a host; one thread of a rank sends, receives and adds. Copies between an"
            + " accelerator and the memory that the collective reads are not counted.");
    lines.add(
        overlap
            ? "- Gradients are exchanged while the last micro-batch goes backward: today's training"
                + " does not do that."
            : "- Nothing is computed while ranks exchange, as it is today; --overlap tells what that"
                + " would bring.");
    lines.add(
        "- A step waits for the slowest rank: the expected maximum of as many normal times. Samples"
            + " are decoded while a rank computes. A checkpoint of 12 bytes a learning parameter is"
            + " written by all ranks while training waits. The optimizer's own time is left out.");
    return lines;
  }
}
