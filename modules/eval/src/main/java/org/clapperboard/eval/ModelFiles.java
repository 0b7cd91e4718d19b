package org.clapperboard.eval;

import java.io.Serializable;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.clapperboard.data.storage.LocalCopy;
import org.clapperboard.model.ModelConfig;
import org.clapperboard.model.VideoLlama2;
import org.clapperboard.model.weights.ParameterSpec;
import org.clapperboard.model.weights.Safetensors;
import org.clapperboard.model.weights.TensorSource;
import org.clapperboard.model.weights.TensorSources;

/**
 * The files of a model that is to be examined.
 *
 * @param model its shape
 * @param weights safetensors files that together hold its weights
 * @param tokenizer folder of its tokenizer
 * @param frames frames that clips are shown with
 * @param seed of parts that have no weights yet
 */
public record ModelFiles(
    ModelConfig model, List<String> weights, String tokenizer, int frames, long seed)
    implements Serializable {

  public ModelFiles {
    weights = List.copyOf(weights);
  }

  /** The model in memory; a part without any weights starts fresh. */
  VideoLlama2 load(Configuration hadoop) {
    List<LocalCopy> copies = weights.stream().map(file -> LocalCopy.of(file, hadoop)).toList();
    try {
      TensorSource all =
          TensorSources.of(copies.stream().map(copy -> Safetensors.open(copy.path())).toList());
      VideoLlama2 loaded = VideoLlama2.allocate(model);
      loaded
          .parameters()
          .values()
          .forEach(
              part -> {
                boolean there =
                    part.specs().stream().map(ParameterSpec::name).anyMatch(all.names()::contains);
                if (there) {
                  part.load(all);
                } else {
                  part.initialise(seed);
                }
              });
      return loaded;
    } finally {
      copies.forEach(LocalCopy::close);
    }
  }
}
