package org.clapperboard.train;

import com.codahale.metrics.Gauge;
import com.codahale.metrics.MetricRegistry;
import java.util.Map;
import java.util.function.ToDoubleFunction;
import org.apache.spark.SparkContext;
import org.apache.spark.api.plugin.DriverPlugin;
import org.apache.spark.api.plugin.ExecutorPlugin;
import org.apache.spark.api.plugin.PluginContext;
import org.apache.spark.api.plugin.SparkPlugin;
import org.apache.spark.scheduler.AccumulableInfo;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerExecutorMetricsUpdate;
import org.clapperboard.train.metrics.StepMetrics;
import org.clapperboard.train.metrics.Validation;
import scala.jdk.javaapi.CollectionConverters;

/**
 * The newest step as metrics of the driver's Spark, for whatever sinks Spark is given. Spark makes
 * it, where {@code spark.plugins} names it; on executors it does nothing.
 */
public final class StepMetricsPlugin implements SparkPlugin {

  @Override
  public DriverPlugin driverPlugin() {
    return new Gauges();
  }

  @Override
  public ExecutorPlugin executorPlugin() {
    return null; // What Spark takes for none.
  }

  private static final class Gauges extends SparkListener implements DriverPlugin {
    private volatile StepMetrics newest;

    @Override
    public Map<String, String> init(SparkContext spark, PluginContext context) {
      MetricRegistry registry = context.metricRegistry();
      gauge(registry, "steps_done", step -> step.step() + 1);
      gauge(registry, "loss", StepMetrics::loss);
      gauge(registry, "validation_loss", Gauges::validationLoss);
      gauge(registry, "lr", StepMetrics::lr);
      gauge(registry, "gradient_norm", StepMetrics::gradientNorm);
      gauge(registry, "skipped_steps", step -> step.skips().count());
      gauge(registry, "step_seconds", StepMetrics::seconds);
      gauge(registry, "tokens_per_second", step -> step.positions() / step.seconds());
      gauge(registry, "samples_per_second", step -> step.samples() / step.seconds());
      gauge(registry, "model_flops_per_second", step -> step.flops() / step.seconds());
      gauge(registry, "data_wait_share", step -> step.dataWaitSeconds() / step.seconds());
      gauge(registry, "exchange_wait_share", step -> step.exchangeWaitSeconds() / step.seconds());
      gauge(registry, "memory_bytes", step -> step.memory().bytes());
      gauge(registry, "peak_memory_bytes", step -> step.memory().peakBytes());
      gauge(registry, "heap_bytes", step -> step.memory().heapBytes());
      spark.addSparkListener(this);
      return Map.of();
    }

    /** Not a number before the first step is known. */
    private void gauge(MetricRegistry registry, String name, ToDoubleFunction<StepMetrics> value) {
      Gauge<Double> gauge =
          () -> {
            StepMetrics step = newest;
            return step == null ? Double.NaN : value.applyAsDouble(step);
          };
      registry.register(name, gauge);
    }

    private static double validationLoss(StepMetrics step) {
      Validation measured = step.validation();
      return measured == null ? Double.NaN : measured.loss();
    }

    /** The newest of this stage, or of this attempt, is not the one with the highest number. */
    @Override
    public void onExecutorMetricsUpdate(SparkListenerExecutorMetricsUpdate update) {
      CollectionConverters.asJava(update.accumUpdates())
          .forEach(task -> CollectionConverters.asJava(task._4()).forEach(this::take));
    }

    private void take(AccumulableInfo info) {
      if (info.update().isDefined() && info.update().get() instanceof StepMetrics step) {
        newest = step;
      }
    }
  }
}
