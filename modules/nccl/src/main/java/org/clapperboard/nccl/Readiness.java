package org.clapperboard.nccl;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.clapperboard.collective.Collective;
import org.clapperboard.config.BadConfig;
import org.clapperboard.config.Problem;

/**
 * What a rank brings to the start: that it can use NCCL, or why it cannot. Ranks tell each other
 * before any of them calls NCCL, which would wait for the missing one.
 *
 * @param id what names the communicator; that of rank 0 counts
 * @param problem why this rank cannot, or "" if it can
 */
record Readiness(byte[] id, String problem) {

  static Readiness ready(byte[] id) {
    return new Readiness(id, "");
  }

  static Readiness unable(String problem) {
    return new Readiness(new byte[0], problem);
  }

  /**
   * Returns the id of rank 0. All ranks call it, and all of them get the same failure.
   *
   * @throws BadConfig if a rank cannot
   */
  byte[] agree(Collective ranks) {
    List<byte[]> all = ranks.allGather(packed());
    Map<String, List<Integer>> unable = new TreeMap<>();
    for (int rank = 0; rank < all.size(); rank++) {
      if (all.get(rank)[0] == 0) {
        String why = new String(rest(all.get(rank)), StandardCharsets.UTF_8);
        unable.computeIfAbsent(why, none -> new ArrayList<>()).add(rank);
      }
    }
    if (!unable.isEmpty()) {
      throw new BadConfig(
          unable.entrySet().stream().map(one -> problem(one.getValue(), one.getKey())).toList());
    }
    return rest(all.get(0));
  }

  private static Problem problem(List<Integer> ranks, String why) {
    String who =
        (ranks.size() == 1 ? "rank " : "ranks ")
            + ranks.stream().map(String::valueOf).collect(Collectors.joining(", "));
    return Problem.of("cluster.collective", "is nccl, which " + who + " cannot use: " + why);
  }

  private byte[] packed() {
    byte[] content = problem.isEmpty() ? id : problem.getBytes(StandardCharsets.UTF_8);
    byte[] packed = new byte[content.length + 1];
    packed[0] = (byte) (problem.isEmpty() ? 1 : 0);
    System.arraycopy(content, 0, packed, 1, content.length);
    return packed;
  }

  private static byte[] rest(byte[] packed) {
    return Arrays.copyOfRange(packed, 1, packed.length);
  }
}
