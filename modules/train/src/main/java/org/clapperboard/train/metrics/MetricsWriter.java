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
      }
      """;

  private final StepTable table;
  private final String stage;
  private final EventFile events;
  private final List<StepMetrics> unwritten = new ArrayList<>();

  /** A writer into a stage's metrics folder, going on at a step. */
  public MetricsWriter(Folder folder, String stage, long firstStep) throws IOException {
    this.table = table(folder);
    this.stage = stage;
    String name =
        String.format(
            Locale.ROOT,
            "events.out.tfevents.%010d.%06d",
            System.currentTimeMillis() / 1000,
            firstStep);
    this.events = new EventFile(folder.create(name), firstStep);
  }

  /** The table of metrics in a stage's metrics folder. */
  public static StepTable table(Folder folder) {
    return new StepTable(folder, SCHEMA);
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
    events.scalars(metrics.step(), scalars);
  }

  /** Writes the steps since the last call as a table; written again, it is the same file. */
  public void writeTable() throws IOException {
    if (unwritten.isEmpty()) {
      return;
    }
    long first = unwritten.get(0).step();
    long last = unwritten.get(unwritten.size() - 1).step();
    table.write("", first, last + 1, unwritten, this::fill);
    unwritten.clear();
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
        .append("taken", !metrics.skips().now());
  }

  @Override
  public void close() throws IOException {
    events.close();
  }
}
