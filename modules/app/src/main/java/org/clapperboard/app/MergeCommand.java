package org.clapperboard.app;

import java.io.IOException;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.clapperboard.model.AdapterFolder;
import org.clapperboard.model.ModelExport.SideFormat;
import org.clapperboard.model.ModelFolder;
import org.clapperboard.model.Part;
import org.clapperboard.model.VideoLlama2;
import org.clapperboard.model.WeightPlace;
import org.clapperboard.model.engine.TorchEngine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code jobs/merge.sh}: a model and an adapter as one model folder. */
@Command(
    name = "jobs/merge.sh",
    mixinStandardHelpOptions = true,
    description = {
      "Adds a low-rank adapter in PEFT's layout to a model and writes the sum as a model folder.",
      "Side files of the adapter's folder, such as non_lora_trainables.bin, take the place of the",
      "model's own parts. Nothing is written unless every matrix fits and every part is there."
    },
    footer = {
      "  jobs/merge.sh --model base --adapter lora --to merged",
      "  jobs/merge.sh --model base --adapter lora --to merged --dtype bf16"
    })
public final class MergeCommand implements Callable<Integer> {
  @Option(
      names = "--model",
      required = true,
      paramLabel = "FOLDER",
      description = "Model that the adapter belongs to.")
  private Path model;

  @Option(
      names = "--adapter",
      required = true,
      paramLabel = "FOLDER",
      description = "Folder with adapter_config.json.")
  private Path adapter;

  @Option(
      names = "--to",
      required = true,
      paramLabel = "FOLDER",
      description = "Folder to write to.")
  private Path to;

  @Mixin private WeightFormat format;

  private final Console console = new Console();

  /** Runs the command. */
  public static void main(String... arguments) {
    App.run(new MergeCommand(), arguments);
  }

  @Override
  public Integer call() throws IOException {
    ModelFolder base = ModelFolder.open(model);
    AdapterFolder opened = AdapterFolder.open(adapter);
    TorchEngine.start(Runtime.getRuntime().availableProcessors());
    Waiting waiting = Waiting.on(console, "Writing " + to, WrittenBytes.in(to));
    try (waiting;
        VideoLlama2 sum = VideoLlama2.allocate(base.model())) {
      WeightPlace.open(adapter, model).load(sum.parameters());
      format
          .of(EnumSet.allOf(Part.class), SideFormat.SAFETENSORS)
          .write(to, sum, base.shown(), model, card(opened));
    }
    console.line("The model is in %s", to);
    return 0;
  }

  private String card(AdapterFolder opened) {
    return String.format(
        Locale.ROOT,
        """
        ---
        library_name: transformers
        pipeline_tag: video-text-to-text
        ---

        # %s

        A VideoLLaMA 2 model: %s with the adapter %s of rank %d times %s, merged with Clapperboard.
        """,
        to.toAbsolutePath().getFileName(),
        model,
        adapter,
        opened.rank(),
        opened.factor());
  }
}
