package org.clapperboard.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import org.clapperboard.testing.GoldenReport;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The last word on the reference's numbers, when the tests of all modules have had theirs. */
@Tag("golden")
class GoldenReportIT {

  @Test
  void every_fixture_was_run_every_value_was_read_and_all_are_within_tolerance()
      throws IOException {
    GoldenReport report = GoldenReport.chosen();
    boolean asked = !System.getProperty("golden", "").isEmpty();
    Assumptions.assumeTrue(
        asked || report.begun(), "no module with golden tests is part of this build");
    report.write();
    assertThat(report.problems()).as("problems in " + report.file()).isEmpty();
  }
}
