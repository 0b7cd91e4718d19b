package org.clapperboard.train;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import org.clapperboard.config.BadConfig;
import org.clapperboard.nccl.NcclCollective;
import org.junit.jupiter.api.Test;

/** A build for hosts without GPUs has no bindings, which is no reason to fail in its own words. */
class NcclWithoutBindingsIT {

  @Test
  void a_build_without_the_bindings_says_how_to_build_with_them() throws Exception {
    LocalRanks.run(
        2,
        ranks ->
            assertThatThrownBy(() -> NcclCollective.open(ranks, 0, Duration.ofSeconds(20)))
                .isInstanceOf(BadConfig.class)
                .hasMessageStartingWith(
                    "cluster.collective  is nccl, which ranks 0, 1 cannot use: the CUDA bindings are"
                        + " not on the class path (no org.bytedeco.cuda.global.cudart). NCCL needs a build"
                        + " with mvn -Pcuda, "));
  }
}
