package org.clapperboard.train.metrics;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.apache.parquet.example.data.Group;
import org.clapperboard.data.ledger.StepTable;
import org.clapperboard.data.storage.Folder;
import org.clapperboard.train.metrics.Validation.Caption;

/** Writes a stage's metrics, on rank 0: TensorBoard events as they come, Parquet by checkpoint. */
public final class MetricsWriter implements AutoCloseable {
  private static final String SCHEMA =
      """
      message metrics {
        required binary stage (STRING);
        required int64 step;
        required double loss;
        required double lr;
        required double gradient_norm;
        required int64 labels;
        required int64 positions;
        required int64 padding;
        required int64 samples;
        required double seconds;
        required double data_wait_seconds;
        required double exchange_wait_seconds;
        required boolean taken;
        required double flops;
        optional double utilisation;
        optional int64 memory_bytes;
        optional int64 peak_memory_bytes;
        optional int64 heap_bytes;
      }
      """;
  private static final String SHARES =
      """
      message shares {
        required binary stage (STRING);
        required int64 step;
        required binary kind (STRING);
        required binary name (STRING);
        required int64 samples;
        required int64 labels;
        optional double loss;
      }
      """;

  private static final String CAPTIONS =
      """
      message captions {
        required binary stage (STRING);
        required int64 step;
        required binary dataset (STRING);
        required binary sample_id (STRING);
        required binary question (STRING);
        required binary expected (STRING);
        required binary said (STRING);
      }
      """;

  private final StepTable table;
  private final StepTable losses;
  private final StepTable validation;
  private final StepTable captions;
  private final SliceTable slices;
  private final String stage;
  private final double peakFlops;
  private final EventFile events;
  private final List<StepMetrics> unwritten = new ArrayList<>();

  private record StepLoss(long step, LossShare share) {}

  private record StepCaption(long step, Caption caption) {}

  /**
   * A writer into a stage's folder, going on at a step.
   *
   * @param peakFlops operations per second that all ranks could do together, or 0 if unknown
   */
  public MetricsWriter(Folder folder, String stage, long firstStep, double peakFlops)
      throws IOException {
    this.table = table(folder);
    this.losses = losses(folder);
    this.validation = validation(folder);
    this.captions = captions(folder);
    this.slices = new SliceTable(folder, stage);
    this.stage = stage;
    this.peakFlops = peakFlops;
    String name =
        String.format(
            Locale.ROOT,
            "events.out.tfevents.%010d.%06d",
            System.currentTimeMillis() / 1000,
            firstStep);
    this.events = new EventFile(folder.folder("metrics").create(name), firstStep);
  }

  private static StepTable table(Folder stage) {
    return new StepTable(stage.folder("metrics"), SCHEMA);
  }

  private static StepTable losses(Folder stage) {
    return new StepTable(stage.folder("losses"), SHARES);
  }

  private static StepTable validation(Folder stage) {
    return new StepTable(stage.folder("validation"), SHARES);
  }

  private static StepTable captions(Folder stage) {
    return new StepTable(stage.folder("captions"), CAPTIONS);
  }

  /** Removes what no checkpoint of a stage covers. */
  public static void removeFrom(Folder stage, long done) throws IOException {
    table(stage).removeFrom(done);
    losses(stage).removeFrom(done);
    validation(stage).removeFrom(done);
    captions(stage).removeFrom(done);
    new SliceTable(stage, "").removeFrom(done);
  }

