package org.clapperboard.eval;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.apache.hadoop.conf.Configuration;
import org.clapperboard.data.storage.LocalCopy;
import org.clapperboard.model.ModelConfig;
import org.clapperboard.model.Part;
import org.clapperboard.model.VideoLlama2;
import org.clapperboard.model.adapter.LoraConfig;
import org.clapperboard.model.adapter.MergedTensors;
import org.clapperboard.model.weights.Dtype;
import org.clapperboard.model.weights.FreshStart;
import org.clapperboard.model.weights.ParameterSpec;
import org.clapperboard.model.weights.Parameters;
import org.clapperboard.model.weights.Safetensors;
import org.clapperboard.model.weights.TensorSource;
import org.clapperboard.model.weights.TensorSources;

/**
 * The files of a model that is to be examined.
 *
 * @param model its shape
 * @param dtype in which it runs, F32 or BF16
 * @param weights safetensors files that together hold its weights
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
   * @param file its matrices, under PEFT's names
   * @param lora what it is
   */
  public record Adapter(String file, LoraConfig lora) implements Serializable {}

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

  /** The model in memory; a part without any weights starts fresh. */
  VideoLlama2 load(Configuration hadoop) {
    List<LocalCopy> copies = new ArrayList<>();
    try {
      TensorSource all =
          TensorSources.of(weights.stream().map(file -> open(file, hadoop, copies)).toList());
      for (Adapter adapter : adapters) {
        TensorSource matrices = open(adapter.file(), hadoop, copies);
        all = MergedTensors.of(all, matrices, adapter.lora().rank(), adapter.lora().factor());
      }
      Map<Part, Parameters> parts = new EnumMap<>(Part.class);
      for (Map.Entry<Part, List<ParameterSpec>> part : model.specs().entrySet()) {
        parts.put(part.getKey(), load(part.getValue(), all));
      }
      return VideoLlama2.of(model, parts);
    } finally {
      copies.forEach(LocalCopy::close);
    }
  }

  private static TensorSource open(String file, Configuration hadoop, List<LocalCopy> copies) {
    LocalCopy copy = LocalCopy.of(file, hadoop);
    copies.add(copy);
    return Safetensors.open(copy.path());
  }

  private Parameters load(List<ParameterSpec> specs, TensorSource all) {
    boolean there = specs.stream().map(ParameterSpec::name).anyMatch(all.names()::contains);
    if (there && dtype == Dtype.BF16) {
      return Parameters.map(specs, all);
    }
    Parameters parameters = Parameters.allocate(specs, dtype);
    parameters.load(there ? all : FreshStart.of(specs, seed));
    return parameters;
  }
}
