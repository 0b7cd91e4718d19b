package org.clapperboard.eval;

import java.io.Serializable;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.SparkEnv;
import org.apache.spark.api.java.JavaFutureAction;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.util.SerializableConfiguration;
import org.clapperboard.config.BadData;
import org.clapperboard.config.Failure;
import org.clapperboard.config.InternalFailure;
import org.clapperboard.data.shard.PreparedDataset;
import org.clapperboard.data.shard.ShardReader;
import org.clapperboard.data.shard.StoredSample;
import org.clapperboard.data.storage.Folder;
import org.clapperboard.model.engine.TorchEngine;

/**
 * Asks a model a set of questions, as a Spark job. Runs on the driver.
 *
 * <p>The set is cut into parts, and every task has a share of them; a part's answers are kept as
 * soon as they are there. A task that has done its share takes from the others' what nobody has
 * done yet, last part first. So an executor that is lost, or slow, costs no more than the part it
 * was at.
 */
public final class EvaluateJob {
  private static final int BATCHES_OF_A_PART = 4;
  private static final Duration LOOK = Duration.ofSeconds(2);

  private final JavaSparkContext spark;
  private final Folder results;
  private final Others others;
  private final Map<ModelFiles, String> hashes = new HashMap<>();

  /** What becomes of answers that are there already, but to something else. */
  public enum Others {
    /** They stay, and nothing is asked. */
    REFUSE,
    /** They make room. */
    REPLACE
  }

  /** A job that keeps answers in a folder, in which every set has one of its own. */
  public EvaluateJob(JavaSparkContext spark, Folder results, Others others) {
    this.spark = spark;
    this.results = results;
    this.others = others;
  }

  /** Hears how far a job is. */
  @FunctionalInterface
  public interface Progress {
    /**
     * So much of a set is answered.
     *
     * @param before samples that an earlier run answered, among {@code done}
     */
    void at(ExamSet set, long done, long before, long all);
  }

  /** Some samples of a set, whose answers are kept together. */
  private record Part(int number, String shard, int rowGroup, int from, int to)
      implements Serializable {}

  /**
   * The answers to a set, in the order of its samples. What an earlier run has answered, of the
   * same model to the same questions, is not asked again.
   *
   * @param tasks how many take part, at most
   * @throws BadData if the set is not prepared, or the folder holds other answers
   */
  public List<Answered> answers(ModelFiles model, ExamSet set, int tasks, Progress progress) {
    Folder folder = Folder.of(set.dataset(), spark.hadoopConfiguration());
    PreparedDataset dataset = PreparedDataset.in(folder);
    if (dataset == null) {
      throw new BadData("Cannot evaluate " + set.name() + ": " + folder + " is not prepared.");
    }
    List<Part> parts =
        parts(
            folder.folder("shards"),
            dataset,
            set.samplesFor(BATCHES_OF_A_PART * set.asking().batch()));
    Folder place = results.folder(set.name());
    AnswerStore store = new AnswerStore(place);
    String hash =
        hashes.computeIfAbsent(model, one -> ExamInputs.of(one, spark.hadoopConfiguration()));
    store.open(ExamInputs.of(hash, set, dataset), others);
    Set<Integer> before = store.there();
    if (!before.containsAll(IntStream.range(0, parts.size()).boxed().toList())) {
      run(model, set, parts, place, tasks, new Watch(set, parts, store, before, progress));
    }
    return store.read(parts.size());
  }

  /** Looks how many samples are answered. */
  private record Watch(
      ExamSet set, List<Part> parts, AnswerStore store, Set<Integer> before, Progress progress) {
    void look() {
      Set<Integer> there = store.there();
      long all = parts.stream().mapToLong(Watch::size).sum();
      progress.at(set, samples(there), samples(before), all);
    }

    private long samples(Set<Integer> numbers) {
      return parts.stream()
          .filter(part -> numbers.contains(part.number()))
          .mapToLong(Watch::size)
          .sum();
    }

    private static long size(Part part) {
      return (long) part.to() - part.from();
    }
  }

