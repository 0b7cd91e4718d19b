package org.clapperboard.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import com.fasterxml.jackson.databind.JsonNode;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.StreamSupport;
import org.clapperboard.model.weights.ParameterSpec;
import org.clapperboard.model.weights.Parameters;
import org.clapperboard.model.weights.Safetensors;
import org.clapperboard.model.weights.TensorSource;
import org.clapperboard.testing.GoldenRun;
import org.clapperboard.testing.SafetensorsFile;

/** A test's way through a fixture, for tensors of the engine. */
record GoldenNumbers(GoldenRun run) {

  JsonNode json() {
    return run.json();
  }

  SafetensorsFile file() {
    return run.file();
  }

  boolean has(String name) {
    return run.has(name);
  }

  /** A tensor of the fixture, float32 or int64 as it is there. */
  NDArray tensor(NDManager scope, String name) {
    Shape shape = new Shape(file().shape(name));
    return file().dtype(name).equals("I64")
        ? scope.create(file().longs(name), shape)
        : scope.create(file().floats(name), shape);
  }

  /** Parameters with the weights of the fixture, read by the product's own reader. */
  Parameters load(List<ParameterSpec> specs) {
    Parameters parameters = Parameters.allocate(specs);
    load(parameters);
    return parameters;
  }

  void load(Parameters parameters) {
    TensorSource source = Safetensors.open(run.fixture().file());
    parameters.load(source);
    run.loaded(parameters.specs().stream().map(ParameterSpec::name).toList());
  }

  void close(String name, NDArray actual, double tolerance) {
    run.close(name, actual.toFloatArray(), tolerance);
  }

  /** Compares with numbers that were made of the fixture's. */
  void same(String name, NDArray actual, float[] expected, double tolerance) {
    run.close(name, actual.toFloatArray(), expected, tolerance);
  }

  /** Compares the elements where the mask is 1; each mask entry covers a run of elements. */
  void closeWhere(String name, NDArray actual, long[] mask, double tolerance) {
    run.closeWhere(name, actual.toFloatArray(), mask, tolerance);
  }

  /** A loss of the fixture. */
  void loss(String name, double actual, double tolerance) {
    run.number(name, actual, file().floats(name)[0], tolerance);
  }

  /** Compares a gradient with the tolerance that the fixture states. */
  void gradient(String name, NDArray actual) {
    double share = run.tolerance("gradients |diff| <=");
    double floor = run.tolerance("gradients |diff| <=", "of that tensor| +");
    // A bias of BEATs' keys moves all logits of a query alike: its gradient is zero but for noise.
    boolean noise = name.contains("encoder.layers.") && name.endsWith("k_proj.bias");
    run.gradient(name, actual.toFloatArray(), noise ? 0 : share, floor);
  }

  /** Compares the gradient of every parameter the fixture has one for. */
  void gradients(String prefix, Parameters parameters) {
    for (ParameterSpec spec : parameters.specs()) {
      if (has(prefix + spec.name())) {
        try (NDArray gradient = parameters.tensor(spec.name()).getGradient()) {
          gradient(prefix + spec.name(), gradient);
        }
      }
    }
  }

  void equal(String name, int[] actual) {
    run.equal(name, Arrays.stream(actual).asLongStream().toArray());
  }

  void equal(String name, long[] actual) {
    run.equal(name, actual);
  }

  /** Compares with a list of whole numbers of the description. */
  void equal(String name, int[] actual, JsonNode expected) {
    run.equal(name, actual, ints(expected));
  }

  static int[] ints(JsonNode list) {
    return StreamSupport.stream(list.spliterator(), false).mapToInt(JsonNode::asInt).toArray();
  }

  /** The cases of a fixture that has several, by name. */
  Iterable<Map.Entry<String, JsonNode>> cases() {
    return json().get("cases").properties();
  }
}
