package org.clapperboard.train.checkpoint;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.util.Map;
import org.clapperboard.data.storage.Folder;
import org.clapperboard.data.storage.LocalCopy;
import org.clapperboard.model.Part;
import org.clapperboard.model.weights.Dtype;
import org.clapperboard.model.weights.Parameters;
import org.clapperboard.model.weights.Safetensors;
import org.clapperboard.model.weights.SafetensorsWriter;

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
    String path = run.path(file.location()).toString();
    try (LocalCopy copy = LocalCopy.of(path, run.configuration(), file.sha256())) {
      parameters.load(Safetensors.open(copy.path()));
    }
  }

  /** Writes the weights of a part into the folder of a stage. */
  public static WeightFile write(Parameters parameters, Folder run, String stage, Part part)
      throws IOException {
    String name = part.key() + ".safetensors";
    Folder weights = run.folder(stage).folder("weights");
    try (HashingStream out =
        new HashingStream(new BufferedOutputStream(weights.create(name), 1 << 20))) {
      new SafetensorsWriter(Dtype.F32)
          .add(parameters)
          .write(out, Map.of("format", "pt", "stage", stage));
      return new WeightFile(stage + "/weights/" + name, out.hash(), stage);
    }
  }
}
