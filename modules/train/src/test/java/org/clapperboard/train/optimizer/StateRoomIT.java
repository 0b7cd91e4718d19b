package org.clapperboard.train.optimizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.clapperboard.config.WorkerLost;
import org.clapperboard.model.engine.TorchEngine;
import org.clapperboard.model.weights.Dtype;
import org.clapperboard.model.weights.Elements;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StateRoomIT {
  private static final int ELEMENTS = 50_000_000;

  @TempDir private Path scratch;

  @BeforeAll
  static void engine() {
    TorchEngine.start(1);
  }

  @Test
  void what_is_on_disk_takes_no_memory_of_the_processs_own() throws Exception {
    assertThat(grown(StateRoom.memory())).isGreaterThan(3L * ELEMENTS);
    assertThat(grown(StateRoom.of(OptimizerState.DISK, scratch))).isLessThan(ELEMENTS);
  }

  /** Bytes that the process has to keep in memory, or swap, once zeros have become other values. */
  private static long grown(StateRoom room) throws IOException {
    try (NDManager scope = TorchEngine.newScope()) {
      long before = anonymous();
      NDArray state = room.zeros(scope, ELEMENTS);
      Elements elements = Elements.of(state, Dtype.F32);
      FloatBuffer values = FloatBuffer.allocate(1000);
      elements.read(ELEMENTS - 1000, values);
      assertThat(values.array()).containsOnly(0f);
      Arrays.fill(values.array(), 1.5f);
      for (long at = 0; at < ELEMENTS; at += 1000) {
        elements.write(at, values.rewind());
      }
      values.clear();
      elements.read(ELEMENTS / 2, values);
      assertThat(values.array()).containsOnly(1.5f);
      return anonymous() - before;
    }
  }

  private static long anonymous() throws IOException {
    return Files.readAllLines(Path.of("/proc/self/status")).stream()
        .filter(line -> line.startsWith("RssAnon:"))
        .mapToLong(line -> 1024 * Long.parseLong(line.replaceAll("\\D", "")))
        .findFirst()
        .orElseThrow();
  }

  @Test
  void nothing_is_left_in_the_folder() {
    try (NDManager scope = TorchEngine.newScope()) {
      StateRoom.of(OptimizerState.DISK, scratch).zeros(scope, 1000);
      assertThat(scratch).isEmptyDirectory();
    }
  }

  @Test
  void a_folder_that_takes_nothing_is_told() {
    Path full = Path.of("/dev/full/folder");
    try (NDManager scope = TorchEngine.newScope()) {
      StateRoom room = StateRoom.of(OptimizerState.DISK, full);
      assertThatThrownBy(() -> room.zeros(scope, 500_000_000))
          .isInstanceOf(WorkerLost.class)
          .hasMessageStartingWith(
              "Cannot keep the optimizer's state on disk: /dev/full/folder does not take 2.00 GB more: ")
          .hasMessageEndingWith(
              ". Give spark.local.dir more room, or set memory.optimizer-state to memory.");
    }
  }
}
