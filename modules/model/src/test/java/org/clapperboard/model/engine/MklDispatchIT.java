package org.clapperboard.model.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import ai.djl.pytorch.jni.LibUtils;
import com.sun.jna.NativeLibrary;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Who made this machine's processor makes no difference to MKL. */
class MklDispatchIT {
  @Test
  void mkl_takes_any_processor_for_one_that_it_has_fast_products_for() {
    Assumptions.assumeTrue(System.getProperty("os.arch").equals("amd64"), "MKL is for x86");
    TorchEngine.start(1);
    Path libtorch = Path.of(LibUtils.getLibtorchPath()).resolve("libtorch_cpu.so");
    int answer =
        NativeLibrary.getInstance(libtorch.toString())
            .getFunction("mkl_serv_intel_cpu_true")
            .invokeInt(new Object[0]);
    assertThat(answer).isEqualTo(1);
  }

  @Test
  void a_libtorch_without_it_is_left_as_it_is(@TempDir Path folder) throws IOException {
    Path other = Path.of(System.getProperty("java.home"), "lib", "libjimage.so");
    Path library = Files.copy(other, folder.resolve("libtorch_cpu.so"));
    assertThatCode(() -> MklDispatch.answer(library)).doesNotThrowAnyException();
  }
}
