package org.clapperboard.train.loop;

import java.util.ArrayList;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.clapperboard.data.order.SampleOrder.Address;
import org.clapperboard.data.shard.PreparedDataset;
import org.clapperboard.data.shard.StoredSample;
import org.clapperboard.data.shard.StreamReader;
import org.clapperboard.data.storage.Folder;
import org.clapperboard.train.config.ExamSlicesConfig.Slice;
import org.clapperboard.train.config.StageConfig;

/**
 * Samples that exam slices ask about, in batches that are the same for any number of ranks, so that
 * an answer does not depend on it. They stay in memory, encoded.
 *
 * @param batches those of one rank
 * @param rounds the most that any rank has
 */
record SliceSamples(List<HeldOut.Batch> batches, int rounds) {

  /**
   * Reads those of a rank.
   *
   * @param maxBytes row groups kept in memory meanwhile
   */
  static SliceSamples read(
      StageConfig config, Configuration hadoop, int rank, int worldSize, long maxBytes) {
    List<HeldOut.Batch> batches = new ArrayList<>();
    int numbered = 0;
    for (int set = 0; set < config.examSlices().sets().size(); set++) {
      Slice slice = config.examSlices().sets().get(set);
      Folder prepared = Folder.of(slice.preparedIn(config.data()), hadoop);
      try (StreamReader reader = StreamReader.of(prepared, List.of(slice.dataset()), maxBytes)) {
        List<Long> groups = PreparedDataset.in(prepared.folder(slice.dataset())).rowGroups();
        List<Address> first = first(groups, config.examSlices().samples());
        for (int from = 0; from < first.size(); from += config.batch().micro()) {
          int to = Math.min(first.size(), from + config.batch().micro());
          if (numbered++ % worldSize == rank) {
            List<StoredSample> samples =
                first.subList(from, to).stream().map(reader::read).toList();
            batches.add(new HeldOut.Batch(set, samples));
          }
        }
      }
    }
    return new SliceSamples(List.copyOf(batches), (numbered + worldSize - 1) / worldSize);
  }

  /** The first samples of a dataset, in its own order. */
  private static List<Address> first(List<Long> rowGroups, int count) {
    List<Address> first = new ArrayList<>();
    for (int group = 0; group < rowGroups.size(); group++) {
      for (int row = 0; row < rowGroups.get(group) && first.size() < count; row++) {
        first.add(new Address(group, row));
      }
    }
    return first;
  }
}
