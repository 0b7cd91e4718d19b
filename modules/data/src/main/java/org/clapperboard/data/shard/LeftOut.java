package org.clapperboard.data.shard;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Locale;
import java.util.TreeMap;
import org.apache.commons.codec.digest.DigestUtils;

/**
 * Samples of a dataset that a stage does without, by their rows. The others keep their order; a row
 * group is read without those that are left out, as if it had never had them.
 */
public final class LeftOut implements Serializable {
  private static final long serialVersionUID = 1;

  private final TreeMap<String, BitSet> rows = new TreeMap<>();

  /** Leaves out a row; one that is left out already stays so. */
  public void add(String shard, int rowGroup, int row) {
    rows.computeIfAbsent(key(shard, rowGroup), group -> new BitSet()).set(row);
  }

  private static String key(String shard, int rowGroup) {
    return String.format(Locale.ROOT, "%s#%d", shard, rowGroup);
  }

  /** How many samples are left out. */
  public long samples() {
    return rows.values().stream().mapToLong(BitSet::cardinality).sum();
  }

  /** Rows of every row group that are kept, shard after shard. */
  public List<Long> kept(PreparedDataset dataset) {
    List<Long> kept = new ArrayList<>();
    for (PreparedDataset.Shard shard : dataset.shards()) {
      for (int group = 0; group < shard.rowGroups().size(); group++) {
        BitSet out = rows.get(key(shard.file(), group));
        kept.add(shard.rowGroups().get(group) - (out == null ? 0 : out.cardinality()));
      }
    }
    return kept;
  }

  /** The samples of a row group that are kept. */
  <T> List<T> kept(String shard, int rowGroup, List<T> samples) {
    BitSet out = rows.get(key(shard, rowGroup));
    if (out == null) {
      return samples;
    }
    List<T> kept = new ArrayList<>(samples.size() - out.cardinality());
    for (int row = out.nextClearBit(0); row < samples.size(); row = out.nextClearBit(row + 1)) {
      kept.add(samples.get(row));
    }
    return kept;
  }

  /** A hash of what is left out. */
  public String hash() {
    return DigestUtils.sha256Hex(rows.toString());
  }
}
