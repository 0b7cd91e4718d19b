package org.clapperboard.model.weights;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.clapperboard.config.BadCheckpoint;
import org.clapperboard.model.engine.Pack;

/** Files of bfloat16 elements as tensors: mapped once each, copied where they are written to. */
final class MappedFiles {
  private final NDManager scope;
  private final Pack tensors;
  private final Map<Path, NDArray> files = new HashMap<>();

  MappedFiles(NDManager scope, Pack tensors) {
    this.scope = scope;
    this.tensors = tensors;
  }

  /** A tensor of a source, or null if it does not lie in a file as bfloat16 on whole elements. */
  NDArray tensor(TensorSource source, ParameterSpec spec) {
    FileRegion region = source.region(spec.name());
    int bytes = Dtype.BF16.bytes();
    if (region == null
        || source.dtype(spec.name()) != Dtype.BF16
        || region.start() % bytes != 0
        || spec.elements() == 0) {
      return null;
    }
    NDArray file = files.computeIfAbsent(region.file(), this::map);
    return tensors.tensor(scope, "part", file, region.start() / bytes, spec.shape().getShape());
  }

  private NDArray map(Path file) {
    try {
      long elements = Files.size(file) / Dtype.BF16.bytes();
      return tensors.tensor(scope, "map_file", file.toString(), elements);
    } catch (IOException e) {
      throw new BadCheckpoint("Cannot read " + file + ": " + e.getMessage(), e);
    }
  }
}
