package org.clapperboard.app;

import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import org.apache.hadoop.conf.Configuration;
import org.clapperboard.config.BadCheckpoint;
import org.clapperboard.config.BadData;
import org.clapperboard.data.shard.PreparedDataset;
import org.clapperboard.data.storage.Folder;
import org.clapperboard.media.pixels.Preprocess;
import org.clapperboard.model.ModelExport;
import org.clapperboard.model.ModelFolder;
import org.clapperboard.model.VideoLlama2;
import org.clapperboard.model.engine.TorchEngine;
import org.clapperboard.train.StagePlan;
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
      "part comes from. Some parts alone go into a file each, such as mm_projector.safetensors."
    })
public final class ExportCommand implements Callable<Integer> {
  @Mixin private StageFileOption file;
  @Mixin private ExportOptions options;

  @Option(
      names = "--to",
      required = true,
      paramLabel = "FOLDER",
      description = "Folder to write to.")
  private Path to;

  private final Console console = new Console();

  /** Runs the command. */
  public static void main(String... arguments) {
    App.run(new ExportCommand(), arguments);
  }

  @Override
  public Integer call() throws IOException {
    Configuration hadoop = new Configuration();
    StagePlan plan = StagePlan.of(file.load(), hadoop);
    StageConfig config = plan.config();
    StageResult result = StageResult.in(Folder.of(config.folder(), hadoop));
    if (result == null) {
      throw new BadCheckpoint(
          "Cannot export " + config.stage() + ": it is not finished in " + config.folder() + ".");
    }
    ModelExport export = options.of(config.train());
    TorchEngine.start(config.cluster().threads());
    try (VideoLlama2 model = VideoLlama2.allocate(config.model())) {
      Folder run = Folder.of(config.run(), hadoop);
      model
          .parameters()
          .forEach(
              (part, parameters) -> {
                if (!export.parts().contains(part)) {
                  return;
                }
                WeightFile weights = result.parts().get(part.key());
                if (weights == null) {
                  throw new BadCheckpoint(
                      "Cannot export " + config.stage() + ": no stage has trained " + part + ".");
                }
                PartWeights.load(parameters, run, weights);
              });
      String card = ModelCard.of(config, result, export, hadoop);
      export.write(to, model, shown(plan), Path.of(config.tokenizer()), card);
    }
    console.line("The model is in %s", to);
    return 0;
  }

  /** What preparation made of media, and so what the model has learned from. */
  private record Prepared(Preprocess picture, double soundSeconds) {}

  private static ModelFolder.Shown shown(StagePlan plan) {
    Map<Prepared, String> ways = new LinkedHashMap<>();
    for (StagePlan.StreamData stream : plan.streams()) {
      for (PreparedDataset dataset : stream.datasets()) {
        ways.putIfAbsent(new Prepared(dataset.picture(), dataset.soundSeconds()), dataset.name());
      }
    }
    if (ways.size() != 1) {
      throw new BadData(
          "Cannot export "
              + plan.config().stage()
              + ": its prepared datasets have to agree on how media are shown to the model, but in "
              + plan.config().data().prepared()
              + (ways.isEmpty() ? " there is none." : " these do not: " + ways.values() + "."));
    }
    Prepared way = ways.keySet().iterator().next();
    return new ModelFolder.Shown(
        plan.config().data().frames(),
        switch (way.picture().aspect()) {
          case PAD -> ModelFolder.Aspect.PAD;
          case AS_IS -> ModelFolder.Aspect.SQUARE;
        },
        (int) way.soundSeconds());
  }
}
