package org.clapperboard.train.loop;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import org.clapperboard.data.order.Mixture;
import org.clapperboard.data.order.Mixture.Place;
import org.clapperboard.data.shard.StoredSample;
import org.clapperboard.data.shard.StreamReader;

/**
 * A rank's samples in their order. Between two of them, row groups that are needed later can be
 * read, as long as none that is needed sooner has to go for them. One thread at a time.
 */
final class SamplesAhead {
  /** Places it looks ahead at most; they are some 60 bytes each. */
  private static final int FARTHEST = 1 << 16;

  private final Mixture mixture;
  private final List<StreamReader> readers;
  private final RankShare share;
  private final ArrayDeque<Place> seen = new ArrayDeque<>();
  private final List<Map<Integer, Integer>> needed = new ArrayList<>();
  private Iterator<Place> unseen = List.<Place>of().iterator();
  private Place first;
  private long nextStep;
  private boolean unreadable;

  /** The samples of a rank from a step on. */
  SamplesAhead(Mixture mixture, List<StreamReader> readers, RankShare share) {
    this.mixture = mixture;
    this.readers = readers;
    this.share = share;
    this.nextStep = share.firstStep();
    readers.forEach(reader -> needed.add(new HashMap<>()));
  }

  /** The next place of this rank. */
  Place next() {
    if (seen.isEmpty()) {
      look();
      see();
    }
    return seen.element();
  }

  /** The sample at the next place, which is done with then. */
  StoredSample read() {
    Place place = next();
    seen.remove();
    needed
        .get(place.stream())
        .computeIfPresent(place.address().block(), (block, uses) -> uses == 1 ? null : uses - 1);
    return readers.get(place.stream()).read(place.address());
  }

  /**
   * Reads the next row group that no place seen so far needs.
   *
   * @return false if none is left, or there is no room for it
   */
  boolean readOn() {
    while (!unreadable && seen.size() < FARTHEST && look()) {
      Map<Integer, Integer> blocks = needed.get(first.stream());
      int block = first.address().block();
      boolean isNew = !blocks.containsKey(block);
      if (isNew && !readAhead(block, blocks)) {
        return false;
      }
      see();
      if (isNew) {
        return true;
      }
    }
    return false;
  }

  private boolean readAhead(int block, Map<Integer, Integer> blocks) {
    try {
      return readers.get(first.stream()).readAhead(block, blocks.keySet());
    } catch (RuntimeException e) {
      unreadable = true; // Said again by the step that needs it.
      return false;
    }
  }

  /** Finds the first place that is not seen yet. */
  private boolean look() {
    while (first == null && (unseen.hasNext() || nextStep < share.steps())) {
      if (unseen.hasNext()) {
        first = unseen.next();
      } else {
        unseen =
            mixture.batch(nextStep++, share.globalBatch(), share.from(), share.to()).iterator();
      }
    }
    return first != null;
  }

  private void see() {
    seen.add(first);
    needed.get(first.stream()).merge(first.address().block(), 1, Integer::sum);
    first = null;
  }
}
