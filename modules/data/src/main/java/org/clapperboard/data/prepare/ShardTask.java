package org.clapperboard.data.prepare;

import java.io.IOException;
import java.io.Serializable;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.TaskContext;
import org.clapperboard.data.prepare.PrepareConfig.Settings;
import org.clapperboard.data.recipe.SampleSpec;
import org.clapperboard.data.shard.PreparedDataset;
import org.clapperboard.data.shard.ShardReader;
import org.clapperboard.data.shard.ShardWriter;
import org.clapperboard.data.shard.StoredSample;
import org.clapperboard.data.storage.Folder;
import org.clapperboard.media.child.GuardedDecoder;

/**
 * Decodes the samples of one shard and writes them. Runs on executors, as often as Spark likes:
 * each attempt writes files of its own, and only those that the driver hears of become part of the
 * dataset.
 */
final class ShardTask {
  // A picture of the largest size crosses the wire, with the copies that Java makes of it.
  private static final int CHILD_HEAP_MEGABYTES = 1024;

  private final Job job;
  private final Folder folder;
  private final Folder shards;

  /**
   * What all tasks of a job know.
   *
   * @param output folder of the dataset
   * @param dataset its name
   * @param recipeHash hash of all that decides its content
   * @param run name of this run, by which its files differ from those of others
   * @param settings how media are decoded
   * @param retry reasons of which earlier findings are tried again
   */
  record Job(
      String output,
      String dataset,
      String recipeHash,
      String run,
      Settings settings,
      Set<String> retry)
      implements Serializable {}

  /** A sample to write, and what earlier runs made of samples of its name. */
  record Work(SampleSpec.Packed spec, List<EarlierRow> earlier) implements Serializable {
    Work {
      earlier = new ArrayList<>(earlier);
    }
  }

  /**
   * What one attempt wrote.
   *
   * @param number number of the shard
   * @param shard the shard, or null if no sample could be used
   * @param quarantineFile its quarantine rows, or null if there were none
   * @param quarantined how many, by reason
   * @param example one of them, or null
   * @param copied samples and findings that were taken over from earlier runs
   * @param decoder what decoded
   * @param answers answers of the shard's questions
   */
  record Written(
      int number,
      PreparedDataset.Shard shard,
      String quarantineFile,
      Map<String, Long> quarantined,
      QuarantineRow example,
      long copied,
      String decoder,
      ClosedAnswers answers)
      implements Serializable {}

  ShardTask(Job job, Configuration configuration) {
    this.job = job;
    this.folder = Folder.of(job.output(), configuration);
    this.shards = folder.folder("shards");
  }

  /** What the samples of a shard become, one after the other. */
  private static final class Outcome {
    final List<QuarantineRow> rejected = new ArrayList<>();
    final ClosedAnswers answers = new ClosedAnswers();
    long written;
    long copied;
  }

  Written write(int number, TaskContext context, Iterator<Work> samples) throws IOException {
    long attempt = context.taskAttemptId();
    String name = String.format(Locale.ROOT, "%05d-%s-%d.parquet", number, job.run(), attempt);
    boolean complete = false;
    try {
      Outcome outcome = new Outcome();
      // What ended the first attempt, and its executor, may have been one of these files.
      boolean distrusting = context.attemptNumber() > 0 || context.stageAttemptNumber() > 0;
      decode(samples, name, distrusting, outcome);
      if (!outcome.rejected.isEmpty()) {
        QuarantineTable.write(
            folder.folder("quarantine").path(name), folder.configuration(), outcome.rejected);
      }
      Written written = written(number, name, outcome);
      complete = !context.isInterrupted();
      return written;
    } finally {
      if (!complete) {
        remove(name);
      }
    }
  }

  private Written written(int number, String name, Outcome outcome) throws IOException {
    List<QuarantineRow> rejected = outcome.rejected;
    return new Written(
        number,
        outcome.written == 0 ? null : shard(name),
        rejected.isEmpty() ? null : name,
        byReason(rejected),
        rejected.isEmpty() ? null : rejected.get(0),
        outcome.copied,
        MediaKey.decoderVersion(),
        outcome.answers);
  }

