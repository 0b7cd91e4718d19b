package org.clapperboard.model.adapter;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.clapperboard.model.engine.TorchEngine;
import org.clapperboard.model.weights.ParameterSpec;
import org.clapperboard.model.weights.Parameters;

/**
 * The low-rank adapter of one part. Its parameters have PEFT's names: {@code
 * base_model.model.<module>.lora_A.weight} and {@code lora_B}, where the part has {@code
 * <module>.weight}.
 */
public final class Lora implements AutoCloseable {
  /** What PEFT puts before the names of a model's modules. */
  public static final String WRAPPER = "base_model.model.";

  private static final String WEIGHT = ".weight";

  /** Linear layers in the layers of language models and BEATs; its position gate is left out. */
  private static final Pattern LINEAR =
      Pattern.compile("(?:.+\\.)?layers\\.\\d+\\.(?!.*(?:relative_attention_bias|grep_linear)).+");

  private static final String GATE = ".gate";

  private final LoraConfig config;
  private final Parameters parameters;
  private final NDManager scope = TorchEngine.newScope();
  private final NDArray nothing = scope.create(new float[0]);

  /** An adapter over parameters made from {@link #specs}; it closes them. */
  public Lora(LoraConfig config, Parameters parameters) {
    this.config = config;
    this.parameters = parameters;
  }

  /** Its configuration. */
  public LoraConfig config() {
    return config;
  }

  /** All its matrices. */
  public Parameters parameters() {
    return parameters;
  }

  /** A and B of some weights, in their order; empty tensors where a weight has none. */
  NDArray[] matrices(String prefix, String... weights) {
    List<NDArray> matrices = new ArrayList<>();
    for (String weight : weights) {
      boolean adapted = parameters.has(a(prefix + weight));
      matrices.add(adapted ? parameters.tensor(a(prefix + weight)) : nothing);
      matrices.add(adapted ? parameters.tensor(b(prefix + weight)) : nothing);
    }
    return matrices.toArray(NDArray[]::new);
  }

  /** One of its matrices, to be where it is. */
  NDArray any() {
    return parameters.tensor(parameters.specs().get(0).name());
  }

  /** The name of A beside a weight. */
  static String a(String weight) {
    return WRAPPER + module(weight) + ".lora_A.weight";
  }

  /** The name of B beside a weight. */
  static String b(String weight) {
    return WRAPPER + module(weight) + ".lora_B.weight";
  }

  private static String module(String weight) {
    return weight.substring(0, weight.length() - WEIGHT.length());
  }

  /**
   * The parameters of an adapter. They start as in PEFT: A uniform within one over the root of its
   * inputs (Kaiming's with a slope of the root of 5), B zero, so that nothing is changed at first.
   *
   * @param base the parameters of the part
   */
  public static List<ParameterSpec> specs(LoraConfig config, List<ParameterSpec> base) {
    return base.stream()
        .filter(Lora::linear)
        .filter(spec -> targeted(config.targetModules(), module(spec.name())))
        .flatMap(spec -> beside(spec, config.rank()).stream())
        .toList();
  }

  /** A and B beside a weight. */
  static List<ParameterSpec> beside(ParameterSpec weight, int rank) {
    long out = weight.shape().get(0);
    long in = weight.shape().get(1);
    return List.of(
        ParameterSpec.fanIn(a(weight.name()), in, rank, in),
        ParameterSpec.constant(b(weight.name()), 0, out, rank));
  }

  /** The linear layers that can have an adapter, by the last name of their modules. */
  public static List<String> modules(List<ParameterSpec> base) {
    return last(base.stream().filter(Lora::linear).toList());
  }

  /** The linear layers that have one, by the last name of their modules. */
  public static List<String> targets(LoraConfig config, List<ParameterSpec> base) {
    List<String> targets = config.targetModules();
    return last(
        base.stream()
            .filter(spec -> linear(spec) && targeted(targets, module(spec.name())))
            .toList());
  }

  /** The targets of a configuration that are no linear layer of the part. */
  public static List<String> unknown(LoraConfig config, List<ParameterSpec> base) {
    List<String> modules =
        base.stream().filter(Lora::linear).map(spec -> module(spec.name())).toList();
    return config.targetModules().stream()
        .filter(target -> modules.stream().noneMatch(module -> targeted(List.of(target), module)))
        .toList();
  }

  private static List<String> last(List<ParameterSpec> linear) {
    return linear.stream()
        .map(spec -> module(spec.name()))
        .map(module -> module.substring(module.lastIndexOf('.') + 1))
        .distinct()
        .toList();
  }

  private static boolean linear(ParameterSpec spec) {
    Shape shape = spec.shape();
    return shape.dimension() == 2
        && spec.name().endsWith(WEIGHT)
        && LINEAR.matcher(spec.name()).matches();
  }

  /** PEFT's rule: a target is the whole name of a module, or its end after a dot. */
  private static boolean targeted(List<String> targets, String module) {
    return targets.isEmpty()
        ? !module.endsWith(GATE)
        : targets.stream().anyMatch(target -> ("." + module).endsWith("." + target));
  }

  @Override
  public void close() {
    scope.close();
    parameters.close();
  }
}
