package org.clapperboard.app;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;
import java.util.StringJoiner;
import java.util.stream.Collectors;
import org.clapperboard.config.Problem;
import org.clapperboard.data.lookalike.Findings;
import org.clapperboard.data.lookalike.Likeness;
import org.clapperboard.data.shard.PreparedDataset;
import org.clapperboard.model.ModelConfig;
import org.clapperboard.model.Part;
import org.clapperboard.model.VideoLlama2;
import org.clapperboard.model.adapter.Lora;
import org.clapperboard.model.adapter.LoraConfig;
import org.clapperboard.model.engine.Tape.Activations;
import org.clapperboard.train.Exclusion;
import org.clapperboard.train.FeatureCost;
import org.clapperboard.train.MemoryPlan;
import org.clapperboard.train.StageLengths;
import org.clapperboard.train.StagePlan;
import org.clapperboard.train.VisionFeatures;
import org.clapperboard.train.checkpoint.WeightFile;
import org.clapperboard.train.config.ClusterConfig;
import org.clapperboard.train.config.ExamSlicesConfig;
import org.clapperboard.train.config.ExamSlicesConfig.Slice;
import org.clapperboard.train.config.Sharding;
import org.clapperboard.train.config.StageConfig;
import org.clapperboard.train.config.ValidationConfig;
import org.clapperboard.train.config.WeightOrigin;
import org.clapperboard.train.optimizer.OptimizerConfig;
import org.clapperboard.train.optimizer.OptimizerState;

/** A plan in words. */
final class PlanText {
  private final StagePlan plan;
  private final StageConfig config;
  private final MemoryPlan memory;
  private final List<String> lines = new ArrayList<>();

  PlanText(StagePlan plan) {
    this.plan = plan;
    this.memory = MemoryPlan.of(plan, SparkStart.hadoop());
    this.config = plan.config();
  }

