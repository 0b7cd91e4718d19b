package org.clapperboard.train.checkpoint;

import java.nio.FloatBuffer;
import org.clapperboard.model.weights.Safetensors;

/**
 * A tensor in a rank's file: a run of what parameters of a name are made of.
 *
 * @param kind values, first or second moments
 * @param start in the parameters, in elements
 * @param count of elements
 */
record SavedSlice(
    String kind, String name, long start, long count, String tensor, Safetensors tensors) {

  /** What a tensor's name says: {@code kind/name@start}. */
  static SavedSlice of(String tensor, Safetensors tensors) {
    int slash = tensor.indexOf('/');
    int at = tensor.lastIndexOf('@');
    return new SavedSlice(
        tensor.substring(0, slash),
        tensor.substring(slash + 1, at),
        Long.parseLong(tensor.substring(at + 1)),
        tensors.shape(tensor).size(),
        tensor,
        tensors);
  }

  /** Copies elements from a place in the parameters on until the buffer is full. */
  void read(long first, FloatBuffer target) {
    tensors.read(tensor, first - start, target);
  }
}
