package org.clapperboard.train.checkpoint;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.clapperboard.data.storage.Folder;
import org.clapperboard.data.storage.LocalCopy;
import org.clapperboard.model.AdapterFolder;
import org.clapperboard.model.Part;
import org.clapperboard.model.adapter.Lora;
import org.clapperboard.model.adapter.LoraConfig;
import org.clapperboard.model.adapter.MergedTensors;
import org.clapperboard.model.weights.Dtype;
import org.clapperboard.model.weights.ParameterSpec;
import org.clapperboard.model.weights.Parameters;
import org.clapperboard.model.weights.Safetensors;
import org.clapperboard.model.weights.SafetensorsWriter;
import org.clapperboard.model.weights.TensorSource;

/** The weights of single parts, handed over between stages. */
public final class PartWeights {
  private PartWeights() {}

  /**
   * Loads the weights of a part.
   *
   * @param run folder of the run, which relative locations are below
   * @throws org.clapperboard.config.BadCheckpoint if the file cannot be read, was changed, or does
   *     not fit
   */
  public static void load(Parameters parameters, Folder run, WeightFile file) {
    read(run, file, parameters::load);
  }

  /**
   * Opens the weights of a part with its adapter added, if it has one. They stay open while the
   * reader works. A file that it has mapped is there for it afterwards too.
   *
   * @throws org.clapperboard.config.BadCheckpoint as in {@link #load}
   */
  public static void read(Folder run, WeightFile file, Consumer<TensorSource> reader) {
    if (file.adapter() == null) {
      read(run, file.location(), file.sha256(), reader);
      return;
    }
    LoraConfig lora = file.adapter().lora();
    read(
        run,
        file.with(null),
        base ->
            read(
                run,
                file.adapter(),
                matrices ->
                    reader.accept(MergedTensors.of(base, matrices, lora.rank(), lora.factor()))));
  }

  /**
   * Opens the matrices of an adapter.
   *
   * @throws org.clapperboard.config.BadCheckpoint as in {@link #load}
   */
  public static void read(Folder run, AdapterFile file, Consumer<TensorSource> reader) {
    read(run, file.location(), file.sha256(), reader);
  }

  private static void read(
      Folder run, String location, String sha256, Consumer<TensorSource> reader) {
    String path = run.path(location).toString();
    try (LocalCopy copy = LocalCopy.of(path, run.configuration(), sha256)) {
      reader.accept(Safetensors.open(copy.path()));
    }
  }

  /**
   * Writes the weights of a part into the folder of a stage: as BF16 if the source has all of them
   * so, else as F32.
   */
  public static WeightFile write(
      List<ParameterSpec> specs, TensorSource source, Folder run, String stage, Part part)
      throws IOException {
    boolean half = specs.stream().allMatch(spec -> source.dtype(spec.name()) == Dtype.BF16);
    SafetensorsWriter writer = new SafetensorsWriter(half ? Dtype.BF16 : Dtype.F32);
    specs.forEach(spec -> writer.add(spec.name(), source));
    String name = part.key() + ".safetensors";
    Folder weights = run.folder(stage).folder("weights");
    String hash = write(writer, weights, name, Map.of("format", "pt", "stage", stage));
    return new WeightFile(stage + "/weights/" + name, hash, stage);
  }

  private static String write(
      SafetensorsWriter writer, Folder folder, String name, Map<String, String> metadata)
      throws IOException {
    try (HashingStream out =
        new HashingStream(new BufferedOutputStream(folder.create(name), 1 << 20))) {
      writer.write(out, metadata);
      return out.hash();
    }
  }

  /** What the adapter of a part is called in folders and checkpoints. */
  public static String adapter(Part part) {
    return part.key() + "-adapter";
  }

  /**
   * Writes the adapter of a part into the folder of a stage, as a folder in PEFT's layout.
   *
   * @param matrices all of it, in float32
   * @param specs of the part
   * @param base the weights that it belongs to
   * @param baseName what its configuration names as such
   */
  public static AdapterFile write(
      TensorSource matrices,
      LoraConfig lora,
      List<ParameterSpec> specs,
      WeightFile base,
      String baseName,
      Folder run,
      String stage,
      Part part)
      throws IOException {
    Folder folder = run.folder(stage).folder("weights").folder(adapter(part));
    SafetensorsWriter writer = new SafetensorsWriter(Dtype.F32);
    Lora.specs(lora, specs).forEach(spec -> writer.add(spec.name(), matrices));
    Map<String, String> metadata =
        Map.of("format", "pt", "stage", stage, "base_sha256", base.sha256());
    String hash = write(writer, folder, AdapterFolder.WEIGHTS, metadata);
    try (OutputStream out = folder.create(AdapterFolder.CONFIG)) {
      out.write(AdapterFolder.config(lora, Lora.targets(lora, specs), baseName));
    }
    String location = stage + "/weights/" + adapter(part) + "/" + AdapterFolder.WEIGHTS;
    return new AdapterFile(location, hash, stage, lora);
  }
}
