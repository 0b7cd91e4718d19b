package org.clapperboard.nccl;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.clapperboard.config.BadConfig;
import org.junit.jupiter.api.Test;

class ReadinessIT {

  @Test
  void all_ranks_learn_what_rank_0_calls_the_communicator() throws Exception {
    List<Object> ids =
        TcpRanks.run(
            3, ranks -> Readiness.ready(new byte[] {(byte) (40 + ranks.rank()), 2}).agree(ranks));
    assertThat(ids).hasSize(3).allSatisfy(id -> assertThat(id).isEqualTo(new byte[] {40, 2}));
  }

  @Test
  void what_some_ranks_lack_is_told_on_all_of_them_once_per_reason() throws Exception {
    List<Object> failures =
        TcpRanks.run(
            4,
            ranks ->
                switch (ranks.rank()) {
                  case 0 -> Readiness.ready(new byte[128]).agree(ranks);
                  case 1 -> Readiness.unable("no such device.").agree(ranks);
                  default -> Readiness.unable("libnccl.so.2 is missing.").agree(ranks);
                });
    assertThat(failures)
        .hasSize(4)
        .allSatisfy(
            failure ->
                assertThat(failure)
                    .asInstanceOf(InstanceOfAssertFactories.type(BadConfig.class))
                    .satisfies(
                        bad ->
                            assertThat(bad)
                                .hasMessage(
                                    """
                                    cluster.collective  is nccl, which ranks 2, 3 cannot use: libnccl.so.2 is missing.
                                    cluster.collective  is nccl, which rank 1 cannot use: no such device.
                                    2 problems; nothing was started.""")));
  }
}
