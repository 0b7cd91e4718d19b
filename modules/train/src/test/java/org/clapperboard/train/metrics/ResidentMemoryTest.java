package org.clapperboard.train.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;

class ResidentMemoryTest {

  @Test
  void kilobytes_of_the_status_file_become_bytes() {
    List<String> status = List.of("Name:\tjava", "VmHWM:\t  2048 kB", "VmRSS:\t  1000 kB");
    assertThat(ResidentMemory.of(status)).isEqualTo(new ResidentMemory(1_024_000, 2_097_152));
    assertThat(ResidentMemory.of(List.of("Name:\tjava"))).isEqualTo(new ResidentMemory(0, 0));
  }

  @Test
  void this_process_has_some() {
    Assumptions.assumeTrue(Files.exists(Path.of("/proc/self/status")), "no Linux");
    ResidentMemory now = ResidentMemory.now();
    assertThat(now.bytes()).isBetween(10_000_000L, now.peakBytes());
  }
}
