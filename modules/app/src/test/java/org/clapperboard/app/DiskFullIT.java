package org.clapperboard.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** A disk that has no room for the next checkpoint: a small one, which only its processes see. */
@Tag("full")
@ExtendWith(World.Shared.class)
class DiskFullIT {

  @Test
  void a_full_disk_is_told_and_what_was_saved_is_gone_on_from(World world) throws Exception {
    assumeTrue(mounts(), "processes may not mount a disk of their own here (unshare -Urm)");
    Path undisturbed = world.joint(2);
    Path before = world.run("disk-before");
    Path disk = world.folder("disk");
    Path after = world.folder("disk-after");
    List<String> arguments =
        world.arguments("joint", disk, "cluster.ranks=2", "checkpoint.keep=50");
    String script =
        """
        set -e
        mkdir "$disk"
        mount -t tmpfs -o size=200m none "$disk"
        cp -r "$before/." "$disk"
        mount -o remount,size=$(($(df --output=used -k "$disk" | tail -n 1) + 12000))k "$disk"
        bash jobs/train.sh "$@" && exit 99 || echo "ended with $?"
        mount -o remount,size=200m "$disk"
        bash jobs/train.sh "$@"
        cp -r "$disk" "$after"
        """;
    Jobs.Ended ended =
        world
            .jobs()
            .startProgram(
                Map.of(
                    "CLAPPERBOARD_WORKERS",
                    "2",
                    "disk",
                    disk.toString(),
                    "before",
                    before.toString(),
                    "after",
                    after.toString()),
                List.of("unshare", "-Urm", "bash", "-c", script, "disk"),
                arguments)
            .await();
    assertThat(ended.err()).doesNotContain("This is a bug");
    String out = ended.requireOut();
    assertThat(ended.err())
        .contains("No space left on device")
        .containsPattern("Cannot (save step \\d+ of|go on with) joint");
    assertThat(out)
        .containsPattern("attempt 3 ended\\. Cannot [^\n]*No space left on device")
        .contains("ended with 5\n")
        .containsPattern("attempt 1 goes on after step \\d+ of 40\n");
    Faults.assertSame(world, after, undisturbed);
  }

  private static boolean mounts() throws Exception {
    Process mount =
        new ProcessBuilder("unshare", "-Urm", "mount", "-t", "tmpfs", "none", "/mnt").start();
    return mount.waitFor(10, TimeUnit.SECONDS) && mount.exitValue() == 0;
  }
}
