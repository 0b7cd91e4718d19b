package org.clapperboard.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import org.clapperboard.bench.ResidentMemory.Peaks;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ResidentMemoryTest {
  @TempDir private Path temporary;

  private static String status(int most, int anonymous, int ofFiles) {
    return "Name:\tjava\nVmHWM:\t %d kB\nVmRSS:\t 5 kB\nRssAnon:\t %d kB\nRssFile:\t %d kB\n"
        .formatted(most, anonymous, ofFiles);
  }

  @Test
  void each_kind_has_its_own_peak_in_bytes() throws Exception {
    Path file = temporary.resolve("status");
    Files.writeString(file, status(900, 100, 800));
    try (ResidentMemory memory = new ResidentMemory(file)) {
      assertThat(memory.peaks()).isEqualTo(new Peaks(921_600, 102_400, 819_200));
      // Replaced as a whole, so that the watcher never reads half of it.
      Path next = Files.writeString(temporary.resolve("next"), status(950, 300, 200));
      Files.move(next, file, StandardCopyOption.ATOMIC_MOVE);
      assertThat(memory.peaks()).isEqualTo(new Peaks(972_800, 307_200, 819_200));
    }
  }

  @Test
  void a_peak_between_two_questions_is_seen() throws Exception {
    try (ResidentMemory memory = new ResidentMemory()) {
      long before = memory.peaks().anonymous();
      byte[] large = new byte[200 << 20];
      for (int i = 0; i < large.length; i += 4096) {
        large[i] = 1;
      }
      Thread.sleep(300);
      assertThat(memory.peaks().anonymous()).isGreaterThan(before).isGreaterThan(large.length);
    }
  }

  @Test
  void elsewhere_nothing_is_known() {
    try (ResidentMemory memory = new ResidentMemory(temporary.resolve("none"))) {
      assertThat(memory.peaks()).isNull();
    }
  }
}
