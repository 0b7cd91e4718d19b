package org.clapperboard.train;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.spark.SparkConf;
import org.apache.spark.api.java.JavaSparkContext;
import org.clapperboard.train.metrics.LossShare;
import org.clapperboard.train.metrics.ResidentMemory;
import org.clapperboard.train.metrics.StepMetrics;
import org.clapperboard.train.metrics.Validation;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The newest step, as Prometheus would fetch it from a driver. */
@Tag("full")
class StepMetricsPluginIT {
  private static final Pattern GAUGE =
      Pattern.compile("metrics_.*_plugin_.*StepMetricsPlugin_(\\w+)_Value\\{.*} (.*)");

  private static final StepMetrics STEP =
      new StepMetrics(
              9,
              1.25,
              1e-3,
              0.5,
              40,
              1000,
              0,
              8,
              0.5,
              0.05,
              0.1,
              new StepMetrics.Skips(false, 2, null),
              2e9,
              List.of(),
              new ResidentMemory(700, 900, 300),
              null,
              null)
          .with(new Validation(4, List.of(new LossShare("all", "all", 2, 4, 3)), List.of()));

  private static Map<String, Double> fetched(JavaSparkContext spark)
      throws IOException, InterruptedException {
    URI uri = URI.create(spark.sc().uiWebUrl().get() + "/metrics/prometheus/");
    String text =
        HttpClient.newHttpClient()
            .send(HttpRequest.newBuilder(uri).build(), BodyHandlers.ofString())
            .body();
    Map<String, Double> gauges = new TreeMap<>();
    for (Matcher gauge = GAUGE.matcher(text); gauge.find(); ) {
      gauges.put(gauge.group(1), Double.valueOf(gauge.group(2)));
    }
    return gauges;
  }

  @Test
  void prometheus_gets_the_step_that_rank_0_is_at() throws Exception {
    SparkConf conf =
        new SparkConf()
            .setMaster("local[1]")
            .setAppName("metrics")
            .set("spark.driver.host", "127.0.0.1")
            .set("spark.driver.bindAddress", "127.0.0.1")
            .set("spark.executor.heartbeatInterval", "100ms")
            .set("spark.ui.enabled", "true")
            .set("spark.ui.port", "0")
            .set("spark.plugins", StepMetricsPlugin.class.getName())
            .set(
                "spark.metrics.conf.*.sink.prometheusServlet.class",
                "org.apache.spark.metrics.sink.PrometheusServlet")
            .set("spark.metrics.conf.*.sink.prometheusServlet.path", "/metrics/prometheus");
    try (JavaSparkContext spark = new JavaSparkContext(conf)) {
      assertThat(fetched(spark)).containsEntry("loss", Double.NaN);
      ProgressAccumulator progress = new ProgressAccumulator();
      spark.sc().register(progress, "progress");
      var task =
          spark
              .parallelize(List.of(1), 1)
              .map(
                  one -> {
                    progress.add(STEP);
                    TimeUnit.SECONDS.sleep(2);
                    return one;
                  })
              .collectAsync();
      Map<String, Double> gauges = fetched(spark);
      while (gauges.get("loss").isNaN() && !task.isDone()) {
        TimeUnit.MILLISECONDS.sleep(50);
        gauges = fetched(spark);
      }
      assertThat(gauges)
          .containsExactlyInAnyOrderEntriesOf(
              Map.ofEntries(
                  Map.entry("steps_done", 10.0),
                  Map.entry("loss", 1.25),
                  Map.entry("validation_loss", 0.75),
                  Map.entry("lr", 1e-3),
                  Map.entry("gradient_norm", 0.5),
                  Map.entry("skipped_steps", 2.0),
                  Map.entry("step_seconds", 0.5),
                  Map.entry("tokens_per_second", 2000.0),
                  Map.entry("samples_per_second", 16.0),
                  Map.entry("model_flops_per_second", 4e9),
                  Map.entry("data_wait_share", 0.1),
                  Map.entry("exchange_wait_share", 0.2),
                  Map.entry("memory_bytes", 700.0),
                  Map.entry("peak_memory_bytes", 900.0),
                  Map.entry("heap_bytes", 300.0)));
      task.get();
    }
  }
}
