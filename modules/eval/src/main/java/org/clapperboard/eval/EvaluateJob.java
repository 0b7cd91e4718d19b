package org.clapperboard.eval;

import java.io.Serializable;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.util.SerializableConfiguration;
import org.clapperboard.config.BadData;
import org.clapperboard.data.shard.PreparedDataset;
import org.clapperboard.data.shard.ShardReader;
import org.clapperboard.data.shard.StoredSample;
import org.clapperboard.data.storage.Folder;
import org.clapperboard.eval.EvalConfig.QuestionSet;
import org.clapperboard.eval.Score.QuestionScore;
import org.clapperboard.model.engine.TorchEngine;
import org.clapperboard.model.prompt.Tokenizer;

/** Asks a model held-out questions, as a Spark job: row groups of the questions over executors. */
public final class EvaluateJob {
  private final JavaSparkContext spark;
  private final EvalConfig config;

  /** A job on the given sets of questions. */
  public EvaluateJob(JavaSparkContext spark, EvalConfig config) {
    this.spark = spark;
    this.config = config;
  }

  /** A part of a set that one task takes at a time. */
  private record Portion(QuestionSet set, String shard, int rowGroup, int from, int to)
      implements Serializable {}

  /** Every answer, set by set. */
  public List<Answer> answers(ModelFiles model, int tasks) {
    List<Portion> portions = portions();
    SerializableConfiguration hadoop = new SerializableConfiguration(spark.hadoopConfiguration());
    EvalConfig sent = config;
    spark.setJobGroup("evaluate", "evaluate", true);
    return spark
        .parallelize(portions, Math.min(tasks, portions.size()))
        .mapPartitions(mine -> ask(sent, model, mine, hadoop.value()).iterator())
        .collect();
  }

  /** The scores of answers, in the order of the sets. */
  public List<Score> scores(List<Answer> answers) {
    Map<String, QuestionSet> sets = new LinkedHashMap<>();
    config.sets().forEach(set -> sets.put(set.name(), set));
    Map<String, Map<String, long[]>> counts = new LinkedHashMap<>();
    sets.keySet().forEach(name -> counts.put(name, new TreeMap<>()));
    for (Answer answer : answers) {
      String question = sets.get(answer.set()).kind(answer.question());
      long[] count = counts.get(answer.set()).computeIfAbsent(question, key -> new long[2]);
      count[0]++;
      count[1] += answer.right() ? 1 : 0;
    }
    return config.sets().stream()
        .map(
            set ->
                new Score(
                    set,
                    counts.get(set.name()).entrySet().stream()
                        .map(e -> new QuestionScore(e.getKey(), e.getValue()[0], e.getValue()[1]))
                        .toList()))
        .toList();
  }

  /** Batches of all sets, dealt out so that every task gets some of each. */
  private List<Portion> portions() {
    Folder prepared = Folder.of(config.prepared(), spark.hadoopConfiguration());
    List<Portion> portions = new ArrayList<>();
    for (QuestionSet set : config.sets()) {
      Folder folder = prepared.folder(set.dataset());
      PreparedDataset dataset = PreparedDataset.in(folder);
      if (dataset == null) {
        throw new BadData("Cannot evaluate " + set.name() + ": " + folder + " is not prepared.");
      }
      for (PreparedDataset.Shard shard : dataset.shards()) {
        String path = folder.folder("shards").path(shard.file()).toString();
        for (int group = 0; group < shard.rowGroups().size(); group++) {
          int rows = Math.toIntExact(shard.rowGroups().get(group));
          for (int from = 0; from < rows; from += config.batch()) {
            int to = Math.min(rows, from + config.batch());
            portions.add(new Portion(set, path, group, from, to));
          }
        }
      }
    }
    return portions;
  }

  /** Runs on an executor. */
  private static List<Answer> ask(
      EvalConfig config, ModelFiles files, Iterator<Portion> portions, Configuration hadoop) {
    TorchEngine.start(1);
    List<Answer> answers = new ArrayList<>();
    try (Examiner examiner =
        new Examiner(
            files.load(hadoop),
            Tokenizer.open(Path.of(files.tokenizer())),
            files.frames(),
            config.maxNewTokens())) {
      String open = "";
      List<StoredSample> rows = List.of();
      while (portions.hasNext()) {
        Portion portion = portions.next();
        String wanted = portion.shard() + "#" + portion.rowGroup();
        if (!wanted.equals(open)) {
          rows = rowGroup(portion, hadoop);
          open = wanted;
        }
        answers.addAll(examiner.ask(portion.set(), rows.subList(portion.from(), portion.to())));
      }
    }
    return answers;
  }

  private static List<StoredSample> rowGroup(Portion portion, Configuration hadoop) {
    try (ShardReader reader =
        new ShardReader(new org.apache.hadoop.fs.Path(portion.shard()), hadoop)) {
      return reader.rowGroup(portion.rowGroup());
    }
  }
}
