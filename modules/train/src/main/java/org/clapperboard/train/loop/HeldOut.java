package org.clapperboard.train.loop;

import java.util.ArrayList;
import java.util.List;
import org.clapperboard.data.order.SampleOrder;
import org.clapperboard.data.shard.PreparedDataset;
import org.clapperboard.data.shard.StoredSample;
import org.clapperboard.data.shard.StreamReader;
import org.clapperboard.data.storage.Folder;
import org.clapperboard.train.config.StageConfig;

/**
 * Samples that a stage is measured on, in batches that are the same for any number of ranks: each
 * goes through the model as a whole on one of them, so that its loss has the same bits on any. They
 * stay in memory, encoded.
 *
 * @param batches those of one rank
 * @param answered samples that the model answers; of the first rank alone
 */
record HeldOut(List<Batch> batches, List<StoredSample> answered) {

  /**
   * Samples that go through the model together.
   *
   * @param dataset number of the dataset they are all of
   */
  record Batch(int dataset, List<StoredSample> samples) {}

  /**
   * Reads those of a rank.
   *
   * @param maxBytes row groups kept in memory meanwhile
   */
  static HeldOut read(StageConfig config, Folder prepared, int rank, int worldSize, long maxBytes) {
    List<Batch> batches = new ArrayList<>();
    List<StoredSample> answered = new ArrayList<>();
    int numbered = 0;
    for (int i = 0; i < config.validation().datasets().size(); i++) {
      String name = config.validation().datasets().get(i);
      try (StreamReader reader = StreamReader.of(prepared, List.of(name), maxBytes)) {
        List<Long> groups = PreparedDataset.in(prepared.folder(name)).rowGroups();
        SampleOrder order = new SampleOrder(groups, config.seed(), config.data().window());
        int count = (int) Math.min(config.validation().samples(), order.size());
        for (int from = 0; from < count; from += config.batch().micro()) {
          int to = Math.min(count, from + config.batch().micro());
          if (numbered++ % worldSize == rank) {
            batches.add(new Batch(i, read(reader, order, from, to)));
          }
        }
        if (rank == 0) {
          answered.addAll(read(reader, order, 0, Math.min(count, config.validation().captions())));
        }
      }
    }
    return new HeldOut(List.copyOf(batches), List.copyOf(answered));
  }

  private static List<StoredSample> read(StreamReader reader, SampleOrder order, int from, int to) {
    List<StoredSample> samples = new ArrayList<>();
    for (int i = from; i < to; i++) {
      samples.add(reader.read(order.at(i)));
    }
    return samples;
  }
}
