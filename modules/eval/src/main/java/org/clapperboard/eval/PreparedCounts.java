package org.clapperboard.eval;

import java.util.Map;
import java.util.TreeMap;
import org.apache.hadoop.conf.Configuration;
import org.clapperboard.data.shard.PreparedDataset;
import org.clapperboard.data.storage.Folder;

/** What of a prepared dataset could not be used. */
final class PreparedCounts {
  private PreparedCounts() {}

  /** Samples in quarantine by reason; rows of the manifest that gave none as {@code bad-row}. */
  static Map<String, Long> quarantined(String location, Configuration hadoop) {
    PreparedDataset dataset = PreparedDataset.in(Folder.of(location, hadoop));
    Map<String, Long> reasons = new TreeMap<>(dataset.counts().quarantined());
    if (dataset.counts().badRows() > 0) {
      reasons.put("bad-row", dataset.counts().badRows());
    }
    return reasons;
  }
}
