package org.clapperboard.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** The account of the joint stage; the script is asked once, as the README does. */
@ExtendWith(World.Shared.class)
class LedgerIT {

  @Test
  void every_batch_is_two_to_one_to_one(World world) {
    String sql =
        """
        SELECT both, seen, heard, count(*) AS batches
        FROM (SELECT step, count_if(modality = 'audio-visual') AS both,
                     count_if(modality = 'video') AS seen, count_if(modality = 'audio') AS heard
              FROM ledger WHERE stage = 'joint' GROUP BY step)
        GROUP BY both, seen, heard
        """;
    long steps = World.result(world.joint(2), "joint").steps();
    List<String> arguments = List.of("--run", world.joint(2).toString(), sql);
    assertThat(world.jobs().run("local[1]", "inspect.sh", arguments).requireOut().lines())
        .containsExactly("both\tseen\theard\tbatches", "4\t2\t2\t" + steps);
  }

  @Test
  void every_audio_visual_sample_is_used_once_per_epoch(World world) {
    String sql =
        """
        SELECT epoch, count(*) AS used, count(DISTINCT sample_id) AS samples
        FROM ledger WHERE stage = 'joint' AND stream = 'audio-visual'
        GROUP BY epoch ORDER BY epoch
        """;
    long samples = world.dataset("demo-av").samples();
    long quarter = samples / 4;
    assertThat(world.inspect("--run", world.joint(2).toString(), sql))
        .containsExactly(
            "epoch\tused\tsamples",
            "0\t" + samples + "\t" + samples,
            "1\t" + quarter + "\t" + quarter);
  }
}
