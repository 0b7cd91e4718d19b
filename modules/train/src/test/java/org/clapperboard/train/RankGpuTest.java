package org.clapperboard.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import org.apache.spark.SparkConf;
import org.apache.spark.resource.ResourceInformation;
import org.clapperboard.config.BadConfig;
import org.clapperboard.config.Problem;
import org.junit.jupiter.api.Test;

class RankGpuTest {

  @Test
  void ranks_share_no_gpu_and_have_no_second_one() {
    SparkConf spark =
        new SparkConf(false)
            .set("spark.executor.resource.gpu.amount", "2")
            .set("spark.task.resource.gpu.amount", "0.5");
    assertThat(RankGpu.problems(spark))
        .extracting(Problem::toString)
        .satisfiesExactly(
            first ->
                assertThat(first)
                    .startsWith("spark.executor.resource.gpu.amount  is 2 (expected: 1). With "),
            second ->
                assertThat(second)
                    .startsWith("spark.task.resource.gpu.amount  is 0.5 (expected: 1). With "));
    spark.set("spark.executor.resource.gpu.amount", "1").set("spark.task.resource.gpu.amount", "1");
    assertThat(RankGpu.problems(spark)).isEmpty();
  }

  @Test
  void a_task_without_an_address_or_with_another_kind_of_one_is_refused() {
    assertThatThrownBy(() -> RankGpu.of(Map.of(), 3))
        .isInstanceOf(BadConfig.class)
        .hasMessageStartingWith(
            "cluster.device  is gpu, but Spark gave rank 3 none (expected: an address of one).\n");
    ResourceInformation named = new ResourceInformation("gpu", new String[] {"GPU-4b1c"});
    assertThatThrownBy(() -> RankGpu.of(Map.of("gpu", named), 3))
        .isInstanceOf(BadConfig.class)
        .hasMessageStartingWith(
            "cluster.device  is gpu, but Spark gave rank 3 the address \"GPU-4b1c\" (expected: a"
                + " number, such as jobs/gpus.sh finds).\n");
  }
}
