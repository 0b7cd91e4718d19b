package org.clapperboard.model.engine;

import ai.djl.pytorch.jni.IValue;
import ai.djl.pytorch.jni.JniUtils;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;

/**
 * The one native method of DJL's JNI library that its public API does not reach.
 *
 * <p>DJL runs TorchScript in inference mode only, whose results cannot take part in a backward
 * pass. The library class is package-private, and a class of ours in that package would break when
 * Spark loads DJL and Clapperboard through different class loaders. Method handles do not care.
 */
final class NativeCalls {
  private static final MethodHandle RUN_METHOD;
  private static final MethodHandle NEW_VALUE;

  static {
    try {
      Class<?> library =
          Class.forName("ai.djl.pytorch.jni.PyTorchLibrary", true, JniUtils.class.getClassLoader());
      MethodHandles.Lookup inLibrary =
          MethodHandles.privateLookupIn(library, MethodHandles.lookup());
      Object instance = inLibrary.findStaticVarHandle(library, "LIB", library).get();
      RUN_METHOD =
          inLibrary
              .findVirtual(
                  library,
                  "moduleRunMethod",
                  MethodType.methodType(
                      long.class,
                      long.class,
                      String.class,
                      long[].class,
                      boolean.class,
                      boolean.class))
              .bindTo(instance);
      NEW_VALUE =
          inLibrary.findConstructor(IValue.class, MethodType.methodType(void.class, long.class));
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  private NativeCalls() {}

  /** Runs a method of a loaded module; the thread's gradient mode decides what is recorded. */
  static IValue run(long module, String method, long[] arguments) {
    try {
      long result = (long) RUN_METHOD.invokeExact(module, method, arguments, true, false);
      return (IValue) NEW_VALUE.invokeExact(result);
    } catch (RuntimeException | Error e) {
      throw e;
    } catch (Throwable e) {
      throw new IllegalStateException(e);
    }
  }
}
