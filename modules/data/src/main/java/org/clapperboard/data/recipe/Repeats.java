package org.clapperboard.data.recipe;

import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.clapperboard.data.Exchange;

/** What becomes of samples that share a name. */
public enum Repeats {
  /** The first is used, the others are told. */
  REFUSE {
    @Override
    public SampleSpec pick(List<SampleSpec> samples) {
      return samples.get(0);
    }
  },
  /** They are votes: the exchanges that most of them have are used; of equals, the first. */
  MAJORITY {
    @Override
    public SampleSpec pick(List<SampleSpec> samples) {
      Map<List<Exchange>, Integer> votes = new LinkedHashMap<>();
      samples.forEach(sample -> votes.merge(sample.exchanges(), 1, Integer::sum));
      int most = votes.values().stream().max(Comparator.naturalOrder()).orElseThrow();
      return samples.stream()
          .filter(sample -> votes.get(sample.exchanges()) == most)
          .findFirst()
          .orElseThrow();
    }
  },
  /**
   * Samples are named by the medium they show, see {@link SampleSpec#medium}, whatever the recipe's
   * id says: the first stands for all that are about one medium, which is decoded once.
   */
  MEDIUM {
    @Override
    public SampleSpec pick(List<SampleSpec> samples) {
      return samples.get(0);
    }
  };

  /** The sample to use, of some in the order of the manifest. */
  public abstract SampleSpec pick(List<SampleSpec> samples);
}
