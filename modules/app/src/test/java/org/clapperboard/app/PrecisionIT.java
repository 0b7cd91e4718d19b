package org.clapperboard.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.Map;
import org.apache.hadoop.conf.Configuration;
import org.clapperboard.model.Part;
import org.clapperboard.model.weights.Dtype;
import org.clapperboard.model.weights.ParameterSpec;
import org.clapperboard.model.weights.Safetensors;
import org.clapperboard.train.MemoryPlan;
import org.clapperboard.train.StagePlan;
import org.clapperboard.train.checkpoint.WeightFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** A stage that computes in bfloat16. */
@ExtendWith(World.Shared.class)
class PrecisionIT {
  private static final String[] HALF = {"precision=bf16", "cluster.ranks=2"};

  @Test
  void what_a_stage_in_bfloat16_hands_over_is_float32(World world) {
    Path run = world.run("bf16");
    StagePlan plan = world.plan("joint", run, HALF);
    MemoryPlan half = MemoryPlan.of(plan, new Configuration());
    MemoryPlan whole = MemoryPlan.of(world.plan("joint", run), new Configuration());
    assertThat(half.weights()).isEqualTo(whole.weights() / 2);
    // In bfloat16 as they are made, in float32 as they are summed.
    assertThat(half.gradients()).isEqualTo(whole.gradients() * 1.5);
    world.train("joint", run, HALF[0], HALF[1], "steps=4");
    Map<String, WeightFile> parts = World.result(run, "joint").parts();
    for (Part part : plan.config().train()) {
      Safetensors file = Safetensors.open(run.resolve(parts.get(part.key()).location()));
      long unrounded = 0;
      for (ParameterSpec spec : plan.config().model().specs().get(part)) {
        assertThat(file.dtype(spec.name())).isEqualTo(Dtype.F32);
        FloatBuffer values = FloatBuffer.allocate((int) spec.elements());
        file.read(spec.name(), values);
        for (float value : values.array()) {
          assertThat(value).as(spec.name()).isFinite();
          unrounded += (Float.floatToRawIntBits(value) & 0xffff) == 0 ? 0 : 1;
        }
      }
      assertThat(unrounded).as("%s", part).isPositive();
    }
  }

  @Test
  void the_precision_decides_the_outcome_of_a_stage(World world) {
    Path run = world.run("precision");
    assertThat(world.plan("joint", run, HALF).inputs())
        .isNotEqualTo(world.plan("joint", run).inputs());
  }
}
