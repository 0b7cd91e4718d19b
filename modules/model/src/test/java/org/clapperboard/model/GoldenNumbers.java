package org.clapperboard.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.clapperboard.model.weights.ParameterSpec;
import org.clapperboard.model.weights.Parameters;
import org.clapperboard.testing.GoldenFixtures.Fixture;
import org.clapperboard.testing.SafetensorsFile;

/** Compares tensors with a fixture's and remembers the worst of each kind. */
final class GoldenNumbers {
  private final SafetensorsFile file;
  private final List<Comparison> comparisons = new ArrayList<>();

  private GoldenNumbers(SafetensorsFile file) {
    this.file = file;
  }

  /** The numbers of a fixture; some have none beside their description. */
  static GoldenNumbers of(Fixture fixture) {
    Path tensors = fixture.folder().resolve(fixture.name() + ".safetensors");
    return new GoldenNumbers(Files.exists(tensors) ? fixture.tensors() : null);
  }

  /**
   * One comparison.
   *
   * @param error largest difference, in units of the tolerance: up to 1 passes
   */
  record Comparison(String name, double error, String tolerance) {}

  List<Comparison> comparisons() {
    return comparisons;
  }

  SafetensorsFile file() {
    return file;
  }

  /** A tensor of the fixture, float32 or int64 as it is there. */
  NDArray tensor(NDManager scope, String name) {
    Shape shape = new Shape(file.shape(name));
    return file.dtype(name).equals("I64")
        ? scope.create(file.longs(name), shape)
        : scope.create(file.floats(name), shape);
  }

  boolean has(String name) {
    return file.names().contains(name);
  }

  void close(String name, NDArray actual, double tolerance) {
    close(name, actual.toFloatArray(), tolerance);
  }

  void close(String name, float[] actual, double tolerance) {
    close(name, actual, file.floats(name), null, tolerance);
  }

  /** Compares with numbers that were made of the fixture's. */
  void same(String name, NDArray actual, float[] expected, double tolerance) {
    close(name, actual.toFloatArray(), expected, null, tolerance);
  }

  /** Compares the elements where the mask is 1; each mask entry covers a run of elements. */
  void closeWhere(String name, NDArray actual, long[] mask, double tolerance) {
    close(name, actual.toFloatArray(), file.floats(name), mask, tolerance);
  }

  private void close(String name, float[] actual, float[] expected, long[] mask, double tolerance) {
    double worst = actual.length == expected.length ? 0 : Double.POSITIVE_INFINITY;
    int run = mask == null ? expected.length : expected.length / mask.length;
    for (int i = 0; i < expected.length && worst < Double.POSITIVE_INFINITY; i++) {
      if (mask == null || mask[i / run] == 1) {
        worst = worse(worst, Math.abs((double) actual[i] - expected[i]));
      }
    }
    comparisons.add(new Comparison(name, worst / tolerance, "abs " + tolerance));
  }

  /** Compares a gradient: share of the largest element plus a floor. */
  void gradient(String name, NDArray actual, double share, double floor) {
    float[] expected = file.floats(name);
    float[] values = actual.toFloatArray();
    double largest = 0;
    double worst = values.length == expected.length ? 0 : Double.POSITIVE_INFINITY;
    for (int i = 0; i < expected.length && worst < Double.POSITIVE_INFINITY; i++) {
      largest = Math.max(largest, Math.abs(expected[i]));
      worst = worse(worst, Math.abs((double) values[i] - expected[i]));
    }
    // A bias of keys moves all logits of a query alike: its gradient is zero but for rounding.
    double scale = name.endsWith("k_proj.bias") && share >= 1e-3 ? 0 : largest;
    comparisons.add(
        new Comparison(name, worst / (share * scale + floor), share + " of max + " + floor));
  }

  /** Compares the gradient of every parameter the fixture has one for. */
  void gradients(String prefix, Parameters parameters, double share, double floor) {
    for (ParameterSpec spec : parameters.specs()) {
      if (has(prefix + spec.name())) {
        try (NDArray gradient = parameters.tensor(spec.name()).getGradient()) {
          gradient(prefix + spec.name(), gradient, share, floor);
        }
      }
    }
  }

  void equal(String name, long[] actual) {
    boolean same = java.util.Arrays.equals(actual, file.longs(name));
    comparisons.add(new Comparison(name, same ? 0 : Double.POSITIVE_INFINITY, "equal"));
  }

  void number(String name, double actual, double expected, double tolerance) {
    double error = Math.abs(actual - expected) / tolerance;
    comparisons.add(new Comparison(name, error, "abs " + tolerance));
  }

  /** The larger one; not a number is worse than anything. */
  private static double worse(double worst, double difference) {
    return Double.isNaN(difference) ? Double.POSITIVE_INFINITY : Math.max(worst, difference);
  }
}
