package org.clapperboard.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.clapperboard.testing.GoldenFixtures.Fixture;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** That nothing of a folder of fixtures slips through: no file, no value, no difference. */
class GoldenReportTest {
  @TempDir private Path temporary;
  private Path folder;
  private GoldenReport report;

  @BeforeEach
  void makeFixture() throws IOException {
    folder = Files.createDirectories(temporary.resolve("fixtures"));
    report = new GoldenReport(new GoldenFixtures(folder), "this build", temporary);
    fixture("20_sum_1", "{\"tolerance\": \"max abs 1e-3\", \"cases\": {\"a\": {\"size\": 2}}}");
  }

  private void fixture(String name, String json) throws IOException {
    Files.writeString(folder.resolve(name + ".json"), json);
    String header =
        "{\"in/x\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]},"
            + "\"out/y\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[8,12]}}";
    byte[] text = header.getBytes(StandardCharsets.UTF_8);
    ByteBuffer all = ByteBuffer.allocate(8 + text.length + 12).order(ByteOrder.LITTLE_ENDIAN);
    all.putLong(text.length).put(text).putFloat(1).putFloat(2).putFloat(3);
    Files.write(folder.resolve(name + ".safetensors"), all.array());
  }

  /** A check that reads everything; the sum that it computes is off by so much. */
  private static Consumer<GoldenRun> sum(float off) {
    return run -> {
      float[] x = run.file().floats("in/x");
      run.number("size", x.length, run.json().get("cases").get("a").get("size").asInt(), 0);
      run.close("out/y", new float[] {x[0] + x[1] + off}, run.tolerance("max abs"));
    };
  }

  /** Runs the tests of one check; the failures are what they threw. */
  private List<Throwable> run(String owner, String prefix, Consumer<GoldenRun> check) {
    return GoldenTests.failures(GoldenTests.of(report, owner, Map.of(prefix, check)));
  }

  @Test
  void fixtures_of_any_name_of_a_kind_are_run_and_told() throws IOException {
    fixture("20_sum_other_seed", Files.readString(folder.resolve("20_sum_1.json")));
    assertThat(run("SumTest", "20_sum", sum(0.0005f))).isEmpty();
    assertThat(report.problems()).isEmpty();
    assertThat(Files.readString(report.file()))
        .contains(
            "| 20_sum_1 | outputs (2) | 2 | 0.00050 at out/y | 0.00017 | abs 0.001 | 0.50 | ok |")
        .contains("| 20_sum_other_seed | outputs (2) |");
  }

  @Test
  void a_number_that_is_off_fails_its_test_and_the_report() {
    assertThat(run("SumTest", "20_sum", sum(0.002f)))
        .singleElement()
        .satisfies(e -> assertThat(e).hasMessageContaining("out/y"));
    assertThat(report.problems())
        .singleElement()
        .satisfies(problem -> assertThat(problem).startsWith("20_sum_1 out/y is off: 0.0020"));
    assertThat(run("SumTest", "20_sum", sum(Float.NaN))).hasSize(1);
  }

  @Test
  void a_fixture_of_an_unknown_kind_is_a_problem() throws IOException {
    fixture("21_new", "{}");
    assertThat(run("SumTest", "20_sum", sum(0))).isEmpty();
    assertThat(report.problems()).containsExactly("21_new was run by no test");
    Files.delete(folder.resolve("21_new.json"));
    assertThat(report.problems())
        .containsExactly("21_new.safetensors has no description beside it");
  }

  @Test
  void a_folder_without_fixtures_is_a_problem() throws IOException {
    Path empty = Files.createDirectories(temporary.resolve("empty"));
    GoldenReport none = new GoldenReport(new GoldenFixtures(empty), "this build", temporary);
    assertThat(none.problems()).containsExactly("there are no fixtures in " + empty);
  }

  @Test
  void a_value_that_nobody_reads_fails_the_only_test_and_the_report() {
    Consumer<GoldenRun> half = run -> run.close("in/x", new float[] {1, 2}, 1e-6);
    assertThat(run("HalfTest", "20_sum", half))
        .singleElement()
        .satisfies(e -> assertThat(e).hasMessageContaining("cases").hasMessageContaining("out/y"));
    assertThat(report.problems())
        .containsExactly("20_sum_1 has values that no test has read: cases, out/y");
  }

  @Test
  void what_one_test_leaves_another_has_to_read() {
    Consumer<GoldenRun> first =
        run -> {
          run.leave("cases.*");
          run.close("in/x", new float[] {1, 2}, 1e-6);
          run.close("out/y", new float[] {3}, 1e-6);
        };
    assertThat(run("FirstTest", "20_sum", first)).isEmpty();
    assertThat(report.problems())
        .containsExactly("20_sum_1 has values that no test has read: cases");
    Consumer<GoldenRun> second =
        run -> {
          run.leave("in/x|out/y");
          run.number("size", 2, run.json().get("cases").get("a").get("size").asInt(), 0);
        };
    assertThat(run("SecondTest", "20_sum", second)).isEmpty();
    assertThat(report.problems()).isEmpty();
  }

  @Test
  void what_is_otherwise_here_is_a_test_of_its_own_and_is_told() throws IOException {
    Consumer<GoldenRun> check =
        run -> {
          sum(0).accept(run);
          run.otherwise("adds up wrongly", "sums are right", () -> assertThat(1 + 1).isEqualTo(3));
        };
    assertThat(run("SumTest", "20_sum", check)).hasSize(1);
    String what = "the reference adds up wrongly; here sums are right";
    assertThat(report.problems()).containsExactly("20_sum_1, not so: " + what);
    assertThat(Files.readString(report.file())).contains("- 20_sum_1: " + what);
  }

  @Test
  void a_test_that_breaks_off_is_a_problem() {
    Consumer<GoldenRun> broken = run -> run.file().floats("in/z");
    assertThat(run("BrokenTest", "20_sum", broken)).hasSize(2);
    assertThat(report.problems())
        .anySatisfy(p -> assertThat(p).startsWith("20_sum_1 BrokenTest: ").contains("in/z"));
  }

  @Test
  void entries_of_other_builds_and_folders_do_not_count() {
    assertThat(run("SumTest", "20_sum", sum(0))).isEmpty();
    GoldenReport later = new GoldenReport(report.fixtures(), "later", temporary);
    assertThat(later.begun()).isFalse();
    assertThat(later.problems()).containsExactly("20_sum_1 was run by no test");
  }

  @Test
  void tolerances_are_read_out_of_the_fixtures_words() throws IOException {
    fixture("20_b", "{\"tolerance\": \"y max abs 3e-4 (all); gradients <= 2e-4 * max + 1e-6\"}");
    fixture("20_c", "{\"tolerance\": \"as 20_b\"}");
    for (String name : List.of("20_b", "20_c")) {
      GoldenRun run = GoldenRun.of(new Fixture(folder, name));
      assertThat(run.tolerance("y max abs")).isEqualTo(3e-4);
      assertThat(run.tolerance("gradients <=")).isEqualTo(2e-4);
      assertThat(run.tolerance("gradients <=", "max +")).isEqualTo(1e-6);
      assertThatThrownBy(() -> run.tolerance("loss"))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageStartingWith("20_b: its tolerance has no \"loss\": y max abs");
      assertThatThrownBy(() -> run.tolerance("gradients"))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("no number behind [gradients]");
    }
  }
}
