package org.clapperboard.data.prepare;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
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

  /**
   * Writes samples, a shard for each piece of them.
   *
   * @param starts the smallest hash of each shard, ascending
   * @return what the tasks wrote, in the order of shards
   */
  List<Written> write(JavaRDD<SampleSpec.Packed> chosen, List<Long> starts, long seed)
      throws IOException {
    JavaRDD<Work> placed =
        HashOrder.sorted(works(chosen), work -> ManifestScan.hash(seed, work.spec().id()), starts);
    SerializableConfiguration hadoop = new SerializableConfiguration(spark.hadoopConfiguration());
    ShardTask.Job toDo = job;
    List<Written> written =
        placed
            .mapPartitionsWithIndex(
                (number, works) -> {
                  ShardTask task = new ShardTask(toDo, hadoop.value());
                  return List.of(task.write(number, TaskContext.get(), works)).iterator();
                },
                false)
            .collect();
    return written.stream().sorted(Comparator.comparingInt(Written::number)).toList();
  }

  private JavaRDD<Work> works(JavaRDD<SampleSpec.Packed> chosen) throws IOException {
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
}