  /** Adds a step. */
  public void add(StepMetrics metrics) throws IOException {
    unwritten.add(metrics);
    Map<String, Double> scalars = new LinkedHashMap<>();
    scalars.put("loss", metrics.loss());
    scalars.put("lr", metrics.lr());
    scalars.put("gradient_norm", metrics.gradientNorm());
    scalars.put("tokens_per_second", metrics.positions() / metrics.seconds());
    scalars.put(
        "padding_share",
        metrics.padding() / (double) Math.max(1, metrics.positions() + metrics.padding()));
    scalars.put("samples_per_second", metrics.samples() / metrics.seconds());
    scalars.put("data_wait_seconds", metrics.dataWaitSeconds());
    scalars.put("exchange_wait_seconds", metrics.exchangeWaitSeconds());
    scalars.put("skipped_steps", (double) metrics.skips().count());
    scalars.put("memory_bytes", (double) metrics.memory().bytes());
    if (peakFlops > 0) {
      scalars.put("utilisation", metrics.utilisation(peakFlops));
    }
    for (LossShare share : metrics.losses()) {
      if (share.labels() > 0) {
        boolean dataset = share.kind().equals("dataset");
        scalars.put("loss/" + (dataset ? "dataset/" : "") + share.name(), share.loss());
      }
    }
    if (metrics.ownValidation() != null) {
      for (LossShare share : metrics.ownValidation().losses()) {
        String name = share.kind().equals(Validation.ALL) ? "loss" : share.name();
        if (share.labels() > 0) {
          scalars.put("validation/" + name, share.loss());
        }
      }
    }
    if (metrics.ownSlices() != null) {
      for (SliceScores.Score score : metrics.ownSlices().scores()) {
        if (score.asked() > 0) {
          scalars.put("exam/" + score.set(), score.share());
        }
      }
    }
    events.scalars(metrics.step(), scalars);
  }

  /** Takes the steps since the last call, for {@link #writeTable}. */
  public List<StepMetrics> take() {
    List<StepMetrics> taken = List.copyOf(unwritten);
    unwritten.clear();
    return taken;
  }

  /** Writes steps as a table, on any thread; written again, it is the same file. */
  public void writeTable(List<StepMetrics> steps) throws IOException {
    if (steps.isEmpty()) {
      return;
    }
    long first = steps.get(0).step();
    long end = steps.get(steps.size() - 1).step() + 1;
    table.write("", first, end, steps, this::fill);
    List<StepLoss> shares = new ArrayList<>();
    for (StepMetrics step : steps) {
      step.losses().forEach(share -> shares.add(new StepLoss(step.step(), share)));
    }
    losses.write("", first, end, shares, this::fill);
    writeValidation(first, end, steps);
    slices.write(first, end, steps);
  }

  private void writeValidation(long first, long end, List<StepMetrics> steps) throws IOException {
    List<StepLoss> measured = new ArrayList<>();
    List<StepCaption> said = new ArrayList<>();
    for (StepMetrics step : steps) {
      Validation own = step.ownValidation();
      if (own != null) {
        own.losses().forEach(share -> measured.add(new StepLoss(step.step(), share)));
        own.captions().forEach(caption -> said.add(new StepCaption(step.step(), caption)));
      }
    }
    if (!measured.isEmpty()) {
      validation.write("", first, end, measured, this::fill);
    }
    if (!said.isEmpty()) {
      captions.write("", first, end, said, this::fill);
    }
  }

  private void fill(Group group, StepMetrics metrics) {
    group
        .append("stage", stage)
        .append("step", metrics.step())
        .append("loss", metrics.loss())
        .append("lr", metrics.lr())
        .append("gradient_norm", metrics.gradientNorm())
        .append("labels", metrics.labels())
        .append("positions", metrics.positions())
        .append("padding", metrics.padding())
        .append("samples", metrics.samples())
        .append("seconds", metrics.seconds())
        .append("data_wait_seconds", metrics.dataWaitSeconds())
        .append("exchange_wait_seconds", metrics.exchangeWaitSeconds())
        .append("taken", !metrics.skips().now())
        .append("flops", metrics.flops());
    if (peakFlops > 0) {
      group.append("utilisation", metrics.utilisation(peakFlops));
    }
    if (metrics.memory().bytes() > 0) {
      group
          .append("memory_bytes", metrics.memory().bytes())
          .append("peak_memory_bytes", metrics.memory().peakBytes())
          .append("heap_bytes", metrics.memory().heapBytes());
    }
  }

  private void fill(Group group, StepLoss of) {
    group
        .append("stage", stage)
        .append("step", of.step())
        .append("kind", of.share().kind())
        .append("name", of.share().name())
        .append("samples", of.share().samples())
        .append("labels", of.share().labels());
    if (of.share().labels() > 0) {
      group.append("loss", of.share().loss());
    }
  }

  private void fill(Group group, StepCaption of) {
    group
        .append("stage", stage)
        .append("step", of.step())
        .append("dataset", of.caption().dataset())
        .append("sample_id", of.caption().sampleId())
        .append("question", of.caption().question())
        .append("expected", of.caption().expected())
        .append("said", of.caption().said());
  }

  @Override
  public void close() throws IOException {
    events.close();
  }
}
