package org.clapperboard.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.clapperboard.data.lookalike.Findings;
import org.clapperboard.data.storage.Folder;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** A stage without the samples that are like those of an evaluation, from search to ledger. */
@ExtendWith(World.Shared.class)
class ContaminationIT {

  private static Path search(World world) {
    Path to = world.folder("findings");
    if (!to.toFile().exists()) {
      world.inspect(
          "duplicates",
          "--prepared",
          world.folder("prepared").toString(),
          "--dataset",
          "demo-audio-qa",
          "--dataset",
          "demo-wavcaps",
          "--against",
          world.folder("prepared/demo-test-audio").toString(),
          "--to",
          to.toString());
    }
    return to;
  }

  private static Set<String> contaminated(Path findings) {
    Findings found = Findings.in(Folder.of(findings.toString(), new Configuration()));
    Set<String> samples = new TreeSet<>();
    for (Row row :
        SparkSession.builder()
            .getOrCreate()
            .read()
            .parquet(findings.resolve(found.file()).toString())
            .where("kind = 'contaminated' AND dataset = 'demo-wavcaps'")
            .select("sample_id")
            .collectAsList()) {
      samples.add(row.getString(0));
    }
    return samples;
  }

  @Test
  void contaminated_samples_are_planned_for_and_never_trained_on(World world) {
    Path findings = search(world);
    world.spark();
    Set<String> out = contaminated(findings);
    long all = world.dataset("demo-wavcaps").samples();
    assertThat(out).hasSizeBetween(1, (int) all - 8);
    Path run = world.folder("without-contaminated");
    World.copy(world.joint(2), run);
    String[] settings = {
      "stage=clean",
      "weights.from=joint",
      "data.findings=" + findings,
      "data.without=[contaminated]",
      "epochs=2",
      "steps=0"
    };
    List<String> plan = new PlanText(world.plan("audio", run, settings)).lines();
    assertThat(plan)
        .contains(
            "      " + out.size() + " samples look or sound like samples of demo-test-audio",
            "      " + out.size() + " samples are left out");
    world.train("audio", run, settings);
    List<Row> ledger = world.rows(run, "clean", "ledger", "sample_id", "epoch");
    Set<String> seen = new TreeSet<>();
    ledger.forEach(row -> seen.add(row.getString(0)));
    assertThat(seen).hasSize((int) all - out.size()).doesNotContainAnyElementsOf(out);
    assertThat(ledger.stream().filter(row -> row.getLong(1) == 0)).hasSize((int) all - out.size());
    Findings found = Findings.in(Folder.of(findings.toString(), new Configuration()));
    String sql = "SELECT samples, left_out, findings FROM inputs WHERE stage = 'clean'";
    assertThat(answer(world, run, sql))
        .isEqualTo((all - out.size()) + "\t" + out.size() + "\t" + found.hash());
    assertThat(answer(world, run, "SELECT left_out FROM mixture WHERE stage = 'clean'"))
        .isEqualTo("" + out.size());
  }

  private static String answer(World world, Path run, String sql) {
    List<String> lines = world.inspect("--run", run.toString(), sql);
    assertThat(lines).hasSize(2);
    return lines.get(1);
  }

  @Test
  void findings_of_other_data_are_refused(World world) {
    Path findings = search(world);
    Path run = world.joint(2);
    String[] settings = {"data.findings=" + findings, "data.without=[contaminated]"};
    assertThat(world.plan("video", run, settings).missing().list())
        .singleElement()
        .asString()
        .contains(
            "data.without is [\"contaminated\"] (expected: findings of demo-webvid, demo-panda as"
                + " prepared now in "
                + findings
                + "). Search first: jobs/inspect.sh duplicates --prepared "
                + world.folder("prepared"));
  }
}
