package org.clapperboard.media;

import java.lang.management.ManagementFactory;
import org.bytedeco.javacpp.Pointer;

/** Memory of this process outside the Java heap. */
final class ResidentMemory {

  private ResidentMemory() {}

  static long megabytesOutsideHeap() {
    System.gc();
    long heap = ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getCommitted();
    return (Pointer.physicalBytes() - heap) >> 20;
  }
}