  private PreparedDataset.Shard shard(String name) throws IOException {
    try (ShardReader reader = new ShardReader(shards.path(name), shards.configuration())) {
      return new PreparedDataset.Shard(
          name, new ArrayList<>(reader.rowCounts()), shards.size(name), reader.footer().content());
    }
  }

  private void decode(Iterator<Work> samples, String name, boolean distrusting, Outcome outcome)
      throws IOException {
    String host = InetAddress.getLocalHost().getHostName();
    GuardedDecoder media = GuardedDecoder.of(CHILD_HEAP_MEGABYTES);
    try (SampleDecoder decoder =
            new SampleDecoder(
                job.settings(), folder.configuration(), distrusting ? media.distrusting() : media);
        EarlierRows earlier = new EarlierRows(folder);
        ShardWriter writer =
            new ShardWriter(
                shards.path(name), shards.configuration(), job.dataset(), job.recipeHash())) {
      while (samples.hasNext()) {
        Work work = samples.next();
        SampleSpec spec = work.spec().unpacked();
        StoredSample sample = sample(spec, work.earlier(), decoder, earlier, host, outcome);
        if (sample != null) {
          writer.write(sample);
          spec.exchanges().forEach(outcome.answers::add);
          outcome.written++;
        }
      }
    }
  }

  /** The sample as it is stored, or null if its medium cannot be used. */
  private StoredSample sample(
      SampleSpec spec,
      List<EarlierRow> rows,
      SampleDecoder decoder,
      EarlierRows earlier,
      String host,
      Outcome outcome) {
    long start = System.nanoTime();
    SampleDecoder.Medium medium = null;
    try {
      medium = decoder.find(spec);
      for (EarlierRow row : rows) {
        if (row.mediaKey().equals(medium.key()) && row.isDecoded()) {
          StoredSample before = earlier.read(row);
          if (before != null) {
            outcome.copied++;
            return SampleDecoder.again(spec, medium, before);
          }
        }
      }
      QuarantineRow finding = finding(rows, medium.key());
      if (finding != null) {
        outcome.copied++;
        outcome.rejected.add(finding.of(spec));
        return null;
      }
      return decoder.decode(spec, medium);
    } catch (SampleDecoder.Rejection e) {
      long millis = (System.nanoTime() - start) / 1_000_000;
      outcome.rejected.add(row(spec, medium, e, host, millis));
      return null;
    }
  }

  /** An earlier finding that stands; null if there is none, or it is to be tried again. */
  private QuarantineRow finding(List<EarlierRow> rows, String mediaKey) {
    return rows.stream()
        .filter(row -> !row.isDecoded() && row.mediaKey().equals(mediaKey))
        .map(EarlierRow::rejected)
        .filter(row -> !job.retry().contains(row.reason()))
        .findFirst()
        .orElse(null);
  }

  private static QuarantineRow row(
      SampleSpec spec,
      SampleDecoder.Medium medium,
      SampleDecoder.Rejection why,
      String host,
      long millis) {
    return new QuarantineRow(
        spec.dataset(),
        spec.id(),
        medium == null ? spec.media() : medium.file(),
        medium == null ? "" : medium.key(),
        spec.manifest(),
        spec.line(),
        why.reason().code(),
        why.getMessage(),
        MediaKey.decoderVersion(),
        host,
        millis);
  }

  private static Map<String, Long> byReason(List<QuarantineRow> rows) {
    Map<String, Long> counts = new TreeMap<>();
    rows.forEach(row -> counts.merge(row.reason(), 1L, Long::sum));
    return counts;
  }

  /**
   * What an attempt that failed, or lost against another, leaves behind would be listed as a row.
   */
  private void remove(String name) {
    try {
      shards.delete(name);
      folder.folder("quarantine").delete(name);
    } catch (IOException e) {
      // The driver removes what is not part of the dataset.
    }
  }
}
