package org.clapperboard.app;

import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.SparkConf;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.deploy.SparkHadoopUtil;
import org.clapperboard.config.BadConfig;
import org.clapperboard.config.Problem;
import org.clapperboard.train.StepMetricsPlugin;

/** Starts Spark with what Clapperboard needs of it, and says at once what would go wrong later. */
public final class SparkStart {
  private static final String PROMETHEUS = "spark.metrics.conf.*.sink.prometheusServlet.";

  private SparkStart() {}

  /**
   * Hadoop's settings as a context has them, for what is read before one starts or without one.
   * Hadoop keeps a file system as it was first reached: reached without the settings for a store,
   * it would lack them ever after.
   */
  public static Configuration hadoop() {
    return SparkHadoopUtil.get().newConfiguration(new SparkConf());
  }

  private static JavaSparkContext started(SparkConf conf) {
    return Waiting.during(
        new Console(),
        "Starting Spark on " + conf.get("spark.master"),
        () -> new JavaSparkContext(conf));
  }

  /** A context for a command. Settings given to spark-submit win. */
  public static JavaSparkContext context(String command) {
    SparkConf conf =
        new SparkConf()
            .setIfMissing("spark.app.name", "clapperboard " + command)
            .setIfMissing("spark.master", "local[*]")
            // A barrier stage waits for its slots by asking again: soon, not in 15 seconds.
            .setIfMissing("spark.scheduler.barrier.maxConcurrentTasksCheck.interval", "2s")
            // Progress travels with heartbeats.
            .setIfMissing("spark.executor.heartbeatInterval", "2s")
            .setIfMissing("spark.ui.showConsoleProgress", "false")
            // Where Prometheus finds the metrics of a driver that has a page at all.
            .setIfMissing(PROMETHEUS + "class", "org.apache.spark.metrics.sink.PrometheusServlet")
            .setIfMissing(PROMETHEUS + "path", "/metrics/prometheus");
    String plugins = conf.get("spark.plugins", "");
    String own = StepMetricsPlugin.class.getName();
    conf.set("spark.plugins", plugins.isEmpty() ? own : plugins + "," + own);
    SparkMaster.require(conf.get("spark.master"));
    JavaSparkContext spark = started(conf);
    spark.setLogLevel("WARN");
    if (!spark.version().startsWith("4.")) {
      String version = spark.version();
      spark.close();
      throw new BadConfig(
          List.of(
              Problem.of(
                  "SPARK_HOME",
                  "has Spark "
                      + version
                      + " (expected: Spark 4.x for Scala 2.13). Unset SPARK_HOME to use the"
                      + " embedded one.")));
    }
    return spark;
  }
}
