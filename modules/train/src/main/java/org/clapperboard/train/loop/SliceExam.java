package org.clapperboard.train.loop;

import java.io.Serializable;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.clapperboard.data.shard.StoredSample;
import org.clapperboard.model.VideoLlama2;
import org.clapperboard.model.prompt.Tokenizer;

/**
 * Knows the questions of a stage's exam slices, and which answers are right. Goes from the driver
 * to the ranks, where it asks the very model that learns.
 */
public interface SliceExam extends Serializable {

  /** Gets ready on a rank, which closes model and tokenizer itself. */
  Questioner on(VideoLlama2 model, Tokenizer tokenizer, Configuration hadoop);

  /** Asks a model. One thread at a time. */
  @FunctionalInterface
  interface Questioner {
    /**
     * Asks all there is to ask about some samples, together. Changes no weight, and draws nothing
     * from what training draws from.
     *
     * @param set number of their set in the stage's configuration
     */
    Tally ask(int set, List<StoredSample> samples);
  }

  /**
   * How some questions were answered.
   *
   * @param asked questions whose answer could be told right or wrong
   * @param right those that were answered right
   */
  record Tally(long asked, long right) {}
}
