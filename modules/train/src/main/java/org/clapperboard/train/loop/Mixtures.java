package org.clapperboard.train.loop;

import java.util.ArrayList;
import java.util.List;
import org.clapperboard.data.order.Mixture;
import org.clapperboard.data.order.SampleOrder;
import org.clapperboard.train.config.DataConfig.StreamConfig;
import org.clapperboard.train.config.StageConfig;

/** The mixture of a stage: the same on the driver, which counts, and on every rank. */
public final class Mixtures {
  private Mixtures() {}

  static Mixture of(Job job) {
    return of(job.config(), job.rowGroups());
  }

  /** The mixture over streams whose blocks have these sizes. */
  public static Mixture of(StageConfig config, List<List<Long>> rowGroups) {
    List<Mixture.Stream> streams = new ArrayList<>();
    for (int i = 0; i < rowGroups.size(); i++) {
      StreamConfig stream = config.data().streams().get(i);
      // Each stream has an order of its own, also where two read the same datasets.
      long seed = config.seed() * 31 + i;
      SampleOrder order = new SampleOrder(rowGroups.get(i), seed, config.data().window());
      streams.add(new Mixture.Stream(stream.name(), stream.share(), order));
    }
    return new Mixture(streams);
  }
}
