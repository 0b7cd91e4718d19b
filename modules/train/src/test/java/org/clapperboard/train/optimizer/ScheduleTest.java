package org.clapperboard.train.optimizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.stream.Stream;
import org.clapperboard.config.BrokenRules;
import org.clapperboard.testing.GoldenRun;
import org.clapperboard.testing.GoldenTests;
import org.clapperboard.train.optimizer.Schedule.Shape;
import org.junit.jupiter.api.DynamicNode;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

class ScheduleTest {

  @TestFactory
  @Tag("golden")
  Stream<DynamicNode> the_cosine_is_that_of_the_reference() {
    return GoldenTests.of(ScheduleTest.class, "11_schedule", ScheduleTest::compare);
  }

  private static void compare(GoldenRun run) {
    run.leave("(?!lr).*");
    for (JsonNode curve : run.json().get("lr")) {
      Schedule schedule = new Schedule(curve.get("warmup_ratio").asDouble(), Shape.COSINE, 1);
      long steps = curve.get("total_steps").asLong();
      String name = "lr of " + steps + " steps";
      long warmup = curve.get("warmup_steps").asLong();
      run.equal(name + " warmup", schedule.warmupSteps(steps), warmup);
      for (int i = 0; i < curve.get("step_index").size(); i++) {
        long step = curve.get("step_index").get(i).asLong();
        double expected = curve.get("lr").get(i).asDouble();
        double actual = curve.get("base_lr").asDouble() * schedule.factor(step, steps);
        double tolerance = run.tolerance("lr relative") * expected + 1e-20;
        run.number(name + " at " + step, actual, expected, tolerance);
      }
    }
  }

  @Test
  void the_linear_shape_is_constant_until_its_last_part() {
    Schedule schedule = new Schedule(0.1, Shape.LINEAR, 0.25);
    assertThat(schedule.factor(0, 90)).isZero();
    assertThat(schedule.factor(9, 90)).isEqualTo(1);
    assertThat(schedule.factor(60, 90)).isEqualTo(1);
    assertThat(schedule.factor(80, 90)).isCloseTo(10 / (81 * 0.25), within(1e-12));
    assertThat(schedule.factor(90, 90)).isZero();
  }

  @Test
  void a_ratio_beyond_one_is_refused() {
    assertThatThrownBy(() -> new Schedule(1.5, Shape.COSINE, 1))
        .isInstanceOf(BrokenRules.class)
        .hasMessage("warmupRatio is 1.5 (expected: between 0 and 1).");
  }
}
