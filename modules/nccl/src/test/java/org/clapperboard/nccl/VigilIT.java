package org.clapperboard.nccl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.InstanceOfAssertFactories.type;

import java.time.Duration;
import java.util.List;
import org.clapperboard.config.WorkerLost;
import org.junit.jupiter.api.Test;

class VigilIT {

  @Test
  void a_wait_for_a_device_ends_when_another_rank_aborts() throws Exception {
    List<Object> ends =
        TcpRanks.run(
            2,
            ranks -> {
              ranks.barrier();
              if (ranks.rank() == 1) {
                ranks.abort(new IllegalStateException("its device is broken"));
                return "aborted";
              }
              new Vigil(Duration.ofMinutes(5), () -> ranks.check("reduce-scatter"))
                  .until(() -> false, "the device");
              return "done";
            });
    assertThat(ends.get(1)).isEqualTo("aborted");
    assertThat(ends.get(0))
        .asInstanceOf(type(WorkerLost.class))
        .satisfies(
            lost ->
                assertThat(lost)
                    .hasMessageStartingWith("Cannot finish reduce-scatter: rank 1 ")
                    .hasMessageEndingWith(
                        "failed: java.lang.IllegalStateException: its device is broken."));
  }
}
