package org.clapperboard.eval;

import java.io.Serializable;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.apache.hadoop.conf.Configuration;
import org.clapperboard.data.storage.LocalCopy;
import org.clapperboard.model.ModelConfig;
import org.clapperboard.model.ModelFolder;
import org.clapperboard.model.Part;
import org.clapperboard.model.VideoLlama2;
import org.clapperboard.model.WeightPlace;
import org.clapperboard.model.adapter.LoraConfig;
import org.clapperboard.model.adapter.MergedTensors;
import org.clapperboard.model.weights.Dtype;
import org.clapperboard.model.weights.FreshStart;
import org.clapperboard.model.weights.LoadReport;
import org.clapperboard.model.weights.ParameterSpec;
import org.clapperboard.model.weights.Parameters;
import org.clapperboard.model.weights.Safetensors;
import org.clapperboard.model.weights.TensorSource;

/**
 * The files of a model that is to be examined.
 *
 * @param model its shape
 * @param dtype in which it runs, F32 or BF16
 * @param weights places of its weights: its folder, or files that together hold them
 * @param adapters what is added to them
 * @param tokenizer folder of its tokenizer
 * @param frames frames that clips are shown with
 * @param seed of parts that have no weights yet
 */
public record ModelFiles(
    ModelConfig model,
    Dtype dtype,
    List<String> weights,
    List<Adapter> adapters,
    String tokenizer,
    int frames,
    long seed)
    implements Serializable {

  /**
   * A low-rank adapter.
   *
   * @param part what it is added to
   * @param file its matrices
   * @param lora what it is
   */
  public record Adapter(Part part, String file, LoraConfig lora) implements Serializable {}

  public ModelFiles {
    weights = List.copyOf(weights);
    adapters = List.copyOf(adapters);
  }

  /** A model without adapters. */
  public ModelFiles(
      ModelConfig model,
      Dtype dtype,
      List<String> weights,
      String tokenizer,
      int frames,
      long seed) {
    this(model, dtype, weights, List.of(), tokenizer, frames, seed);
  }

  /** Those of an exported model; executors work in folders of their own. */
  public static ModelFiles of(ModelFolder folder) {
    Path path = folder.path().toAbsolutePath().normalize();
    return new ModelFiles(
        folder.model(),
        folder.dtype(),
        List.of(path.toUri().toString()),
        path.toString(),
        folder.shown().frames(),
        0);
  }

  /**
   * The model in memory; a part without any weights starts fresh.
   *
   * @throws org.clapperboard.config.BadCheckpoint if a place is damaged, or has a part that is not
   *     exactly the model's
   */
  VideoLlama2 load(Configuration hadoop) {
    List<LocalCopy> copies = new ArrayList<>();
    try {
      List<WeightPlace> places =
          weights.stream().map(file -> WeightPlace.open(local(file, hadoop, copies))).toList();
      Map<Part, Parameters> parts = new EnumMap<>(Part.class);
      for (Map.Entry<Part, List<ParameterSpec>> part : model.specs().entrySet()) {
        TensorSource source = source(part.getKey(), places);
        for (Adapter adapter : adapters) {
          if (source != null && adapter.part() == part.getKey()) {
            TensorSource matrices = Safetensors.open(local(adapter.file(), hadoop, copies));
            LoraConfig lora = adapter.lora();
            source = MergedTensors.of(source, matrices, lora.rank(), lora.factor());
          }
        }
        parts.put(part.getKey(), load(part.getValue(), source));
      }
      return VideoLlama2.of(model, parts);
    } finally {
      copies.forEach(LocalCopy::close);
    }
  }

  private static Path local(String file, Configuration hadoop, List<LocalCopy> copies) {
    LocalCopy copy = LocalCopy.of(file, hadoop);
    copies.add(copy);
    return copy.path();
  }

  /** The first place that has the part, or null. */
  private static TensorSource source(Part part, List<WeightPlace> places) {
    return places.stream()
        .map(place -> place.part(part))
        .filter(source -> !source.names().isEmpty())
        .findFirst()
        .orElse(null);
  }

  private Parameters load(List<ParameterSpec> specs, TensorSource source) {
    if (source == null) {
      Parameters fresh = Parameters.allocate(specs, dtype);
      fresh.load(FreshStart.of(specs, seed));
      return fresh;
    }
    LoadReport.of(specs, source).requireExact();
    Parameters parameters;
    if (dtype == Dtype.BF16) {
      parameters = Parameters.map(specs, source);
    } else {
      parameters = Parameters.allocate(specs, dtype);
      parameters.load(source);
    }
    parameters.requireFinite(source.origin());
    return parameters;
  }
}
