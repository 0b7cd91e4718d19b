package org.clapperboard.data.prepare;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.apache.spark.Partitioner;
import org.apache.spark.TaskContext;
import org.apache.spark.api.java.JavaPairRDD;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.util.SerializableConfiguration;
import org.clapperboard.data.prepare.ShardTask.Work;
import org.clapperboard.data.prepare.ShardTask.Written;
import org.clapperboard.data.recipe.SampleSpec;
import org.clapperboard.data.storage.Folder;

/**
 * Writes all shards of a dataset, one task each. The order of samples is that of a hash of seed and
 * name, so it is the same in every run, and what earlier runs made is found beside it.
 */
final class ShardStage {
  private final JavaSparkContext spark;
  private final ShardTask.Job job;

  ShardStage(JavaSparkContext spark, ShardTask.Job job) {
    this.spark = spark;
    this.job = job;
  }

  /** Writes so many samples; what the tasks wrote, in the order of shards. */
  List<Written> write(JavaRDD<SampleSpec> chosen, ManifestScan.Listing listing, long seed)
      throws IOException {
    int perShard = job.settings().shardSamples();
    int shards = Math.toIntExact((listing.taken() + perShard - 1) / perShard);
    JavaPairRDD<Long, Work> placed =
        HashOrder.sorted(
                works(chosen),
                work -> ManifestScan.hash(seed, work.spec().id()),
                listing.lastHash(),
                listing.taken())
            .zipWithIndex()
            .mapToPair(entry -> new scala.Tuple2<>(entry._2(), entry._1()))
            .repartitionAndSortWithinPartitions(new ShardOf(shards, perShard));
    SerializableConfiguration hadoop = new SerializableConfiguration(spark.hadoopConfiguration());
    ShardTask.Job toDo = job;
    List<Written> written =
        placed
            .values()
            .mapPartitionsWithIndex(
                (number, works) -> {
                  ShardTask task = new ShardTask(toDo, hadoop.value());
                  return List.of(task.write(number, TaskContext.get(), works)).iterator();
                },
                false)
            .collect();
    return written.stream().sorted(Comparator.comparingInt(Written::number)).toList();
  }

  private JavaRDD<Work> works(JavaRDD<SampleSpec> chosen) throws IOException {
    Folder dataset = Folder.of(job.output(), spark.hadoopConfiguration());
    JavaPairRDD<String, EarlierRow> earlier = EarlierRows.index(spark, dataset);
    if (earlier == null) {
      return chosen.map(spec -> new Work(spec, List.of()));
    }
    return chosen
        .mapToPair(spec -> new scala.Tuple2<>(spec.id(), spec))
        .cogroup(earlier)
        .flatMap(
            entry -> {
              List<EarlierRow> rows = new ArrayList<>();
              entry._2()._2().forEach(rows::add);
              List<Work> works = new ArrayList<>();
              entry._2()._1().forEach(spec -> works.add(new Work(spec, rows)));
              return works.iterator();
            });
  }

  /** Sends a sample to its shard by its place in the order. */
  private static final class ShardOf extends Partitioner {
    private static final long serialVersionUID = 1;
    private final int shards;
    private final int perShard;

    ShardOf(int shards, int perShard) {
      this.shards = shards;
      this.perShard = perShard;
    }

    @Override
    public int numPartitions() {
      return shards;
    }

    @Override
    public int getPartition(Object place) {
      // Where two names had one hash there are more samples than were counted.
      return (int) Math.min(shards - 1, (long) place / perShard);
    }
  }
}
