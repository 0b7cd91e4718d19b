package org.clapperboard.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.clapperboard.testing.FaultyWire;
import org.clapperboard.testing.FaultyWire.Fault;
import org.clapperboard.testing.S3Server;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** A run in an object store, which answers late, with errors, or not at all. */
@Tag("full")
@ExtendWith(World.Shared.class)
class S3FaultsIT {

  /**
   * What happens to the requests of a run: one in seven fails, or takes its time, whatever it is;
   * and the first attempt never gets a file of its third checkpoint written.
   */
  private static final class Weather implements Function<String, Fault> {
    private static final Fault[] KINDS = {
      Fault.INTERNAL_ERROR,
      Fault.SLOW_DOWN,
      Fault.LATE,
      Fault.RESET,
      Fault.CUT_ANSWER,
      Fault.LOST_ANSWER
    };
    private static final Pattern THIRD =
        Pattern.compile("PUT .*/(attempt-[^/]+)/step-000015/rank-1\\.safetensors.*");

    private final Random random = new Random(1);
    private String first;
    private int refused;

    @Override
    public Fault apply(String request) {
      Matcher third = THIRD.matcher(request);
      if (third.matches()) {
        first = first == null ? third.group(1) : first;
        if (first.equals(third.group(1))) {
          refused++;
          return Fault.INTERNAL_ERROR;
        }
      }
      return random.nextInt(7) == 0 ? KINDS[random.nextInt(KINDS.length)] : Fault.NONE;
    }
  }

  @Test
  void a_store_that_fails_now_and_then_and_once_for_long_changes_nothing(
      World world, @TempDir Path folder) throws Exception {
    Path undisturbed = world.joint(2);
    try (S3Server server = S3Server.start(folder)) {
      Path bucket = server.create("runs");
      Path run = bucket.resolve("faulty");
      World.copy(world.run("before-s3"), run);
      Weather weather = new Weather();
      try (FaultyWire wire = FaultyWire.to(server.port(), weather)) {
        String settings =
            S3Server.settings(wire.port()).entrySet().stream()
                .map(entry -> "--conf spark.hadoop." + entry.getKey() + "=" + entry.getValue())
                .collect(Collectors.joining(" "));
        Map<String, String> environment =
            Map.of(
                "CLAPPERBOARD_WORKERS",
                "2",
                "SPARK_ARGS",
                // Of two the later counts. What fails for long is given up sooner than elsewhere,
                // and the files of the stage before were put there by hand, without tags.
                settings
                    + " --conf spark.hadoop.fs.s3a.retry.limit=7"
                    + " --conf spark.hadoop.fs.s3a.change.detection.version.required=false");
        List<String> arguments = world.arguments("joint", "s3a://runs/faulty", "cluster.ranks=2");
        Jobs.Ended ended = world.jobs().start(environment, "train.sh", arguments).await();
        assertThat(ended.requireOut())
            .containsPattern("attempt 1 ended\\. [^\n]*Cannot save step 15 of joint in s3a://runs/")
            .containsPattern("attempt 2 goes on after step 10 of 40");
        assertThat(weather.refused).isPositive();
        assertThat(wire.counts()).containsKeys(Weather.KINDS);
      }
      Faults.assertSame(world, run, undisturbed);
    }
  }
}
