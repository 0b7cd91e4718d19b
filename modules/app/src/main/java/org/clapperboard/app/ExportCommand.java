package org.clapperboard.app;

import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.apache.hadoop.conf.Configuration;
import org.clapperboard.config.BadCheckpoint;
import org.clapperboard.data.storage.Folder;
import org.clapperboard.model.ModelFolder;
import org.clapperboard.model.VideoLlama2;
import org.clapperboard.model.engine.TorchEngine;
import org.clapperboard.train.checkpoint.PartWeights;
import org.clapperboard.train.checkpoint.StageResult;
import org.clapperboard.train.checkpoint.WeightFile;
import org.clapperboard.train.config.StageConfig;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code jobs/export.sh}: a finished stage as a model folder. */
@Command(
    name = "export",
    mixinStandardHelpOptions = true,
    description = {
      "Writes the model of a finished stage as a folder in the Hugging Face layout: config.json,",
      "tokenizer, safetensors under the reference's names, and a README.md that says where every",
      "part comes from."
    })
public final class ExportCommand implements Callable<Integer> {
  @Mixin private StageFileOption file;

  @Option(
      names = "--to",
      required = true,
      paramLabel = "FOLDER",
      description = "Folder to write to.")
  private Path to;

  @Option(
      names = "--sound-seconds",
      paramLabel = "N",
      defaultValue = "30",
      description = "Length that sounds were brought to. Default: ${DEFAULT-VALUE}.")
  private int soundSeconds;

  private final Console console = new Console();

  /** Runs the command. */
  public static void main(String... arguments) {
    App.run(new ExportCommand(), arguments);
  }

  @Override
  public Integer call() throws IOException {
    StageConfig config = file.load().read(StageConfig::read);
    Configuration hadoop = new Configuration();
    StageResult result = StageResult.in(Folder.of(config.folder(), hadoop));
    if (result == null) {
      throw new BadCheckpoint(
          "Cannot export " + config.stage() + ": it is not finished in " + config.folder() + ".");
    }
    TorchEngine.start(config.cluster().threads());
    try (VideoLlama2 model = VideoLlama2.allocate(config.model())) {
      Folder run = Folder.of(config.run(), hadoop);
      model
          .parameters()
          .forEach(
              (part, parameters) -> {
                WeightFile weights = result.parts().get(part.key());
                if (weights == null) {
                  throw new BadCheckpoint(
                      "Cannot export " + config.stage() + ": no stage has trained " + part + ".");
                }
                PartWeights.load(parameters, run, weights);
              });
      ModelFolder.write(
          to,
          model,
          config.data().frames(),
          soundSeconds,
          Path.of(config.tokenizer()),
          card(config, result));
    }
    console.line("The model is in %s", to);
    return 0;
  }

  private static String card(StageConfig config, StageResult result) {
    StringBuilder card = new StringBuilder("# " + config.stage() + "\n\n");
    card.append("A VideoLLaMA 2 model, trained with Clapperboard.\n\n");
    card.append("| part | trained last in | SHA-256 |\n|---|---|---|\n");
    result
        .parts()
        .forEach(
            (part, weights) ->
                card.append("| ")
                    .append(part)
                    .append(" | ")
                    .append(weights.stage())
                    .append(" | ")
                    .append(weights.sha256())
                    .append(" |\n"));
    card.append("\nInputs of the last stage: SHA-256 ").append(result.inputs());
    return card.append("\n").toString();
  }
}
