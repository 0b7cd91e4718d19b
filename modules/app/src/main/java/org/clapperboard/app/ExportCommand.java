package org.clapperboard.app;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import org.apache.hadoop.conf.Configuration;
import org.clapperboard.config.BadCheckpoint;
import org.clapperboard.config.BadData;
import org.clapperboard.data.shard.PreparedDataset;
import org.clapperboard.data.storage.Folder;
import org.clapperboard.media.SoundShape;
import org.clapperboard.media.pixels.Preprocess;
import org.clapperboard.model.AdapterFolder;
import org.clapperboard.model.ModelExport;
import org.clapperboard.model.ModelFolder;
import org.clapperboard.model.Part;
import org.clapperboard.model.VideoLlama2;
import org.clapperboard.model.engine.TorchEngine;
import org.clapperboard.model.weights.Dtype;
import org.clapperboard.model.weights.SafetensorsWriter;
import org.clapperboard.train.StagePlan;
import org.clapperboard.train.checkpoint.AdapterFile;
import org.clapperboard.train.checkpoint.PartWeights;
import org.clapperboard.train.checkpoint.StageResult;
import org.clapperboard.train.checkpoint.WeightFile;
import org.clapperboard.train.config.StageConfig;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code jobs/export.sh}: a finished stage as a model folder. */
@Command(
    name = "jobs/export.sh",
    mixinStandardHelpOptions = true,
    description = {
      "Writes the model of a finished stage as a folder in the Hugging Face layout: config.json,",
      "tokenizer, safetensors under the reference's names, and a README.md that says where every",
      "part comes from. Some parts alone go into a file each, such as mm_projector.safetensors.",
      "Adapters are added to the weights of their parts, in 4-byte floats, before those are rounded."
    },
    footer = {
      "  jobs/export.sh conf/demo/stage6-av-joint.yaml --to my-model",
      "  jobs/export.sh my-stage.yaml --parts vision-connector --format bin --to connector"
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
    Configuration hadoop = SparkStart.hadoop();
    StagePlan plan = StagePlan.of(file.load("stage"), hadoop);
    StageConfig config = plan.config();
    StageResult result = StageResult.in(Folder.of(config.folder(), hadoop));
    if (result == null) {
      throw new BadCheckpoint(
          "Cannot export " + config.stage() + ": it is not finished in " + config.folder() + ".");
    }
    Map<Part, AdapterFile> adapters = options.adapters() ? adapters(config, result) : Map.of();
    ModelExport export = options.of(config.learning(), adapters.keySet());
    Folder run = Folder.of(config.run(), hadoop);
    TorchEngine.start(config.cluster().threads());
    Waiting waiting = Waiting.on(console, "Writing " + to, WrittenBytes.in(to));
    try (waiting;
        VideoLlama2 model = VideoLlama2.allocate(config.model())) {
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
      String card = ModelCard.of(config, result, export, options.adapters(), hadoop);
      export.write(to, model, shown(plan), Path.of(config.tokenizer()), card);
      for (Map.Entry<Part, AdapterFile> adapter : adapters.entrySet()) {
        // PEFT, too, has one adapter in the folder itself and several in folders inside.
        Path folder = adapters.size() == 1 ? to : to.resolve(adapter.getKey().key());
        write(run, adapter.getValue(), export.dtype(), folder);
      }
    }
    console.line("The model is in %s", to);
    return 0;
  }

  private static Map<Part, AdapterFile> adapters(StageConfig config, StageResult result) {
    Map<Part, AdapterFile> adapters = new EnumMap<>(Part.class);
    for (Part part : config.model().specs().keySet()) {
      WeightFile weights = result.parts().get(part.key());
      if (weights != null && weights.adapter() != null) {
        adapters.put(part, weights.adapter());
      }
    }
    if (adapters.isEmpty()) {
      throw new BadCheckpoint(
          "Cannot export the adapters of " + config.stage() + ": it hands over none.");
    }
    return adapters;
  }

  private static void write(Folder run, AdapterFile adapter, Dtype dtype, Path folder)
      throws IOException {
    Files.createDirectories(folder);
    PartWeights.read(
        run,
        adapter,
        matrices -> {
          Path file = folder.resolve(AdapterFolder.WEIGHTS);
          try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(file))) {
            new SafetensorsWriter(dtype).add(matrices).write(out, Map.of("format", "pt"));
          } catch (IOException e) {
            throw new UncheckedIOException(e);
          }
        });
    String config = adapter.location().replace(AdapterFolder.WEIGHTS, AdapterFolder.CONFIG);
    Files.write(folder.resolve(AdapterFolder.CONFIG), run.read(config));
  }

  /** What preparation made of media, and so what the model has learned from. */
  private record Prepared(Preprocess picture, SoundShape sound, double soundSeconds) {}

  private static ModelFolder.Shown shown(StagePlan plan) {
    Map<Prepared, String> ways = new LinkedHashMap<>();
    for (StagePlan.StreamData stream : plan.streams()) {
      for (PreparedDataset dataset : stream.datasets()) {
        ways.putIfAbsent(
            new Prepared(dataset.picture(), dataset.sound(), dataset.soundSeconds()),
            dataset.name());
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
        switch (way.sound()) {
          case PAPER -> ModelFolder.SoundShape.PAPER;
          case REFERENCE -> ModelFolder.SoundShape.REFERENCE;
        },
        (int) way.soundSeconds());
  }
}
