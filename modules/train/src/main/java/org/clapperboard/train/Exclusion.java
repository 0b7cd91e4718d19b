package org.clapperboard.train;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.clapperboard.config.ConfigFile;
import org.clapperboard.config.Problems;
import org.clapperboard.data.lookalike.Findings;
import org.clapperboard.data.shard.LeftOut;
import org.clapperboard.data.shard.PreparedDataset;
import org.clapperboard.data.storage.Folder;
import org.clapperboard.train.StagePlan.StreamData;
import org.clapperboard.train.config.DataConfig;

/**
 * What was found of the datasets of a stage, and what is left out of them because of it: the same
 * rows for all ranks, so that order knows nothing of it but shorter blocks.
 *
 * @param findings what a search found, or null if there was none
 * @param stale datasets of the stage that have not been searched as they are now
 * @param leftOut rows that are left out, by dataset
 */
public record Exclusion(Findings findings, List<String> stale, Map<String, LeftOut> leftOut) {

  public Exclusion {
    stale = List.copyOf(stale);
    leftOut = new TreeMap<>(leftOut);
  }

  static Exclusion of(
      ConfigFile file,
      DataConfig data,
      List<StreamData> streams,
      Configuration hadoop,
      Problems missing) {
    Folder folder = Folder.of(data.findings(), hadoop);
    Findings findings = Findings.in(folder);
    List<PreparedDataset> datasets =
        streams.stream().flatMap(stream -> stream.datasets().stream()).toList();
    List<String> stale =
        findings == null
            ? List.of()
            : datasets.stream()
                .filter(dataset -> !findings.covers(dataset))
                .map(PreparedDataset::name)
                .distinct()
                .toList();
    Map<String, LeftOut> leftOut = new TreeMap<>();
    if (!data.without().isEmpty() && (findings == null || !stale.isEmpty())) {
      missing.add(
          file.problem(
              "data.without",
              findings == null
                  ? "findings in " + folder
                  : "findings of " + String.join(", ", stale) + " as prepared now in " + folder,
              "Search first: jobs/inspect.sh duplicates --prepared " + data.prepared()));
    } else if (!data.without().isEmpty()) {
      leftOut = findings.leftOut(folder, data.without());
      leftOut.keySet().retainAll(datasets.stream().map(PreparedDataset::name).toList());
    }
    Exclusion exclusion = new Exclusion(findings, stale, leftOut);
    exclusion.checkStreams(file, streams, missing);
    return exclusion;
  }

  private void checkStreams(ConfigFile file, List<StreamData> streams, Problems missing) {
    for (StreamData stream : streams) {
      if (stream.complete() && samples(stream) == 0) {
        missing.add(
            file.problem(
                "data.without",
                "something to keep some samples of the stream " + stream.config().name(),
                "All of them are left out."));
      }
    }
  }

  /** Rows that are kept of every row group of a stream, dataset after dataset. */
  List<Long> rowGroups(StreamData stream) {
    return stream.datasets().stream().flatMap(this::kept).toList();
  }

  private Stream<Long> kept(PreparedDataset dataset) {
    LeftOut out = leftOut.get(dataset.name());
    return (out == null ? dataset.rowGroups() : out.kept(dataset)).stream();
  }

  /** Samples of a stream that are kept. */
  public long samples(StreamData stream) {
    return stream.datasets().stream().mapToLong(this::samples).sum();
  }

  /** Samples of a dataset that are kept. */
  public long samples(PreparedDataset dataset) {
    return kept(dataset).mapToLong(rows -> rows).sum();
  }

  /** Samples of a dataset that are left out. */
  public long leftOut(PreparedDataset dataset) {
    LeftOut out = leftOut.get(dataset.name());
    return out == null ? 0 : out.samples();
  }
}
