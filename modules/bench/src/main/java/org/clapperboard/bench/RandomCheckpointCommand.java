package org.clapperboard.bench;

import java.io.IOException;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.concurrent.Callable;
import org.clapperboard.app.Console;
import org.clapperboard.app.WeightFormat;
import org.clapperboard.config.ConfigFile;
import org.clapperboard.model.ModelExport;
import org.clapperboard.model.ModelFolder;
import org.clapperboard.model.Part;
import org.clapperboard.model.weights.Dtype;
import org.clapperboard.train.config.StageConfig;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code jobs/bench.sh random-checkpoint}. */
@Command(
    name = "random-checkpoint",
    mixinStandardHelpOptions = true,
    description =
        "Writes a checkpoint of the true shape of a model with random weights: config.json, "
            + "safetensors under the reference's names, and a tokenizer of the demo's words and "
            + "numbered ones. Weights are drawn while they are written: it takes as much disk as the "
            + "model, and hardly any memory.",
    footer = {
      "  jobs/bench.sh random-checkpoint conf/demo/stage6-av-joint.yaml --to random",
      "  jobs/bench.sh random-checkpoint config.json --dtype fp32 --to random"
    })
final class RandomCheckpointCommand implements Callable<Integer> {
  @Parameters(
      index = "0",
      paramLabel = "FILE",
      description = "A stage file that has the model, or a model's config.json.")
  private Path file;

  @Option(
      names = "--to",
      required = true,
      paramLabel = "FOLDER",
      description = "Folder to write to.")
  private Path to;

  @Option(
      names = "--seed",
      paramLabel = "N",
      defaultValue = "1",
      description = "Seed of the weights. Default: ${DEFAULT-VALUE}.")
  private long seed;

  @Option(
      names = "--dtype",
      paramLabel = "TYPE",
      defaultValue = "bf16",
      converter = WeightFormat.DtypeOption.class,
      description = "Type of the weights: bf16, or fp32 with twice the size. Default: bf16.")
  private Dtype dtype;

  @Option(
      names = "--shard-size",
      paramLabel = "SIZE",
      defaultValue = "5GB",
      converter = WeightFormat.SizeOption.class,
      description = "Largest file of weights, such as 500MB or 5GB. Default: ${DEFAULT-VALUE}.")
  private long shardBytes;

  private final Console console = new Console();

  @Override
  public Integer call() throws IOException {
    long start = System.nanoTime();
    RandomCheckpoint checkpoint = checkpoint();
    checkpoint.write(to, new ModelExport(EnumSet.allOf(Part.class), dtype, shardBytes));
    double gigabytes = AskBench.weightBytes(ModelFolder.open(to)) / 1e9;
    double seconds = (System.nanoTime() - start) / 1e9;
    console.line("%s: %.1f GB of weights in %.0f s", to, gigabytes, seconds);
    return 0;
  }

  private RandomCheckpoint checkpoint() {
    if (file.endsWith("config.json")) {
      ModelFolder like = ModelFolder.open(file.toAbsolutePath().getParent());
      return new RandomCheckpoint(like.model(), like.shown(), seed);
    }
    StageConfig stage = ConfigFile.read(file, List.of(), StageConfig::read);
    ModelFolder.Shown shown =
        new ModelFolder.Shown(
            stage.data().frames(), ModelFolder.Aspect.PAD, ModelFolder.SoundShape.PAPER, 30);
    return new RandomCheckpoint(stage.model(), shown, seed);
  }
}
