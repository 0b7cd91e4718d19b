package org.clapperboard.model.weights;

import ai.djl.ndarray.types.Shape;

/**
 * A parameter before it has memory: its name in a released checkpoint, its shape, and how it starts
 * when no weights are loaded.
 *
 * @param name the full name as the reference writes it
 * @param shape its dimensions, outermost first
 * @param start the rule for a fresh start
 */
public record ParameterSpec(String name, Shape shape, Start start) {

  /** How a parameter starts when nothing is loaded. */
  public enum Rule {
    /** Every element is the number. */
    CONSTANT,
    /** Normal distribution with mean 0 and the number as standard deviation. */
    NORMAL,
    /** Uniform distribution between minus the number and the number. */
    UNIFORM
  }

  /**
   * A fresh start.
   *
   * @param rule which distribution
   * @param number its one parameter
   */
  public record Start(Rule rule, double number) {}

  /** Number of elements. */
  public long elements() {
    return shape.size();
  }

  /** A parameter that starts at one value everywhere. */
  public static ParameterSpec constant(String name, double value, long... shape) {
    return new ParameterSpec(name, new Shape(shape), new Start(Rule.CONSTANT, value));
  }

  /** A parameter that starts normally distributed around 0. */
  public static ParameterSpec normal(String name, double deviation, long... shape) {
    return new ParameterSpec(name, new Shape(shape), new Start(Rule.NORMAL, deviation));
  }

  /**
   * A parameter that starts as PyTorch's linear and convolution layers do: uniform within one over
   * the square root of the number of inputs of an output.
   */
  public static ParameterSpec fanIn(String name, long inputs, long... shape) {
    return new ParameterSpec(
        name, new Shape(shape), new Start(Rule.UNIFORM, 1 / Math.sqrt((double) inputs)));
  }
}
