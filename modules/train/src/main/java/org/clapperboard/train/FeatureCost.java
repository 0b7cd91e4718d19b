package org.clapperboard.train;

import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.clapperboard.data.Modality;
import org.clapperboard.data.features.StoredFeatures;
import org.clapperboard.data.shard.PreparedDataset;
import org.clapperboard.model.vision.VisionConfig;
import org.clapperboard.train.config.ClusterConfig;
import org.clapperboard.train.config.ObjectiveConfig;
import org.clapperboard.train.config.StageConfig;
import org.clapperboard.train.loop.ModelFlops;

/**
 * What it costs to store a stage's vision features, and what it saves.
 *
 * @param samples that have features
 * @param pictures of all of them
 * @param bytes of the features
 * @param operations of the encoder for all pictures
 * @param stepPictures pictures of a global batch, in the mean
 * @param stepOperations of the encoder for these, which a step does without
 */
public record FeatureCost(
    long samples,
    long pictures,
    double bytes,
    double operations,
    double stepPictures,
    double stepOperations) {

  /** Whether a stage can have its features stored: its encoder is frozen, and seen through. */
  public static boolean applies(StagePlan plan) {
    StageConfig config = plan.config();
    return config.objective() instanceof ObjectiveConfig.Answers
        && !config.cluster().needsGpus()
        && plan.streams().stream().allMatch(StagePlan.StreamData::complete)
        && !VisionFeatures.seen(plan).isEmpty();
  }

  /** That of a plan it applies to. */
  public static FeatureCost of(StagePlan plan) {
    StageConfig config = plan.config();
    VisionConfig encoder = config.model().sight().encoder();
    long samples = 0;
    long pictures = 0;
    for (PreparedDataset dataset : VisionFeatures.seen(plan)) {
      samples += dataset.samples();
      pictures += dataset.samples() * pictures(config, dataset);
    }
    double perStep = 0;
    for (StagePlan.StreamData stream : plan.streams()) {
      double places = (double) config.batch().global() / config.data().shares();
      perStep += places * stream.config().share() * mean(config, stream.datasets());
    }
    double numbers = (double) encoder.rows() * encoder.columns() * encoder.width();
    double each = ModelFlops.ofPicture(config.model());
    return new FeatureCost(
        samples,
        pictures,
        pictures * numbers * config.precision().dtype().bytes(),
        pictures * each,
        perStep,
        perStep * each);
  }

  private static double mean(StageConfig config, List<PreparedDataset> datasets) {
    double samples = 0;
    double pictures = 0;
    for (PreparedDataset dataset : datasets) {
      samples += dataset.samples();
      pictures += (double) dataset.samples() * pictures(config, dataset);
    }
    return samples == 0 ? 0 : pictures / samples;
  }

  private static int pictures(StageConfig config, PreparedDataset dataset) {
    Modality modality = Modality.of(dataset.modality());
    return !modality.seen() ? 0 : modality == Modality.IMAGE ? 1 : config.data().frames();
  }

  /**
   * Seconds of storing them all, and of a step saved.
   *
   * @param once of the whole cluster, on as many executors as ranks
   * @param ofStep of a step
   * @param measured whether they follow from what storing took; else from {@code
   *     cluster.peak-flops}, and no machine is that fast
   */
  public record Seconds(double once, double ofStep, boolean measured) {}

  /** How long that takes, or null where nothing is known of it. */
  public Seconds seconds(StagePlan plan, Configuration hadoop) {
    ClusterConfig cluster = plan.config().cluster();
    VisionFeatures features = VisionFeatures.of(plan, hadoop);
    double seconds = 0;
    long encoded = 0;
    for (PreparedDataset dataset : features.datasets()) {
      StoredFeatures stored = features.stored(dataset);
      seconds += stored == null ? 0 : stored.seconds();
      encoded += stored == null ? 0 : stored.pictures();
    }
    if (encoded > 0) {
      double each = seconds / encoded / cluster.ranks();
      return new Seconds(each * pictures, each * stepPictures, true);
    }
    double peak = cluster.peakFlopsOfAll();
    return peak == 0 ? null : new Seconds(operations / peak, stepOperations / peak, false);
  }
}
