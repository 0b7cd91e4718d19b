package org.clapperboard.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Collectors;
import org.clapperboard.config.BadData;
import org.clapperboard.media.pixels.RgbImage;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EncodingsBenchIT {

  @Test
  void exact_ways_lose_nothing_and_jpeg_less_the_better_its_quality() {
    byte[] pixels = new byte[3 * 48 * 48];
    new Random(4).nextBytes(pixels);
    EncodingsBench bench = new EncodingsBench(List.of(new RgbImage(48, 48, pixels)));
    Map<String, EncodingsBench.Cost> costs =
        EncodingsBench.Way.ALL.stream()
            .map(bench::measure)
            .collect(Collectors.toMap(EncodingsBench.Cost::name, cost -> cost));
    for (String exact : List.of("webp", "png", "raw")) {
      assertThat(costs.get(exact).worstError()).as(exact).isZero();
      assertThat(costs.get(exact).row()).contains("| 0.00 | 0 | exact |");
    }
    assertThat(costs.get("raw").bytes()).isBetween(pixels.length + 1.0, pixels.length + 32.0);
    assertThat(costs.get("jpeg, quality 95").meanError())
        .isPositive()
        .isLessThan(costs.get("jpeg, quality 80").meanError());
    assertThat(costs.get("jpeg, quality 95").peakSignalToNoise())
        .isGreaterThan(costs.get("jpeg, quality 80").peakSignalToNoise());
    assertThat(costs.get("jpeg, quality 95").bytes())
        .isGreaterThan(costs.get("jpeg, quality 80").bytes());
  }

  @Test
  void what_is_no_video_is_refused_by_name(@TempDir Path folder) throws IOException {
    Path text = Files.writeString(folder.resolve("no.mp4"), "no video");
    assertThatThrownBy(() -> EncodingsBench.frames(List.of(text), 2, 28))
        .isInstanceOf(BadData.class)
        .hasMessageStartingWith("Cannot measure with " + text + ": ");
  }
}
