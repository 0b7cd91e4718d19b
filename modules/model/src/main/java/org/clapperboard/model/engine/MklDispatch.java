package org.clapperboard.model.engine;

import com.sun.jna.NativeLibrary;
import com.sun.jna.Pointer;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Lets MKL, by which libtorch multiplies matrices of float32, use all that a processor of AMD's
 * has.
 *
 * <p>MKL asks who made a processor before it asks what the processor can do, and keeps AVX-512 for
 * Intel's. No setting of MKL's changes that. It remembers the answer in a variable that is negative
 * until it has asked, and here it is given before: products of large matrices run at 110 instead of
 * 96 GFLOP/s on an EPYC of the fourth generation. What the processor can do, it still asks.
 */
final class MklDispatch {
  private static final String QUESTION = "mkl_serv_intel_cpu_true";

  private MklDispatch() {}

  /**
   * Gives the answer where it helps, after libtorch is loaded and before it multiplies. Does
   * nothing where the function is not the one that is known, in a libtorch of the host's that has
   * another MKL or none.
   *
   * @param folder of libtorch
   */
  static void settle(Path folder) {
    Path library = folder.resolve("libtorch_cpu.so");
    if (Processor.HERE.isOfAmd() && Files.isRegularFile(library)) {
      answer(library);
    }
  }

  /** Gives the answer to a library, whatever the processor. */
  static void answer(Path library) {
    try {
      Pointer function =
          NativeLibrary.getInstance(library.toString()).getGlobalVariableAddress(QUESTION);
      // mov eax, [rip + distance]; test eax, eax; js +1; ret
      boolean known =
          function.getShort(0) == 0x058b
              && function.getInt(6) == 0x0178c085
              && function.getByte(10) == (byte) 0xc3;
      if (known) {
        Pointer answer = function.share(6L + function.getInt(2));
        if (answer.getInt(0) <= 0) {
          answer.setInt(0, 1);
        }
      }
    } catch (LinkageError e) {
      // Slower, and no less right: a libtorch without MKL, or a JNA that fits another one's
      // natives.
    }
  }
}
