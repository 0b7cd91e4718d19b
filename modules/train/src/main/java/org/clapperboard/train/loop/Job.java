package org.clapperboard.train.loop;

import java.io.Serializable;
import java.util.List;
import java.util.Map;
import org.clapperboard.data.shard.LeftOut;
import org.clapperboard.model.Part;
import org.clapperboard.train.checkpoint.Checkpoints;
import org.clapperboard.train.checkpoint.WeightFile;
import org.clapperboard.train.config.StageConfig;

/**
 * What every rank has to know; goes from the driver to the executors.
 *
 * @param config the stage
 * @param inputs hash of all that decides its outcome
 * @param steps number of steps
 * @param rowGroups sizes of the blocks of each stream, in the order of its datasets
 * @param leftOut samples that are left out, by dataset; not counted in the blocks
 * @param answers closed sets of answers by question, for objectives that need them
 * @param features where the vision encoder's features are read from, by dataset
 * @param weights starting weights of every part that has some; the others start fresh
 * @param resume the checkpoint to go on from, or null
 * @param slices asks the stage's exam slices; null if it has none
 * @param attempt names this attempt
 */
public record Job(
    StageConfig config,
    String inputs,
    long steps,
    List<List<Long>> rowGroups,
    Map<String, LeftOut> leftOut,
    Map<String, List<String>> answers,
    Map<String, String> features,
    Map<Part, WeightFile> weights,
    Checkpoints.Found resume,
    SliceExam slices,
    String attempt)
    implements Serializable {

  /** What it takes to open the weights that a stage starts from, and no more. */
  public static Job startingWith(StageConfig config, Map<Part, WeightFile> weights) {
    return new Job(config, "", 0, List.of(), Map.of(), Map.of(), Map.of(), weights, null, null, "");
  }

  /** The first step to take. */
  public long firstStep() {
    return resume == null ? 0 : resume.step();
  }
}
