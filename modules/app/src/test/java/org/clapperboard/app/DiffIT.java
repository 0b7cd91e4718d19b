package org.clapperboard.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.clapperboard.data.Exchange;
import org.clapperboard.data.Modality;
import org.clapperboard.data.ledger.Ledger;
import org.clapperboard.data.ledger.LedgerRow;
import org.clapperboard.data.recipe.About;
import org.clapperboard.data.shard.SourceFacts;
import org.clapperboard.data.shard.StoredSample;
import org.clapperboard.data.storage.Folder;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Two datasets, and two runs, that differ in everything that there is a word for. */
@ExtendWith(World.Shared.class)
class DiffIT {
  private final Path temporary;

  DiffIT(@TempDir Path temporary) {
    this.temporary = temporary;
  }

  private static StoredSample sample(String id, String answer, String media, int loudness) {
    short[] sound = new short[100];
    Arrays.fill(sound, (short) loudness);
    return new StoredSample(
        id,
        "set",
        Modality.AUDIO,
        "",
        media,
        "key",
        0,
        Double.POSITIVE_INFINITY,
        List.of(new Exchange("what ?", answer)),
        new SourceFacts("wav", "pcm_s16le", 0, 0, 0, 0, 1, 0, 0, 0, List.of(), true),
        null,
        sound,
        1);
  }

  private Folder run(String name) {
    return Folder.of(temporary.resolve(name).toString(), new Configuration());
  }

  private void write(String run, StoredSample... samples) throws IOException {
    Folder dataset = run(run).folder("prepared").folder("set");
    HandmadeDataset.write(dataset, "set", List.of(samples), About.nothing());
  }

  private void writeBoth() throws IOException {
    write(
        "one",
        sample("a", "same", "file:/a", 1),
        sample("b", "removed", "file:/b", 1),
        sample("c", "old words", "file:/c", 1),
        sample("d", "moved", "file:/d", 1),
        sample("e", "decoded", "file:/e", 1),
        sample("f", "old words", "file:/f", 1));
    write(
        "two",
        sample("a", "same", "file:/a", 1),
        sample("c", "new words", "file:/c", 1),
        sample("d", "moved", "file:/elsewhere", 1),
        sample("e", "decoded", "file:/e", 2),
        sample("f", "new words", "file:/f", 2),
        sample("g", "added", "file:/g", 1));
  }

  private void train(String run, String... samples) throws IOException {
    List<LedgerRow> rows = new ArrayList<>();
    for (int i = 0; i < samples.length; i++) {
      String dataset = samples[i].startsWith("x") ? "other" : "set";
      rows.add(new LedgerRow(0, 0, "s", 0, i, samples[i], dataset, "audio", 3, 0.5, true));
    }
    new Ledger(run(run).folder("stage").folder("ledger"), run, "stage").write(0, 0, 1, rows);
  }

  private List<String> diff(World world, String one, String other) {
    return world.inspect(
        "diff", temporary.resolve(one).toString(), temporary.resolve(other).toString());
  }

  @Test
  void two_datasets_differ_in_what_was_done_to_them(World world) throws Exception {
    writeBoth();
    assertThat(diff(world, "one/prepared/set", "two/prepared/set"))
        .containsExactly(
            "dataset\tchange\tsamples",
            "set\tadded\t1",
            "set\tremoved\t1",
            "set\tre-captioned\t2",
            "set\tmoved\t1",
            "set\tre-decoded\t2",
            "",
            "change\tdataset\tsample_id",
            "added\tset\tg",
            "moved\tset\td",
            "re-captioned\tset\tc",
            "re-captioned\tset\tf",
            "re-decoded\tset\te",
            "re-decoded\tset\tf",
            "removed\tset\tb");
  }

  @Test
  void two_runs_differ_in_the_weight_of_their_datasets_too(World world) throws Exception {
    writeBoth();
    train("one", "a", "a", "c", "x1");
    train("two", "a", "c", "x1", "x2");
    assertThat(diff(world, "one", "two"))
        .contains("set\tre-captioned\t2")
        .endsWith(
            "stage\tdataset\tchange\tused_a\tused_b\tshare_a\tshare_b\tsamples_a\tsamples_b",
            "stage\tother\tre-weighted\t1\t2\t0.25\t0.5\t1\t2",
            "stage\tset\tre-weighted\t3\t2\t0.75\t0.5\t2\t2");
    assertThat(diff(world, "one", "one"))
        .endsWith("stage\tother\t\t1\t1\t0.25\t0.25\t1\t1", "stage\tset\t\t3\t3\t0.75\t0.75\t2\t2");
  }
}
