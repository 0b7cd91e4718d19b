package org.clapperboard.model.weights;

import ai.djl.ndarray.types.Shape;
import java.nio.FloatBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;

/**
 * Parameters as they start when no weights are loaded. Each draws from its own stream, a function
 * of the seed and its name, so that neither order nor company changes a value.
 *
 * <p>Reading on where the last read ended costs no draw twice. Not thread-safe.
 */
public final class FreshStart implements TensorSource {
  private final Map<String, ParameterSpec> specs = new LinkedHashMap<>();
  private final long seed;
  private String name;
  private long next;
  private SplittableRandom random;

  private FreshStart(List<ParameterSpec> specs, long seed) {
    specs.forEach(spec -> this.specs.put(spec.name(), spec));
    this.seed = seed;
  }

  /** The start of parameters of these specs. */
  public static FreshStart of(List<ParameterSpec> specs, long seed) {
    return new FreshStart(specs, seed);
  }

  /**
   * Weights of the same names, shapes and deviations, none of them normally distributed: cheap to
   * draw, for models of billions of parameters that nobody trains.
   */
  public static FreshStart uniform(List<ParameterSpec> specs, long seed) {
    return of(specs.stream().map(FreshStart::uniform).toList(), seed);
  }

  private static ParameterSpec uniform(ParameterSpec spec) {
    // Uniform numbers between minus and plus this deviate by a root of three less.
    double bound = spec.start().number() * Math.sqrt(3);
    return spec.start().rule() == ParameterSpec.Rule.NORMAL
        ? new ParameterSpec(
            spec.name(), spec.shape(), new ParameterSpec.Start(ParameterSpec.Rule.UNIFORM, bound))
        : spec;
  }

  @Override
  public String origin() {
    return "a fresh start";
  }

  @Override
  public Set<String> names() {
    return Collections.unmodifiableSet(specs.keySet());
  }

  @Override
  public Shape shape(String wanted) {
    return specs.get(wanted).shape();
  }

  @Override
  public Dtype dtype(String wanted) {
    return Dtype.F32;
  }

  @Override
  public void read(String wanted, long first, FloatBuffer target) {
    ParameterSpec.Start start = specs.get(wanted).start();
    if (!wanted.equals(name) || first < next) {
      name = wanted;
      next = 0;
      random = new SplittableRandom(streamOf(seed, wanted));
    }
    for (; next < first; next++) {
      draw(start);
    }
    next += target.remaining();
    while (target.hasRemaining()) {
      target.put((float) draw(start));
    }
  }

  private double draw(ParameterSpec.Start start) {
    double number = start.number();
    return switch (start.rule()) {
      case CONSTANT -> number;
      case NORMAL -> number * gaussian(random);
      case UNIFORM -> random.nextDouble(-number, number);
    };
  }

  /** Box and Muller's normal deviate; written out because the JDK may change its own. */
  private static double gaussian(SplittableRandom random) {
    double radius = StrictMath.sqrt(-2 * StrictMath.log(1 - random.nextDouble()));
    return radius * StrictMath.cos(2 * Math.PI * random.nextDouble());
  }

  private static long streamOf(long seed, String name) {
    long hash = 0xcbf29ce484222325L ^ seed;
    for (byte b : name.getBytes(StandardCharsets.UTF_8)) {
      hash = (hash ^ b) * 0x100000001b3L;
    }
    return hash;
  }
}
