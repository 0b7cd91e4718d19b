package org.clapperboard.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.clapperboard.config.BadConfig;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Ranks get their GPUs from Spark, on hosts that have none. */
@ExtendWith(World.Shared.class)
class GpuRanksIT {
  private static final String GIVEN =
      "--conf spark.executor.resource.gpu.amount=1 --conf spark.task.resource.gpu.amount=1";

  @TempDir private Path folder;

  @Test
  void the_address_that_a_discovery_script_prints_reaches_the_rank(World world) throws IOException {
    Path script = script("gpus.sh", "echo '{\"name\": \"gpu\", \"addresses\": [\"613\"]}'");
    // Workers have no other way to get options here; every JVM reads this one.
    Map<String, String> cluster =
        Map.of(
            "CLAPPERBOARD_WORKERS",
            "1",
            "JAVA_TOOL_OPTIONS",
            "-Dspark.worker.resource.gpu.amount=1 -Dspark.worker.resource.gpu.discoveryScript="
                + script,
            "SPARK_ARGS",
            GIVEN);
    List<String> arguments =
        world.arguments("joint", world.run("on-gpu"), "cluster.ranks=1", "cluster.device=gpu");
    Jobs.Ended ended = world.jobs().start(cluster, "train.sh", arguments).await();
    assertThat(ended.err())
        .containsPattern("cluster.device  is gpu, but rank 0 cannot use GPU 613: \\w+")
        .contains(
            ". Build with mvn -Pcuda and give the engine a libtorch for CUDA"
                + " (PYTORCH_LIBRARY_PATH), or set it to cpu.")
        .doesNotContain("This is a bug");
    assertThat(ended.exitCode()).isEqualTo(2);
  }

  @Test
  void a_spark_that_hands_out_no_gpus_is_refused_before_ranks_start(World world) {
    Path run = world.run("no-gpus");
    assertThatThrownBy(() -> world.train("joint", run, "cluster.ranks=2", "cluster.device=gpu"))
        .isInstanceOf(BadConfig.class)
        .hasMessage(
            """
            spark.executor.resource.gpu.amount  is not set (expected: 1). With cluster.device: gpu every rank needs a GPU of its own from Spark, which jobs/gpus.sh finds: name it in spark.worker.resource.gpu.discoveryScript of standalone workers, elsewhere in spark.executor.resource.gpu.discoveryScript.
            spark.task.resource.gpu.amount  is not set (expected: 1). With cluster.device: gpu every rank needs a GPU of its own from Spark, which jobs/gpus.sh finds: name it in spark.worker.resource.gpu.discoveryScript of standalone workers, elsewhere in spark.executor.resource.gpu.discoveryScript.
            2 problems; nothing was started.""");
    assertThat(run.resolve("joint")).doesNotExist();
  }

  @Test
  void the_discovery_script_prints_what_the_driver_counts() throws Exception {
    script(
        "nvidia-smi", "[[ $* == '--query-gpu=index --format=csv,noheader' ]] && printf '0\\n1\\n'");
    assertThat(found(folder + ":" + System.getenv("PATH")).out())
        .isEqualTo("{\"name\": \"gpu\", \"addresses\": [\"0\",\"1\"]}\n");
  }

  @Test
  void a_host_without_the_driver_has_no_gpus_and_says_why() {
    Jobs.Ended ended = found(folder.toString());
    assertThat(ended.err())
        .isEqualTo("Cannot find GPUs: there is no nvidia-smi (it comes with NVIDIA's driver).\n");
    assertThat(ended.exitCode()).isEqualTo(1);
  }

  private Jobs.Ended found(String path) {
    return new Jobs(folder.resolve("logs"))
        .start(Map.of("PATH", path), "gpus.sh", List.of())
        .await();
  }

  private Path script(String name, String body) throws IOException {
    Path file = Files.writeString(folder.resolve(name), "#!/usr/bin/env bash\n" + body + "\n");
    assertThat(file.toFile().setExecutable(true)).isTrue();
    return file;
  }
}
