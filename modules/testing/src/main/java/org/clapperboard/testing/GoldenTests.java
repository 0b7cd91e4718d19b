package org.clapperboard.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.DynamicContainer.dynamicContainer;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.clapperboard.testing.GoldenFixtures.Fixture;
import org.junit.jupiter.api.DynamicContainer;
import org.junit.jupiter.api.DynamicNode;
import org.junit.jupiter.api.DynamicTest;

/**
 * Tests of the fixtures of some kinds: for each, that its numbers are close, that we differ from
 * each defect of the reference as we mean to, and that no value of it was forgotten.
 */
public final class GoldenTests {
  private GoldenTests() {}

  /**
   * Tests of all fixtures of one kind in the chosen folder.
   *
   * @param owner the test, for the report
   * @param prefix how names of this kind begin
   */
  public static Stream<DynamicNode> of(Class<?> owner, String prefix, Consumer<GoldenRun> check) {
    return of(owner, Map.of(prefix, check));
  }

  /**
   * Tests of all fixtures of some kinds in the chosen folder.
   *
   * @param checks by how names of a kind begin; the first that fits counts
   */
  public static Stream<DynamicNode> of(Class<?> owner, Map<String, Consumer<GoldenRun>> checks) {
    return of(GoldenReport.chosen(), owner.getSimpleName(), checks);
  }

  /** The same for another folder or report. */
  public static Stream<DynamicNode> of(
      GoldenReport report, String owner, Map<String, Consumer<GoldenRun>> checks) {
    return report.fixtures().startingWith("").stream()
        .filter(fixture -> kind(fixture, checks) != null)
        .map(fixture -> tests(fixture, report, owner, kind(fixture, checks)));
  }

  /** Runs such tests here and now, for tests of them; what they threw. */
  public static List<Throwable> failures(Stream<DynamicNode> fixtures) {
    List<Throwable> failures = new ArrayList<>();
    fixtures
        .flatMap(fixture -> ((DynamicContainer) fixture).getChildren())
        .forEach(
            test -> {
              try {
                ((DynamicTest) test).getExecutable().execute();
              } catch (Throwable e) {
                failures.add(e);
              }
            });
    return failures;
  }

  private static Consumer<GoldenRun> kind(
      Fixture fixture, Map<String, Consumer<GoldenRun>> checks) {
    return checks.entrySet().stream()
        .filter(check -> fixture.name().startsWith(check.getKey()))
        .findFirst()
        .map(Map.Entry::getValue)
        .orElse(null);
  }

  private static DynamicNode tests(
      Fixture fixture, GoldenReport report, String owner, Consumer<GoldenRun> check) {
    GoldenRun run = GoldenRun.of(fixture);
    // One after the other: which defects there are is known when the numbers have been compared.
    Stream<Supplier<Stream<DynamicNode>>> stages =
        Stream.of(
            () ->
                Stream.of(
                    dynamicTest(
                        "its numbers are within its tolerances", () -> compare(run, check))),
            () ->
                run.defects().stream()
                    .map(defect -> dynamicTest(defect.title(), () -> run.check(defect))),
            () ->
                Stream.of(
                    dynamicTest(
                        "none of its values is forgotten", () -> conclude(run, report, owner))));
    return dynamicContainer(fixture.name(), stages.flatMap(Supplier::get));
  }

  private static void compare(GoldenRun run, Consumer<GoldenRun> check) {
    run.compare(check);
    assertThat(run.comparisons().size() + run.defects().size()).as("comparisons").isPositive();
    run.requirePassed();
  }

  private static void conclude(GoldenRun run, GoldenReport report, String owner) {
    report.add(run, owner);
    assertThat(run.forgotten()).isEmpty();
  }
}
