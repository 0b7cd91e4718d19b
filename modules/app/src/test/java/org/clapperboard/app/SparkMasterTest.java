package org.clapperboard.app;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.InetAddress;
import java.net.ServerSocket;
import org.clapperboard.config.BadConfig;
import org.junit.jupiter.api.Test;

class SparkMasterTest {
  @Test
  void a_master_that_does_not_answer_is_told_at_once() throws Exception {
    int port;
    try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = free.getLocalPort();
    }
    String master = "spark://127.0.0.1:" + port;
    assertThatThrownBy(() -> SparkMaster.require(master))
        .isInstanceOf(BadConfig.class)
        .hasMessageContaining("SPARK_MASTER")
        .hasMessageContaining("is " + master + " (expected: a master that answers): ");
  }

  @Test
  void one_of_several_that_answers_is_enough() throws Exception {
    try (ServerSocket there = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      String master = "spark://nothing,127.0.0.1:" + there.getLocalPort();
      assertThatCode(() -> SparkMaster.require(master)).doesNotThrowAnyException();
    }
  }

  @Test
  void what_is_no_place_is_named_and_other_kinds_are_left_to_spark() {
    assertThatThrownBy(() -> SparkMaster.require("spark://nothing"))
        .isInstanceOf(BadConfig.class)
        .hasMessageContaining("\"nothing\" is no HOST:PORT");
    assertThatCode(() -> SparkMaster.require("local[2]")).doesNotThrowAnyException();
    assertThatCode(() -> SparkMaster.require("yarn")).doesNotThrowAnyException();
  }
}