  private void run(
      ModelFiles model, ExamSet set, List<Part> parts, Folder place, int tasks, Watch watch) {
    int count = Math.max(1, Math.min(tasks, parts.size()));
    SerializableConfiguration hadoop = new SerializableConfiguration(spark.hadoopConfiguration());
    Broadcast<ExamSet> sent = spark.broadcast(set);
    String kept = place.path().toString();
    List<Integer> numbers = IntStream.range(0, count).boxed().toList();
    spark.setJobGroup("evaluate", "evaluate " + set.name(), true);
    JavaFutureAction<Void> done =
        spark
            .parallelize(numbers, count)
            .foreachAsync(
                task -> {
                  AnswerStore store = new AnswerStore(Folder.of(kept, hadoop.value()));
                  ask(model, sent.value(), shares(parts, task, count), store, hadoop.value());
                });
    try {
      await(done, watch);
    } finally {
      sent.destroy();
    }
  }

  private static void await(JavaFutureAction<Void> done, Watch watch) {
    try {
      while (!done.isDone()) {
        try {
          done.get(LOOK.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
          watch.look();
        }
      }
      done.get();
      watch.look();
    } catch (InterruptedException e) {
      done.cancel(true);
      Thread.currentThread().interrupt();
      throw new InternalFailure("Cannot evaluate: interrupted", e);
    } catch (ExecutionException e) {
      throw failure(e);
    }
  }

  /** What went wrong in a task, as it was said there. */
  private static RuntimeException failure(ExecutionException e) {
    for (Throwable cause = e; cause != null; cause = cause.getCause()) {
      if (cause instanceof Failure known) {
        return known;
      }
    }
    return new InternalFailure("Cannot evaluate: " + e.getCause().getMessage(), e.getCause());
  }

  /** A task's own parts, and after them what it may take of others', from their end. */
  private static List<Part> shares(List<Part> parts, int task, int count) {
    int from = (int) ((long) parts.size() * task / count);
    int to = (int) ((long) parts.size() * (task + 1) / count);
    List<Part> own = parts.subList(from, to);
    List<Part> others = new ArrayList<>(parts.subList(to, parts.size()));
    others.addAll(parts.subList(0, from));
    Collections.reverse(others);
    return Stream.concat(own.stream(), others.stream()).toList();
  }

  private static List<Part> parts(Folder shards, PreparedDataset dataset, int each) {
    List<Part> parts = new ArrayList<>();
    for (PreparedDataset.Shard shard : dataset.shards()) {
      String path = shards.path(shard.file()).toString();
      for (int group = 0; group < shard.rowGroups().size(); group++) {
        int rows = Math.toIntExact(shard.rowGroups().get(group));
        for (int from = 0; from < rows; from += each) {
          parts.add(new Part(parts.size(), path, group, from, Math.min(rows, from + each)));
        }
      }
    }
    return parts;
  }

  /** Runs on an executor. */
  private static void ask(
      ModelFiles files, ExamSet set, List<Part> parts, AnswerStore store, Configuration hadoop) {
    TorchEngine.start(SparkEnv.get().conf().getInt("spark.executor.cores", 1));
    try (SharedModel model = SharedModel.of(files, hadoop)) {
      String open = "";
      List<StoredSample> rows = List.of();
      for (Part part : parts) {
        if (!store.has(part.number())) {
          String wanted = part.shard() + "#" + part.rowGroup();
          if (!wanted.equals(open)) {
            rows = rowGroup(part, hadoop);
            open = wanted;
          }
          List<StoredSample> mine = rows.subList(part.from(), part.to());
          store.write(part.number(), model.examiner().ask(set, mine));
        }
      }
    }
  }

  private static List<StoredSample> rowGroup(Part part, Configuration hadoop) {
    try (ShardReader reader =
        new ShardReader(new org.apache.hadoop.fs.Path(part.shard()), hadoop)) {
      return reader.rowGroup(part.rowGroup());
    }
  }
}
