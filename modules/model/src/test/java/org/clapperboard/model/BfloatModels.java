package org.clapperboard.model;

import java.nio.FloatBuffer;
import java.util.EnumMap;
import java.util.Map;
import org.clapperboard.model.weights.Dtype;
import org.clapperboard.model.weights.ParameterSpec;
import org.clapperboard.model.weights.Parameters;

/** Models in bfloat16 and, for comparison, in float32 with the same rounded weights. */
final class BfloatModels {
  private BfloatModels() {}

  /** A model of the same shape with the weights rounded to bfloat16. */
  static VideoLlama2 rounded(VideoLlama2 model) {
    return copy(model, Dtype.BF16);
  }

  /** A model in float32 with exactly the same weights. */
  static VideoLlama2 widened(VideoLlama2 model) {
    return copy(model, Dtype.F32);
  }

  private static VideoLlama2 copy(VideoLlama2 model, Dtype dtype) {
    Map<Part, Parameters> parts = new EnumMap<>(Part.class);
    model
        .parameters()
        .forEach(
            (part, parameters) -> {
              Parameters copy = Parameters.allocate(parameters.specs(), dtype);
              copy.load(parameters);
              parts.put(part, copy);
            });
    return VideoLlama2.of(model.config(), parts);
  }

  /** All values of a part, in order. */
  static float[] values(Parameters parameters) {
    FloatBuffer values = FloatBuffer.allocate((int) parameters.elements());
    for (ParameterSpec spec : parameters.specs()) {
      FloatBuffer one = FloatBuffer.allocate((int) spec.elements());
      parameters.read(spec.name(), one);
      values.put(one.flip());
    }
    return values.array();
  }
}
