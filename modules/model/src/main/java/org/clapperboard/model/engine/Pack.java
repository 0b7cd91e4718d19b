package org.clapperboard.model.engine;

import ai.djl.engine.EngineException;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.engine.PtNDManager;
import ai.djl.pytorch.engine.PtSymbolBlock;
import ai.djl.pytorch.jni.IValue;
import ai.djl.pytorch.jni.JniUtils;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A TorchScript module whose methods are tensor functions: the maths of one part of the model.
 *
 * <p>The source stands in {@code src/main/torchscript/<name>.py}; weights are arguments, so a pack
 * holds no state and serves any number of models and threads. Results belong to the scope given in
 * the call. Arguments may be {@link NDArray}, collections or arrays of them, {@code Integer},
 * {@code Long}, {@code Double}, {@code Boolean}, {@code String}, {@code long[]}, a {@link Tuple} of
 * such, or {@code null} for a TorchScript {@code None}.
 */
public final class Pack {
  /** Arguments that a method takes as one. */
  public record Tuple(Object... items) {}

  private static final Map<String, Pack> LOADED = new ConcurrentHashMap<>();
  private static final Pattern INCLUDES = Pattern.compile("(?m)^# includes (\\w+)\\.py$");

  private final String name;
  private final PtSymbolBlock module;
  private final IValue none;

  private Pack(String name, PtSymbolBlock module) {
    this.name = name;
    this.module = module;
    this.none = NativeCalls.run(module.getHandle(), "none", new long[0]);
  }

  /**
   * Loads the pack from the class path resource {@code torchscript/<name>.py}. A line {@code #
   * includes <other>.py} in it puts the functions of another source before it. It is loaded once: a
   * module takes megabytes.
   */
  public static Pack load(String name) {
    return LOADED.computeIfAbsent(name, Pack::read);
  }

  private static Pack read(String name) {
    String source = source(name);
    StringBuilder joined = new StringBuilder();
    for (Matcher other = INCLUDES.matcher(source); other.find(); ) {
      joined.append(source(other.group(1))).append('\n');
    }
    return of(name, WideProducts.here(joined.append(source).toString()));
  }

  static Pack of(String name, String source) {
    // DJL has no way to make a None of its own; every pack can hand one out.
    String withNone = source + "\n  def none(self) -> Optional[Tensor]:\n    return None\n";
    byte[] archive = PackArchive.of(withNone);
    PtNDManager manager = (PtNDManager) TorchEngine.newScope();
    try {
      return new Pack(
          name, JniUtils.loadModule(manager, new ByteArrayInputStream(archive), true, false));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (EngineException e) {
      throw new IllegalArgumentException("Cannot load pack " + name + ": " + e.getMessage(), e);
    }
  }

  /** Calls a method that returns one tensor. */
  public NDArray tensor(NDManager scope, String method, Object... arguments) {
    return call(method, arguments, value -> value.toTensor((PtNDManager) scope));
  }

  /** Calls a method that returns a list or a tuple of tensors. */
  public List<NDArray> tensors(NDManager scope, String method, Object... arguments) {
    return call(method, arguments, value -> unpack((PtNDManager) scope, value));
  }

  /** Calls a method that returns a float. */
  public double number(String method, Object... arguments) {
    return call(method, arguments, IValue::toDouble);
  }

  /** Calls a method for its effect on its arguments. */
  public void run(String method, Object... arguments) {
    call(method, arguments, value -> null);
  }

  private <T> T call(String method, Object[] arguments, Function<IValue, T> result) {
    List<IValue> owned = new ArrayList<>(arguments.length);
    long[] handles = new long[arguments.length];
    try {
      for (int i = 0; i < arguments.length; i++) {
        handles[i] = toValue(arguments[i], owned).getHandle();
      }
      try (IValue value = NativeCalls.run(module.getHandle(), method, handles)) {
        return result.apply(value);
      }
    } catch (EngineException e) {
      throw new IllegalStateException(
          "Cannot run " + name + "." + method + ": " + e.getMessage(), e);
    } finally {
      // Native values are never garbage-collected.
      owned.forEach(IValue::close);
    }
  }

  private IValue toValue(Object argument, List<IValue> owned) {
    if (argument == null) {
      return none;
    }
    IValue value;
    if (argument instanceof Tuple tuple) {
      IValue[] items = new IValue[tuple.items().length];
      for (int i = 0; i < items.length; i++) {
        items[i] = toValue(tuple.items()[i], owned);
      }
      value = IValue.tupleFrom(items);
    } else {
      value = toValue(argument);
    }
    owned.add(value);
    return value;
  }

  private static IValue toValue(Object argument) {
    if (argument instanceof PtNDArray tensor) {
      return IValue.from(tensor);
    } else if (argument instanceof Collection<?> list) {
      return IValue.listFrom(list.toArray(PtNDArray[]::new));
    } else if (argument instanceof NDArray[] list) {
      return IValue.listFrom(Arrays.copyOf(list, list.length, PtNDArray[].class));
    } else if (argument instanceof Integer number) {
      return IValue.from(number.longValue());
    } else if (argument instanceof Long number) {
      return IValue.from(number);
    } else if (argument instanceof Double number) {
      return IValue.from(number);
    } else if (argument instanceof Boolean flag) {
      return IValue.from(flag);
    } else if (argument instanceof String text) {
      return IValue.from(text);
    } else if (argument instanceof long[] numbers) {
      return IValue.listFrom(numbers);
    }
    throw new IllegalArgumentException(
        "argument is a " + argument.getClass().getName() + " (expected: a tensor, list or number)");
  }

  private static List<NDArray> unpack(PtNDManager scope, IValue value) {
    if (value.isTensorList()) {
      return List.of(value.toTensorArray(scope));
    }
    List<NDArray> tensors = new ArrayList<>();
    for (IValue item : value.toIValueTuple()) {
      try (item) {
        tensors.add(item.toTensor(scope));
      }
    }
    return tensors;
  }

  private static String source(String name) {
    String resource = "/torchscript/" + name + ".py";
    try (InputStream in = Pack.class.getResourceAsStream(resource)) {
      if (in == null) {
        throw new IllegalArgumentException("Cannot find pack " + name + " on the class path.");
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
