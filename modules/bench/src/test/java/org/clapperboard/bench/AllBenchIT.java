package org.clapperboard.bench;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

class AllBenchIT {
  @TempDir private Path temporary;

  private List<PathResult> run(String... further) throws Exception {
    Path file = temporary.resolve("all.json");
    CommandLine line =
        new CommandLine(new BenchCommand()).setCaseInsensitiveEnumValuesAllowed(true);
    String[] arguments = {"all", "--quick", "--rounds=1", "--json=" + file};
    String[] all = new String[arguments.length + further.length];
    System.arraycopy(arguments, 0, all, 0, arguments.length);
    System.arraycopy(further, 0, all, arguments.length, further.length);
    assertThat(line.execute(all)).isZero();
    return WholeTable.read(file).results();
  }

  @Test
  void paths_are_measured_alone_where_there_is_no_peer() throws Exception {
    List<PathResult> results =
        run("--no-ceilings", "--only=order,allreduce", "--python=/no/python");
    assertThat(results).hasSize(1 + 2);
    assertThat(results.get(0).judged().orElseThrow().median()).isPositive();
    assertThat(results.get(1).ours().median()).isPositive();
    assertThat(results.get(1).line()).contains("no peer: ", "/no/python");
  }

  @Test
  @Tag("full")
  void every_path_stands_beside_its_peer_and_the_ceilings() throws Exception {
    String missing = PythonPeer.missing(PeerOption.DEBIAN, "torch", "torchaudio", "av", "PIL");
    Assumptions.assumeTrue(missing == null, missing);
    List<PathResult> results = run();
    assertThat(results).hasSize(2 + 1 + 1 + 1 + 2 + 4 + 4 + 1);
    assertThat(results).noneMatch(result -> result.note().contains("no peer"));
    assertThat(results).allMatch(result -> result.judged().orElseThrow().median() > 0);
  }

  @Test
  void filter_banks_are_those_of_torchaudio() throws Exception {
    String missing = PythonPeer.missing(PeerOption.DEBIAN, "torchaudio");
    Assumptions.assumeTrue(missing == null, missing);
    List<Path> files = List.of(MadeSounds.write(temporary, 2, 44_100, 3));
    JsonNode json = new FbankBench(temporary, files, 1, 0.05, PeerOption.DEBIAN).run().json();
    assertThat(json.get("largest-difference-of-same-samples").asDouble()).isBetween(0.0, 0.02);
    assertThat(json.get("files").get(0).get("median-difference").asDouble()).isLessThan(0.25);
    assertThat(json.get("ours to torchaudio").get("median").asDouble()).isPositive();
  }

  @Test
  void a_connection_over_loopback_carries_what_it_carries() throws Exception {
    assertThat(new LoopbackRate(8).measure(0, 1).get("ours").median()).isPositive();
  }
}
