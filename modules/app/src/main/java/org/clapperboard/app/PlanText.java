package org.clapperboard.app;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.clapperboard.config.Problem;
import org.clapperboard.data.shard.PreparedDataset;
import org.clapperboard.model.ModelConfig;
import org.clapperboard.model.Part;
import org.clapperboard.train.StagePlan;
import org.clapperboard.train.checkpoint.WeightFile;
import org.clapperboard.train.config.StageConfig;
import org.clapperboard.train.config.WeightOrigin;

/** A plan in words. */
final class PlanText {
  private final StagePlan plan;
  private final StageConfig config;
  private final List<String> lines = new ArrayList<>();

  PlanText(StagePlan plan) {
    this.plan = plan;
    this.config = plan.config();
  }

  List<String> lines() {
    add("Stage %s of run %s", config.stage(), config.run());
    parts();
    data();
    steps();
    memory();
    missing();
    return lines;
  }

  private void parts() {
    add("");
    add("  %-17s %14s  %-7s  %s", "part", "parameters", "", "weights from");
    long trained = 0;
    long all = 0;
    for (Part part : config.model().specs().keySet()) {
      boolean trains = config.train().contains(part);
      long elements = plan.parameters(part);
      all += elements;
      trained += trains ? elements : 0;
      add(
          "  %-17s %14s  %-7s  %s",
          part.key(), grouped(elements), trains ? "trained" : "frozen", origin(part));
    }
    add("  %-17s %14s  %s trained", "all", grouped(all), grouped(trained));
  }

  private String origin(Part part) {
    WeightOrigin origin = config.origin(part);
    WeightFile file = plan.weights().get(part);
    if (origin.kind() != WeightOrigin.Kind.STAGE || !plan.missing().isEmpty()) {
      return origin.toString();
    }
    if (file == null) {
      return "fresh start, like in " + origin.place();
    }
    return file.stage().equals(origin.place())
        ? origin.place()
        : origin.place() + ", which had it from " + file.stage();
  }

  private void data() {
    add("");
    int global = config.batch().global();
    for (int i = 0; i < plan.streams().size(); i++) {
      StagePlan.StreamData stream = plan.streams().get(i);
      int inBatch = global / config.data().shares() * stream.config().share();
      add(
          "  stream %-15s share %d of %d: %d of every %d samples, %s samples in all",
          stream.config().name(),
          stream.config().share(),
          config.data().shares(),
          inBatch,
          global,
          grouped(stream.samples()));
      for (PreparedDataset dataset : stream.datasets()) {
        add("    %-28s %12s %s", dataset.name(), grouped(dataset.samples()), dataset.modality());
      }
    }
    ModelConfig model = config.model();
    if (model.sight() != null) {
      int frames = config.data().frames();
      add("  a clip of %d frames is %d tokens", frames, model.sight().tokens(frames));
    }
    double seconds =
        plan.streams().stream()
            .flatMap(stream -> stream.datasets().stream())
            .mapToDouble(PreparedDataset::soundSeconds)
            .max()
            .orElse(0);
    if (model.hearing() != null && seconds > 0) {
      // Windows of 25 ms every 10 ms, only whole ones.
      int windows = (int) (1 + (seconds * 16000 - 400) / 160);
      add(
          "  a sound of %.0f s is %d tokens",
          seconds, model.hearing().encoder().tokens(windows, 128));
    }
  }

  private void steps() {
    int ranks = config.cluster().ranks();
    int micro = config.batch().micro();
    int global = config.batch().global();
    add("");
    add(
        "  global batch %d = %d ranks x %d micro-batches x %d samples",
        global, ranks, global / ranks / micro, micro);
    if (plan.steps() > 0) {
      double epochs =
          plan.mixture() == null
              ? 0
              : plan.steps()
                  * (double) plan.mixture().inBatch(0, global)
                  / plan.mixture().streams().get(0).order().size();
      add(
          "  %s steps, %.2f epochs of the leading stream; %d steps of warm-up, learning rate %s",
          grouped(plan.steps()),
          epochs,
          config.schedule().warmupSteps(plan.steps()),
          number(config.optimizer().lr()));
    }
  }

  /** Weights of all parts, gradients of those that train, their optimizer's state cut by ranks. */
  private void memory() {
    long all = 0;
    long trained = 0;
    for (Part part : config.model().specs().keySet()) {
      all += plan.parameters(part);
      trained += config.train().contains(part) ? plan.parameters(part) : 0;
    }
    double weights = all * 4.0;
    double gradients = trained * 4.0;
    double moments = trained * 8.0 / config.cluster().ranks();
    add(
        "  memory of a rank: weights %s + gradients %s + moments %s + activations about %s",
        bytes(weights), bytes(gradients), bytes(moments), bytes(activations()));
  }

  /**
   * What the backward pass keeps of the language model, by the usual count of 34 bytes per position
   * and width in half precision (Korthikanti and others, 2022, equation 1), doubled for float32,
   * without the attention matrix, which is never stored.
   */
  private double activations() {
    ModelConfig model = config.model();
    int media = model.sight() == null ? 0 : model.sight().tokens(config.data().frames());
    double positions = config.batch().micro() * (media + 128.0);
    return positions * model.language().width() * model.language().layers() * 68;
  }

  private void missing() {
    if (plan.missing().isEmpty()) {
      return;
    }
    add("");
    add("  not there yet:");
    for (Problem problem : plan.missing().list()) {
      add("  %s", problem.toString());
    }
  }

  private void add(String format, Object... values) {
    lines.add(String.format(Locale.ROOT, format, values));
  }

  private static String grouped(long number) {
    return String.format(Locale.ROOT, "%,d", number).replace(',', ' ');
  }

  private static String number(double value) {
    return value >= 0.01 ? Double.toString(value) : String.format(Locale.ROOT, "%.2g", value);
  }

  private static String bytes(double count) {
    String[] units = {"B", "KB", "MB", "GB", "TB"};
    int unit = 0;
    double value = count;
    while (value >= 1000 && unit < units.length - 1) {
      value /= 1000;
      unit++;
    }
    return String.format(Locale.ROOT, "%.3g %s", value, units[unit]);
  }
}