  List<String> lines() {
    add("Stage %s of run %s", config.stage(), config.run());
    parts();
    data();
    steps();
    validation();
    examSlices();
    memory();
    features();
    exchange();
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
          part.key(),
          grouped(elements),
          trains ? "trained" : "frozen",
          origin(part) + (trains ? ownRate(part) : ""));
      if (config.lora().containsKey(part)) {
        long added = plan.adapterParameters(part);
        all += added;
        trained += added;
        add(
            "  %-17s %14s  %-7s  %s",
            "  its adapter", grouped(added), "trained", adapter(part) + ownRate(part));
      }
    }
    add("  %-17s %14s  %s trained", "all", grouped(all), grouped(trained));
  }

  /** What the optimizer does otherwise with a part than with the rest. */
  private String ownRate(Part part) {
    if (!config.optimizer().parts().containsKey(part)) {
      return "";
    }
    OptimizerConfig own = config.optimizer().of(part);
    String rate = ", learning rate " + number(own.lr());
    if (own.weightDecay() != config.optimizer().weightDecay()) {
      rate += ", weight decay " + number(own.weightDecay());
    }
    return own.layerDecay() == 1 ? rate : rate + ", layer decay " + number(own.layerDecay());
  }

  /** What an adapter is and where it starts. */
  private String adapter(Part part) {
    LoraConfig lora = config.lora().get(part);
    WeightFile file = plan.weights().get(part);
    boolean goesOn =
        file != null && file.adapter() != null && file.adapter().lora().continues(lora);
    return String.format(
        Locale.ROOT,
        "%s: rank %d, alpha %s, dropout %s, on %s",
        goesOn ? "goes on from " + file.lastStage() : "fresh start",
        lora.rank(),
        number(lora.alpha()),
        number(lora.dropout()),
        String.join(", ", Lora.targets(lora, config.model().specs().get(part))));
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
    return file.lastStage().equals(origin.place())
        ? origin.place()
        : origin.place() + ", which had it from " + file.lastStage();
  }

  private void data() {
    add("");
    int global = config.batch().global();
    for (int i = 0; i < plan.streams().size(); i++) {
      StagePlan.StreamData stream = plan.streams().get(i);
      int inBatch = global / config.data().shares() * stream.config().share();
      add(
          "  stream %-15s share %d of %d: %d of every %d samples, %s",
          stream.config().name(),
          stream.config().share(),
          config.data().shares(),
          inBatch,
          global,
          stream.complete()
              ? grouped(plan.exclusion().samples(stream)) + " samples in all"
              : stream.datasets().size()
                  + " of "
                  + stream.config().datasets().size()
                  + " datasets are prepared");
      for (PreparedDataset dataset : stream.datasets()) {
        long samples = plan.exclusion().samples(dataset);
        add("    %-28s %12s %s", dataset.name(), grouped(samples), dataset.modality());
        findings(dataset);
      }
    }
    tokens();
  }

  /** What a search found of a dataset, and what becomes of it. */
  private void findings(PreparedDataset dataset) {
    Exclusion exclusion = plan.exclusion();
    if (exclusion.findings() == null) {
      return;
    }
    if (exclusion.stale().contains(dataset.name())) {
      add("      not searched for duplicates as it is now");
      return;
    }
    for (Findings.Count count : exclusion.findings().counts()) {
      if (count.dataset().equals(dataset.name())) {
        boolean same = count.kind().equals(Likeness.DUPLICATE.key());
        add(
            "      %s samples look or sound like %s",
            grouped(count.samples()), same ? "another one of it" : "samples of " + count.other());
      }
    }
    long leftOut = exclusion.leftOut(dataset);
    if (!config.data().without().isEmpty()) {
      add("      %s samples are left out", grouped(leftOut));
    }
  }

  private void tokens() {
    if (clipTokens() > 0) {
      add("  a clip of %d frames is %d tokens", config.data().frames(), clipTokens());
    }
    if (soundTokens() > 0) {
      String whose = preparedSeconds().isPresent() ? "" : ", the reference's length,";
      add("  a sound of %.0f s%s is %d tokens", soundSeconds(), whose, soundTokens());
    }
    if (clipTokens() > 0 && soundTokens() > 0) {
      add("  a clip with its sound is %d tokens", clipTokens() + soundTokens());
    }
  }

  private boolean complete() {
    return plan.streams().stream().allMatch(StagePlan.StreamData::complete);
  }

  private int clipTokens() {
    ModelConfig.Sight sight = config.model().sight();
    return sight == null ? 0 : sight.tokens(config.data().frames());
  }

  /** Tokens of a sound, 0 where the model hears none. */
  private int soundTokens() {
    ModelConfig.Hearing hearing = config.model().hearing();
    if (hearing == null || soundSeconds() == 0) {
      return 0;
    }
    int windows = StageLengths.bankFrames(soundSeconds());
    return hearing.encoder().tokens(windows, VideoLlama2.MEL_BINS);
  }

  /** As long as the datasets were prepared with; until they are, as long as the reference's. */
  private double soundSeconds() {
    return preparedSeconds().orElse(complete() ? 0 : StageLengths.REFERENCE_SOUND_SECONDS);
  }

  private OptionalDouble preparedSeconds() {
    return plan.streams().stream()
        .flatMap(stream -> stream.datasets().stream())
        .mapToDouble(PreparedDataset::soundSeconds)
        .filter(seconds -> seconds > 0)
        .max();
  }

  private void steps() {
    int ranks = config.cluster().ranks();
    int micro = config.batch().micro();
    int global = config.batch().global();
    add("");
    if (config.batch().packing()) {
      add(
          "  global batch %d = %d ranks x %d samples, packed into rows of %d tokens, %d at once",
          global, ranks, global / ranks, config.batch().maxTokens(), micro);
    } else {
      add(
          "  global batch %d = %d ranks x %d micro-batches x %d samples",
          global, ranks, global / ranks / micro, micro);
    }
    if (plan.mixture() == null) {
      add("  %s, learning rate %s", length(), number(config.optimizer().lr()));
    } else {
      double epochs =
          plan.steps()
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

  /** How ranks talk to each other, if there are several. */
  private void exchange() {
    ClusterConfig cluster = config.cluster();
    if (cluster.ranks() == 1) {
      return;
    }
    String encrypted =
        switch (cluster.encryption()) {
          case AUTO -> "encrypted if Spark is";
          case ON -> "encrypted";
          case OFF -> "not encrypted";
        };
    add(
        "  ranks talk over TCP%s%s, %s%s%s; one that is silent for %s is given up",
        cluster.sharesMemory() ? ", those of a host through memory" : "",
        cluster.usesNccl() ? ", large exchanges over NCCL (last bits depend on the cluster)" : "",
        encrypted,
        cluster.roundsGradients() ? ", gradients in bf16" : "",
        cluster.streams() == 1 ? "" : ", " + cluster.streams() + " connections a pair",
        time(cluster.deadline()));
    if (cluster.atLeast() < cluster.ranks()) {
      List<Integer> fewer = config.worldSizes().stream().filter(n -> n < cluster.ranks()).toList();
      add(
          "  where executors are missing it goes on with %s, until all are there",
          fewer.isEmpty()
              ? "no other number of ranks, for none divides the batch"
              : fewer + " ranks");
    }
  }

  /** Such as {@code 2 min}, in the unit that leaves a whole number. */
  private static String time(Duration time) {
    if (time.toMillis() % 1000 > 0) {
      return time.toMillis() + " ms";
    }
    return time.toSeconds() % 60 > 0 ? time.toSeconds() + " s" : time.toMinutes() + " min";
  }

  private void validation() {
    ValidationConfig validation = config.validation();
    if (!validation.datasets().isEmpty()) {
      add(
          "  measured every %s steps on %d held-out samples each of %s%s",
          grouped(validation.everySteps()),
          validation.samples(),
          String.join(", ", validation.datasets()),
          validation.captions() == 0
              ? ""
              : "; it answers the first " + validation.captions() + " in its own words");
    }
  }

  private void examSlices() {
    ExamSlicesConfig slices = config.examSlices();
    if (!slices.sets().isEmpty()) {
      add(
          "  asked every %s steps about the first %d samples each of %s; answers of at most %d"
              + " tokens",
          grouped(slices.everySteps()),
          slices.samples(),
          slices.sets().stream().map(Slice::name).collect(Collectors.joining(", ")),
          slices.maxNewTokens());
    }
  }

  /** How long the stage is, as far as its file tells. */
  private String length() {
    String steps = grouped(config.steps()) + " steps";
    if (config.epochs() == 0) {
      return steps;
    }
    return "epochs of the leading stream: "
        + number(config.epochs())
        + (config.steps() > 0 ? ", at most " + steps : "")
        + " (steps are known when its datasets are prepared)";
  }

  private void memory() {
    StringJoiner what = new StringJoiner(" + ");
    what.add("the process itself " + bytes(memory.process()));
    what.add("weights " + bytes(memory.weights()));
    what.add("gradients " + bytes(memory.gradients()));
    boolean disk = config.memory().optimizerState() == OptimizerState.DISK;
    what.add(
        "the optimizer's state "
            + bytes(memory.state())
            + (disk ? ", on disk as far as memory is short" : ""));
    boolean again = config.memory().activations() == Activations.RECOMPUTE;
    what.add("passes " + bytes(memory.passes()) + (again ? ", computed again" : ""));
    what.add("batches " + bytes(memory.batches()));
    add("  memory of a rank beside its heap, about %s: %s", bytes(memory.total()), what);
    if (config.hasLayersInShards()) {
      boolean all = config.memory().sharding() == Sharding.PARAMETERS;
      add(
          "  a rank has its slice only of the %s of layers",
          all ? "weights and gradients" : "gradients");
    }
  }

  /** What storing the vision encoder's features costs and saves, wherever that can be done. */
  private void features() {
    if (!FeatureCost.applies(plan)) {
      return;
    }
    FeatureCost cost = FeatureCost.of(plan);
    String folder = config.data().visionFeatures();
    add(
        "  vision features %s: %s for %s samples, %s operations once, %s fewer in each step",
        folder == null ? "could be stored (data.vision-features)" : "stored in " + folder,
        bytes(cost.bytes()),
        grouped(cost.samples()),
        operations(cost.operations()),
        operations(cost.stepOperations()));
    FeatureCost.Seconds seconds = cost.seconds(plan, SparkStart.hadoop());
    if (seconds != null) {
      add(
          "    %s: %.3g s once, %.3g s of each step",
          seconds.measured() ? "as measured" : "at cluster.peak-flops, which is never reached",
          seconds.once(),
          seconds.ofStep());
    }
  }

  private void missing() {
    List<Problem> problems = new ArrayList<>(plan.missing().list());
    problems.addAll(VisionFeatures.of(plan, SparkStart.hadoop()).missing().list());
    if (problems.isEmpty()) {
      return;
    }
    add("");
    add("  not there yet:");
    for (Problem problem : problems) {
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
    return value >= 0.01
        ? Double.toString(value).replaceFirst("\\.0$", "")
        : String.format(Locale.ROOT, "%.2g", value);
  }

  static String operations(double count) {
    return String.format(Locale.ROOT, "%.2e", count);
  }

  static String bytes(double count) {
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
