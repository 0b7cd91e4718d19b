package org.clapperboard.app;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.ProcessBuilder.Redirect;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.apache.spark.api.java.JavaSparkContext;

/**
 * The cluster that the scripts start on one machine, kept for as long as tests need it, with a
 * driver in this process. Its executors are started once instead of once for every script.
 */
final class Cluster implements AutoCloseable {
  private final Process script;
  private final JavaSparkContext spark;

  private Cluster(Process script, JavaSparkContext spark) {
    this.script = script;
    this.spark = spark;
  }

  /** Starts a master, workers with an executor each, and a driver. */
  static Cluster start(int workers) {
    String body =
        "source jobs/common.sh; choose_spark; start_cluster; echo $SPARK_MASTER; read -r _ || :";
    ProcessBuilder builder =
        new ProcessBuilder("bash", "-c", body)
            .directory(Jobs.REPOSITORY.toFile())
            .redirectError(Redirect.INHERIT);
    builder.environment().remove("SPARK_HOME");
    builder.environment().put("CLAPPERBOARD_WORKERS", String.valueOf(workers));
    try {
      Process script = builder.start();
      BufferedReader out = script.inputReader();
      settings(out.readLine()).forEach(System::setProperty);
      return new Cluster(script, SparkStart.context("acceptance tests"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** What the scripts hand to spark-submit. */
  private static Map<String, String> settings(String master) {
    String target = Jobs.REPOSITORY.resolve("modules/app/target").toString();
    String cache = System.getenv("ENGINE_CACHE_DIR");
    String engine = "-Dorg.bytedeco.javacpp.cachedir=" + cache + "/javacpp -Xss4m";
    return Map.ofEntries(
        Map.entry("spark.master", master),
        Map.entry("spark.driver.host", "127.0.0.1"),
        Map.entry("spark.driver.bindAddress", "127.0.0.1"),
        Map.entry(
            "spark.executor.extraClassPath", target + "/clapperboard.jar:" + target + "/lib/*"),
        Map.entry("spark.executor.defaultJavaOptions", engine),
        Map.entry("spark.executor.extraJavaOptions", Jobs.COMPILER),
        Map.entry("spark.executorEnv.ENGINE_CACHE_DIR", cache),
        Map.entry("spark.executorEnv.OMP_NUM_THREADS", "1"),
        Map.entry("spark.executor.cores", "1"),
        Map.entry("spark.executor.memory", "1g"),
        Map.entry("spark.sql.shuffle.partitions", "1"),
        Map.entry("spark.ui.enabled", "false"));
  }

  JavaSparkContext spark() {
    return spark;
  }

  /** The executors' processes. */
  List<ProcessHandle> executors() {
    String application = spark.sc().applicationId();
    return Jvms.of(script, command -> command.contains(application));
  }

  @Override
  public void close() {
    spark.close();
    try {
      // The script waits for a line; at the end of its input it stops the cluster.
      script.outputWriter().close();
      if (!script.waitFor(30, TimeUnit.SECONDS)) {
        script.destroyForcibly();
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
