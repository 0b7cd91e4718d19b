package org.clapperboard.app.inspect;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.SparkSession;
import org.clapperboard.app.Console;
import org.clapperboard.config.BadData;
import org.clapperboard.data.lookalike.Findings;
import org.clapperboard.data.lookalike.LookalikeSearch;
import org.clapperboard.data.shard.PreparedDataset;
import org.clapperboard.data.storage.Folder;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code jobs/inspect.sh duplicates}: which samples are like others, and like evaluations. */
@Command(
    name = "duplicates",
    mixinStandardHelpOptions = true,
    description = {
      "Looks for samples that look or sound nearly like another one of their dataset, or like one",
      "of an evaluation set: scaled, encoded again, brighter, louder. What it finds is a table,",
      "which jobs/plan.sh counts and data.without in a stage file leaves out. Nothing is changed.",
      "Flat frames, silence and texts are like nothing."
    },
    footer = {
      "  jobs/inspect.sh duplicates --prepared runs/demo/prepared",
      "  jobs/inspect.sh duplicates --prepared /data/prepared --against /data/exams --distance 4"
    })
public final class DuplicatesCommand implements Callable<Integer> {
  private static final String EXAMPLES =
      """
      SELECT kind, dataset, sample_id, other_dataset, other_sample_id, frames_distance,
             sound_distance
      FROM (SELECT *, row_number() OVER (PARTITION BY kind, dataset, other_dataset
                                         ORDER BY sample_id) AS nth FROM findings)
      WHERE nth <= :examples ORDER BY kind, dataset, other_dataset, nth
      """;

  @Option(
      names = "--prepared",
      required = true,
      paramLabel = "FOLDER",
      description = "Prepared datasets; all are searched that --against does not name.")
  private String prepared;

  @Option(
      names = "--dataset",
      paramLabel = "NAME",
      description = "One of them to search instead of all. Can be given several times.")
  private List<String> names = List.of();

  @Option(
      names = "--against",
      paramLabel = "FOLDER",
      description = "A prepared evaluation set, or a folder of some. Can be given several times.")
  private List<String> against = List.of();

  @Option(
      names = "--to",
      paramLabel = "FOLDER",
      description = "Where the findings go, if not to findings beside the prepared datasets.")
  private String to;

  @Option(
      names = "--distance",
      paramLabel = "BITS",
      defaultValue = "" + LookalikeSearch.USUAL_DISTANCE,
      description = "Bits of 64 in which hashes may differ, 0 to 10. Default: ${DEFAULT-VALUE}.")
  private int distance;

  @Option(
      names = "--examples",
      paramLabel = "N",
      defaultValue = "3",
      description = "Examples of each pair of datasets. Default: ${DEFAULT-VALUE}.")
  private int examples;

  private final Console console = new Console();

  @Override
  public Integer call() {
    SparkSession spark = RunTables.spark();
    try {
      Configuration hadoop = spark.sparkContext().hadoopConfiguration();
      Folder datasets = Folder.of(prepared, hadoop);
      Folder findings = to == null ? datasets.folder("findings") : Folder.of(to, hadoop);
      print(search(spark, datasets, hadoop).into(findings), findings, spark);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } finally {
      RunTables.stop(spark);
    }
    return 0;
  }

  private LookalikeSearch search(SparkSession spark, Folder datasets, Configuration hadoop)
      throws IOException {
    LookalikeSearch search = new LookalikeSearch(spark, distance);
    Set<Path> evaluations = new HashSet<>();
    for (String location : against) {
      Folder evaluation = Folder.of(location, hadoop);
      for (Folder folder : complete(evaluation)) {
        evaluations.add(folder.path());
        search.against(folder);
      }
    }
    List<Folder> searched = new ArrayList<>();
    if (names.isEmpty()) {
      searched.addAll(complete(datasets));
      searched.removeIf(folder -> evaluations.contains(folder.path()));
    } else {
      names.forEach(name -> searched.add(datasets.folder(name)));
    }
    if (searched.isEmpty()) {
      throw new BadData("Cannot search " + datasets + ": no other dataset is prepared there.");
    }
    searched.forEach(search::search);
    return search;
  }

  private static List<Folder> complete(Folder folder) throws IOException {
    List<Folder> complete = new ArrayList<>();
    for (Folder dataset : RunTables.datasets(folder)) {
      if (dataset.has(PreparedDataset.FILE)) {
        complete.add(dataset);
      }
    }
    if (complete.isEmpty()) {
      throw new BadData("Cannot search " + folder + ": no dataset is prepared there.");
    }
    return complete;
  }

  private void print(Findings findings, Folder folder, SparkSession spark) {
    console.line("kind\tdataset\tother_dataset\tsamples");
    for (Findings.Count count : findings.counts()) {
      console.line("%s\t%s\t%s\t%d", count.kind(), count.dataset(), count.other(), count.samples());
    }
    console.line("");
    RunTables tables = RunTables.of(spark, folder, findings);
    RunTables.print(console, tables.ask(EXAMPLES, Map.of("examples", examples)));
    console.line("");
    console.line("%s", folder);
  }
}
