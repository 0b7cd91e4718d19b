package org.clapperboard.model;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.clapperboard.model.engine.TorchEngine;
import org.clapperboard.testing.GoldenRun;
import org.clapperboard.testing.GoldenTests;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicNode;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestFactory;

/**
 * The model's numbers against those of the reference code. {@code -Dgolden=DIR} names a folder of
 * fixtures; without it the small set kept in this repository runs. What ran is written to {@code
 * target/golden-report.md} in the root of the repository.
 */
@Tag("golden")
class GoldenIT {

  /** What is checked of each kind of fixture, by the beginning of its name. */
  static Map<String, Consumer<GoldenRun>> checks() {
    Map<String, Consumer<GoldenNumbers>> checks = new LinkedHashMap<>();
    checks.put("01_clip_vision", GoldenVision::vision);
    checks.put("02_siglip_vision", GoldenVision::vision);
    checks.put("03_temporal_aggregator", GoldenParts::aggregator);
    checks.put("03_", GoldenParts::connector);
    checks.put("04_ablation", GoldenParts::connector);
    checks.put("05_beats", GoldenSounds::beats);
    checks.put("06_audio_projector", GoldenSounds::projector);
    checks.put("07_", GoldenLanguage::decoder);
    checks.put("08_merge", GoldenMerge::merge);
    checks.put("10_prompts", GoldenPrompts::prompts);
    checks.put("12_e2e", GoldenWhole::whole);
    Map<String, Consumer<GoldenRun>> runs = new LinkedHashMap<>();
    checks.forEach((kind, check) -> runs.put(kind, run -> check.accept(new GoldenNumbers(run))));
    return runs;
  }

  @BeforeAll
  static void start() {
    TorchEngine.start(2);
  }

  @TestFactory
  Stream<DynamicNode> every_fixture_of_a_known_kind_is_within_its_tolerance() {
    return GoldenTests.of(GoldenIT.class, checks());
  }
}
