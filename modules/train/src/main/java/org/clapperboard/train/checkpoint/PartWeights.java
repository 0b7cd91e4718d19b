package org.clapperboard.train.checkpoint;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.clapperboard.data.storage.Folder;
import org.clapperboard.data.storage.LocalCopy;
import org.clapperboard.model.Part;
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
   * Opens the weights of a part, which stay open while the reader works. A file that it has mapped
   * is there for it afterwards too.
   *
   * @throws org.clapperboard.config.BadCheckpoint as in {@link #load}
   */
  public static void read(Folder run, WeightFile file, Consumer<TensorSource> reader) {
    String path = run.path(file.location()).toString();
    try (LocalCopy copy = LocalCopy.of(path, run.configuration(), file.sha256())) {
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
    try (HashingStream out =
        new HashingStream(new BufferedOutputStream(weights.create(name), 1 << 20))) {
      writer.write(out, Map.of("format", "pt", "stage", stage));
      return new WeightFile(stage + "/weights/" + name, out.hash(), stage);
    }
  }
}
