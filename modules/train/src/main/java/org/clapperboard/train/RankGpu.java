package org.clapperboard.train;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.spark.SparkConf;
import org.apache.spark.resource.ResourceInformation;
import org.clapperboard.config.BadConfig;
import org.clapperboard.config.Problem;
import org.clapperboard.model.engine.TorchEngine;

/**
 * The GPU of a rank. Spark hands GPUs out: it knows which ones an executor has and gives each task
 * addresses of its own, so that ranks of one host never share one.
 */
final class RankGpu {
  private static final String KEY = "cluster.device";
  private static final String RESOURCE = "gpu";

  /** What Spark has to be told, with the value for one GPU per rank. */
  private static final Map<String, String> NEEDED =
      new TreeMap<>(
          Map.of("spark.executor.resource.gpu.amount", "1", "spark.task.resource.gpu.amount", "1"));

  private RankGpu() {}

  /** What a Spark lacks that is to give every rank a GPU. */
  static List<Problem> problems(SparkConf spark) {
    List<Problem> problems = new ArrayList<>();
    NEEDED.forEach(
        (setting, value) -> {
          String found = spark.get(setting, "not set");
          if (!found.equals(value)) {
            problems.add(
                Problem.of(
                    setting,
                    "is "
                        + found
                        + " (expected: "
                        + value
                        + "). With cluster.device: gpu every rank needs a GPU of its own from Spark, which"
                        + " jobs/gpus.sh finds: name it in spark.worker.resource.gpu.discoveryScript"
                        + " of standalone workers, elsewhere in"
                        + " spark.executor.resource.gpu.discoveryScript."));
          }
        });
    return problems;
  }

  /**
   * The first of the addresses that Spark gave to this task, a number as CUDA counts devices.
   *
   * @throws BadConfig if there is none, or the tensor engine cannot use it
   */
  static int of(Map<String, ResourceInformation> resources, int rank) {
    ResourceInformation given = resources.get(RESOURCE);
    if (given == null || given.addresses().length == 0) {
      throw bad("is gpu, but Spark gave rank " + rank + " none (expected: an address of one)");
    }
    String address = given.addresses()[0];
    if (!address.matches("\\d{1,4}")) {
      throw bad(
          "is gpu, but Spark gave rank "
              + rank
              + " the address \""
              + address
              + "\" (expected: a number, such as jobs/gpus.sh finds)");
    }
    int gpu = Integer.parseInt(address);
    TorchEngine.lackingFor(gpu)
        .ifPresent(
            why -> {
              throw bad(
                  "is gpu, but rank "
                      + rank
                      + " cannot use GPU "
                      + gpu
                      + ": "
                      + why
                      + ". Build with mvn -Pcuda and give the engine a libtorch for CUDA"
                      + " (PYTORCH_LIBRARY_PATH), or set it to cpu");
            });
    return gpu;
  }

  private static BadConfig bad(String text) {
    return new BadConfig(List.of(Problem.of(KEY, text + ".")));
  }
}
