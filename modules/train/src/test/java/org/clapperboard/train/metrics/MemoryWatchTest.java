package org.clapperboard.train.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;

class MemoryWatchTest {
  private static final int MEGABYTE = 1 << 20;

  @Test
  void kilobytes_of_the_status_file_become_bytes() {
    List<String> status = List.of("Name:\tjava", "VmHWM:\t  2048 kB", "VmRSS:\t  1000 kB");
    assertThat(MemoryWatch.bytes(status, "VmHWM:")).isEqualTo(2_097_152);
    assertThat(MemoryWatch.bytes(status, "VmRSS:")).isEqualTo(1_024_000);
    assertThat(MemoryWatch.bytes(List.of("Name:\tjava"), "VmRSS:")).isZero();
  }

  @Test
  void mappings_in_the_heaps_ranges_are_the_heap() {
    String young = " def new generation   total 9K, used 1K [0x00001000, 0x00002000, 0x00003000)\n";
    String old = " tenured generation   total 9K, used 0K [0x00003000, 0x00004000, 0x00005000)";
    List<String> mappings =
        List.of(
            "00000500-00001000 rw-p 00000000 00:00 0",
            "Rss:   1 kB",
            "00001000-00002000 rw-p 00000000 00:00 0",
            "Size:  4 kB",
            "Rss:   2 kB",
            "00004000-00005000 rw-p 00000000 00:00 0",
            "Rss:   4 kB",
            "7f0000005000-7f0000006000 r-xp 00000000 08:01 77 /usr/lib/libc.so.6",
            "Rss:   8 kB");
    assertThat(MemoryWatch.bytesBetween(mappings, young + old)).isEqualTo(6 * 1024);
  }

  @Test
  void this_process_has_what_it_has_taken() {
    Assumptions.assumeTrue(Files.exists(Path.of("/proc/self/smaps")), "no Linux");
    MemoryWatch watch = new MemoryWatch();
    ResidentMemory before = watch.now();
    assertThat(before.heapBytes()).isBetween(1_000_000L, before.peakBytes());
    assertThat(before.bytes()).isBetween(10_000_000L, before.peakBytes());

    List<byte[]> taken = new ArrayList<>();
    // More than the heap has free of what it has in memory already.
    long wanted = Runtime.getRuntime().totalMemory() + 50L * MEGABYTE;
    for (long bytes = 0; bytes < wanted; bytes += MEGABYTE) {
      taken.add(new byte[MEGABYTE]);
    }
    ResidentMemory after = watch.now();
    assertThat(taken).hasSizeGreaterThan(50);
    assertThat(after.heapBytes()).isGreaterThan(before.heapBytes() + 40L * MEGABYTE);
    // What is not heap grows too, as code is compiled.
    assertThat(after.peakBesideHeap() - before.peakBesideHeap()).isLessThan(wanted / 2);
  }

  @Test
  void what_was_before_a_beginning_is_forgotten() throws Exception {
    Assumptions.assumeTrue(Files.isWritable(Path.of("/proc/self/clear_refs")), "no Linux");
    ByteBuffer taken = ByteBuffer.allocateDirect(200 * MEGABYTE);
    for (int at = 0; at < taken.capacity(); at += 4096) {
      taken.put(at, (byte) 1);
    }
    long peak = new MemoryWatch().now().peakBytes();
    taken = null;
    long limit = peak - 100L * MEGABYTE;
    for (int i = 0; i < 100 && new MemoryWatch().now().bytes() > limit; i++) {
      System.gc();
      Thread.sleep(50);
    }
    MemoryWatch.begin();
    assertThat(new MemoryWatch().now().peakBytes()).isLessThan(limit);
  }
}
