package org.clapperboard.app;

import java.util.Set;
import java.util.TreeSet;
import org.apache.hadoop.conf.Configuration;
import org.clapperboard.data.storage.Folder;
import org.clapperboard.model.ModelExport;
import org.clapperboard.model.Part;
import org.clapperboard.model.adapter.LoraConfig;
import org.clapperboard.model.weights.Dtype;
import org.clapperboard.train.checkpoint.AdapterFile;
import org.clapperboard.train.checkpoint.StageResult;
import org.clapperboard.train.checkpoint.WeightFile;
import org.clapperboard.train.config.DataConfig.StreamConfig;
import org.clapperboard.train.config.StageConfig;
import org.clapperboard.train.config.WeightOrigin;

/** The README.md of an exported model: what it is and where everything in it comes from. */
final class ModelCard {
  private final StringBuilder text = new StringBuilder();
  private final boolean asFolders;

  private ModelCard(boolean asFolders) {
    this.asFolders = asFolders;
  }

  /**
   * The card of a finished stage's model.
   *
   * @param asFolders whether adapters are folders of their own and not added
   */
  static String of(
      StageConfig config,
      StageResult result,
      ModelExport export,
      boolean asFolders,
      Configuration hadoop) {
    ModelCard card = new ModelCard(asFolders);
    card.line("---");
    card.line("library_name: transformers");
    card.line("pipeline_tag: video-text-to-text");
    card.line("---");
    card.line("");
    card.line("# " + config.stage());
    card.line("");
    card.line("A VideoLLaMA 2 model, trained with Clapperboard.");
    card.parts(config, result, export);
    card.stages(config, result, hadoop);
    card.data(config);
    return card.text.toString();
  }

  private void parts(StageConfig config, StageResult result, ModelExport export) {
    line("");
    line("| part | written by | SHA-256 of the trained weights | in this folder |");
    line("|---|---|---|---|");
    for (Part part : config.model().specs().keySet()) {
      WeightFile weights = result.parts().get(part.key());
      String from = weights == null ? "no stage" : weights.stage();
      WeightOrigin origin = config.origin(part);
      if (origin.kind() == WeightOrigin.Kind.CHECKPOINT && !config.train().contains(part)) {
        from = (origin.isAdapter() ? "merged from " : "unchanged from ") + origin.place();
      }
      row(
          part.key(),
          from,
          weights == null ? "" : weights.sha256(),
          export.parts().contains(part) ? "yes" : "no");
    }
    adapters(result);
    line("");
    line(
        export.dtype() == Dtype.F32
            ? "Weights are written as they were trained, in 4-byte floats."
            : "Weights were rounded from 4-byte floats to bfloat16.");
    if (!export.parts().containsAll(config.model().specs().keySet())) {
      line(
          "Some parts are left out. Where the reference wants a `.bin`, make it of the file here:");
      line(
          "`torch.save(safetensors.torch.load_file(\"mm_projector.safetensors\"),"
              + " \"mm_projector.bin\")`.");
    }
  }

  private void adapters(StageResult result) {
    if (result.parts().values().stream().allMatch(weights -> weights.adapter() == null)) {
      return;
    }
    line("");
    line("| adapter of | trained by | rank | alpha | dropout | linear layers | SHA-256 | added |");
    line("|---|---|---:|---:|---:|---|---|---|");
    result
        .parts()
        .forEach(
            (part, weights) -> {
              AdapterFile adapter = weights.adapter();
              if (adapter != null) {
                LoraConfig lora = adapter.lora();
                row(
                    part,
                    adapter.stage(),
                    Integer.toString(lora.rank()),
                    Double.toString(lora.alpha()),
                    Double.toString(lora.dropout()),
                    lora.targetModules().isEmpty()
                        ? "all but gates"
                        : String.join(", ", lora.targetModules()),
                    adapter.sha256(),
                    asFolders ? "no: it is a folder of its own" : "yes, in 4-byte floats");
              }
            });
  }

  private void stages(StageConfig config, StageResult result, Configuration hadoop) {
    Folder run = Folder.of(config.run(), hadoop);
    Set<String> names = new TreeSet<>();
    result.parts().values().forEach(weights -> names.add(weights.stage()));
    result.parts().values().forEach(weights -> names.add(weights.lastStage()));
    names.add(config.stage());
    line("");
    line("| stage | steps | SHA-256 of its configuration, data and starting weights |");
    line("|---|---|---|");
    for (String name : names) {
      StageResult stage = name.equals(config.stage()) ? result : StageResult.in(run.folder(name));
      if (stage != null) {
        row(name, Long.toString(stage.steps()), stage.inputs());
      }
    }
  }

  private void data(StageConfig config) {
    line("");
    line("Data of " + config.stage() + ", seed " + config.seed() + ":");
    line("");
    line("| stream | share | datasets |");
    line("|---|---|---|");
    for (StreamConfig stream : config.data().streams()) {
      row(stream.name(), Integer.toString(stream.share()), String.join(", ", stream.datasets()));
    }
  }

  private void row(String... cells) {
    line("| " + String.join(" | ", cells) + " |");
  }

  private void line(String line) {
    text.append(line).append('\n');
  }
}
