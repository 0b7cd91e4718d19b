package org.clapperboard.model;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.BiConsumer;
import java.util.stream.Stream;
import org.clapperboard.model.engine.TorchEngine;
import org.clapperboard.testing.GoldenFixtures;
import org.clapperboard.testing.GoldenFixtures.Fixture;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/**
 * The model's numbers against those of the reference code. {@code -Dgolden=DIR} names a folder of
 * fixtures; without it the small set kept in this repository runs. What ran, and what was left to
 * other modules' tests, is written to {@code target/golden-report.txt}.
 */
class GoldenIT {
  private static final Map<String, BiConsumer<Fixture, GoldenNumbers>> CHECKS = checks();
  private static final List<String> REPORT = new ArrayList<>();

  private static Map<String, BiConsumer<Fixture, GoldenNumbers>> checks() {
    Map<String, BiConsumer<Fixture, GoldenNumbers>> checks = new LinkedHashMap<>();
    checks.put("01_clip_vision", GoldenParts::vision);
    checks.put("02_siglip_vision", GoldenParts::vision);
    checks.put("03_temporal_aggregator", GoldenParts::aggregator);
    checks.put("03_", GoldenParts::connector);
    checks.put("04_ablation", GoldenParts::connector);
    checks.put("05_beats", GoldenSounds::beats);
    checks.put("06_audio_projector", GoldenSounds::projector);
    checks.put("07_", GoldenLanguage::decoder);
    checks.put("08_merge", GoldenMerge::merge);
    checks.put("10_prompts", GoldenPrompts::prompts);
    checks.put("12_e2e", GoldenWhole::whole);
    return checks;
  }

  @BeforeAll
  static void start() {
    TorchEngine.start(2);
  }

  @TestFactory
  Stream<DynamicTest> every_fixture_of_a_known_kind_is_within_its_tolerance() {
    GoldenFixtures golden = GoldenFixtures.chosen();
    return golden.startingWith("").stream()
        .filter(GoldenIT::known)
        .map(fixture -> DynamicTest.dynamicTest(fixture.name(), () -> check(fixture)));
  }

  private static boolean known(Fixture fixture) {
    if (kind(fixture) == null) {
      REPORT.add(String.format("%-32s not a kind of this module", fixture.name()));
    }
    return kind(fixture) != null;
  }

  private static void check(Fixture fixture) {
    GoldenNumbers numbers = GoldenNumbers.of(fixture);
    kind(fixture).accept(fixture, numbers);
    assertThat(numbers.comparisons()).isNotEmpty();
    GoldenNumbers.Comparison worst =
        numbers.comparisons().stream()
            .max(Comparator.comparingDouble(GoldenNumbers.Comparison::error))
            .orElseThrow();
    REPORT.add(
        String.format(
            Locale.ROOT,
            "%-32s %4d comparisons, worst %.3f of the tolerance (%s: %s)",
            fixture.name(),
            numbers.comparisons().size(),
            worst.error(),
            worst.name(),
            worst.tolerance()));
    assertThat(numbers.comparisons())
        .allSatisfy(c -> assertThat(c.error()).as(c.name()).isLessThanOrEqualTo(1));
  }

  private static BiConsumer<Fixture, GoldenNumbers> kind(Fixture fixture) {
    return CHECKS.entrySet().stream()
        .filter(check -> fixture.name().startsWith(check.getKey()))
        .findFirst()
        .map(Map.Entry::getValue)
        .orElse(null);
  }

  @AfterAll
  static void report() throws IOException {
    Files.write(Path.of("target", "golden-report.txt"), REPORT);
  }
}
