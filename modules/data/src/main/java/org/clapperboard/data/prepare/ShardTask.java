package org.clapperboard.data.prepare;

import java.io.IOException;
import java.io.Serializable;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.apache.hadoop.conf.Configuration;
import org.clapperboard.data.prepare.PrepareConfig.Settings;
import org.clapperboard.data.recipe.SampleSpec;
import org.clapperboard.data.shard.PreparedDataset;
import org.clapperboard.data.shard.ShardReader;
import org.clapperboard.data.shard.ShardWriter;
import org.clapperboard.data.storage.Folder;

/**
 * Decodes the samples of one shard and writes them. Runs on executors, as often as Spark likes:
 * each attempt writes files of its own, and only those that the driver hears of become part of the
 * dataset.
 */
final class ShardTask {
  private final String output;
  private final Settings settings;
  private final Configuration configuration;

  ShardTask(String output, Settings settings, Configuration configuration) {
    this.output = output;
    this.settings = settings;
    this.configuration = configuration;
  }

  /**
   * What one attempt wrote.
   *
   * @param shardFile the shard, or null if no sample could be used
   * @param rowGroups rows of its row groups
   * @param bytes its size
   * @param quarantineFile its quarantine rows, or null if there were none
   * @param quarantined how many, by reason
   * @param example one of them, or null
   * @param answers answers of the shard's questions
   */
  record Written(
      String shardFile,
      List<Long> rowGroups,
      long bytes,
      String quarantineFile,
      Map<String, Long> quarantined,
      QuarantineRow example,
      ClosedAnswers answers)
      implements Serializable {

    PreparedDataset.Shard shard() {
      return new PreparedDataset.Shard(shardFile, rowGroups, bytes);
    }
  }

  Written write(int number, long attempt, Iterator<SampleSpec> samples) throws IOException {
    String name = String.format(Locale.ROOT, "%05d-%d.parquet", number, attempt);
    Folder folder = Folder.of(output, configuration);
    Folder shards = folder.folder("shards");
    List<QuarantineRow> rejected = new ArrayList<>();
    ClosedAnswers answers = new ClosedAnswers();
    long decoded = decode(samples, shards, name, rejected, answers);
    String quarantineFile = null;
    if (!rejected.isEmpty()) {
      quarantineFile = name;
      QuarantineWriter.write(folder.folder("quarantine").path(name), configuration, rejected);
    }
    List<Long> rowGroups = List.of();
    if (decoded > 0) {
      try (ShardReader reader = new ShardReader(shards.path(name), configuration)) {
        rowGroups = new ArrayList<>(reader.rowCounts());
      }
    }
    return new Written(
        decoded > 0 ? name : null,
        new ArrayList<>(rowGroups),
        decoded > 0 ? shards.size(name) : 0,
        quarantineFile,
        byReason(rejected),
        rejected.isEmpty() ? null : rejected.get(0),
        answers);
  }

  private long decode(
      Iterator<SampleSpec> samples,
      Folder shards,
      String name,
      List<QuarantineRow> rejected,
      ClosedAnswers answers)
      throws IOException {
    String host = InetAddress.getLocalHost().getHostName();
    long decoded = 0;
    try (SampleDecoder decoder = new SampleDecoder(settings, configuration);
        ShardWriter writer = new ShardWriter(shards.path(name), configuration)) {
      while (samples.hasNext()) {
        SampleSpec spec = samples.next();
        long start = System.nanoTime();
        try {
          writer.write(decoder.decode(spec));
          spec.exchanges().forEach(answers::add);
          decoded++;
        } catch (SampleDecoder.Rejection e) {
          long millis = (System.nanoTime() - start) / 1_000_000;
          rejected.add(row(spec, e, host, millis));
        }
      }
    }
    return decoded;
  }

  private static QuarantineRow row(
      SampleSpec spec, SampleDecoder.Rejection why, String host, long millis) {
    return new QuarantineRow(
        spec.dataset(),
        spec.id(),
        spec.media(),
        spec.manifest(),
        spec.line(),
        why.reason().name().toLowerCase(Locale.ROOT).replace('_', '-'),
        why.getMessage(),
        host,
        millis);
  }

  static Map<String, Long> byReason(List<QuarantineRow> rows) {
    Map<String, Long> counts = new TreeMap<>();
    rows.forEach(row -> counts.merge(row.reason(), 1L, Long::sum));
    return counts;
  }
}
