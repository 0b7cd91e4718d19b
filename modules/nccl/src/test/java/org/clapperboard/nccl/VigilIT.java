package org.clapperboard.nccl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.InstanceOfAssertFactories.type;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.function.BooleanSupplier;
import org.clapperboard.config.WorkerLost;
import org.junit.jupiter.api.Test;

class VigilIT {

  @Test
  void a_wait_for_a_device_ends_when_another_rank_aborts() throws Exception {
    // A barrier would not do: the rank that is through it first may abort while the other is in it.
    CountDownLatch waits = new CountDownLatch(1);
    List<Object> ends =
        TcpRanks.run(
            2,
            ranks -> {
              if (ranks.rank() == 1) {
                waits.await();
                ranks.abort(new IllegalStateException("its device is broken"));
                return "aborted";
              }
              BooleanSupplier never =
                  () -> {
                    waits.countDown();
                    return false;
                  };
              new Vigil(Duration.ofMinutes(5), () -> ranks.check("reduce-scatter"))
                  .until(never, "the device");
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
