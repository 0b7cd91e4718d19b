package org.clapperboard.train;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.apache.hadoop.conf.Configuration;
import org.clapperboard.config.Problems;
import org.clapperboard.data.Modality;
import org.clapperboard.data.features.StoredFeatures;
import org.clapperboard.data.shard.PreparedDataset;
import org.clapperboard.data.storage.Folder;
import org.clapperboard.model.Part;
import org.clapperboard.train.config.StageConfig;
import org.clapperboard.train.config.WeightOrigin;
import org.clapperboard.train.loop.FeatureMaker;

/**
 * The features of its frozen vision encoder that a stage reads instead of computing them: where
 * they have to be, and whether they are. They lie in {@code data.vision-features}, in a folder for
 * each dataset, in a folder named by all that decides them.
 */
public final class VisionFeatures {
  private static final String KEY = "data.vision-features";

  private final StagePlan plan;
  private final Configuration hadoop;
  private final String weights;

  private VisionFeatures(StagePlan plan, Configuration hadoop, String weights) {
    this.plan = plan;
    this.hadoop = hadoop;
    this.weights = weights;
  }

  /** Those of a plan. Reads the encoder's weights, if the stage wants its features stored. */
  public static VisionFeatures of(StagePlan plan, Configuration hadoop) {
    boolean wanted = plan.config().data().visionFeatures() != null && canBeMade(plan);
    return new VisionFeatures(
        plan,
        hadoop,
        wanted ? FeatureMaker.weightsHash(plan.config(), plan.weights(), hadoop) : null);
  }

  /** Whether the samples and the encoder are there; nothing else is needed. */
  public static boolean canBeMade(StagePlan plan) {
    boolean encoder =
        plan.weights().containsKey(Part.VISION_ENCODER)
            || plan.config().origin(Part.VISION_ENCODER).kind() == WeightOrigin.Kind.CHECKPOINT;
    return encoder && plan.streams().stream().allMatch(StagePlan.StreamData::complete);
  }

  /** The datasets of a plan that the encoder sees. */
  public static List<PreparedDataset> seen(StagePlan plan) {
    Map<String, PreparedDataset> seen = new LinkedHashMap<>();
    for (StagePlan.StreamData stream : plan.streams()) {
      for (PreparedDataset dataset : stream.datasets()) {
        if (plan.config().model().sight() != null && Modality.of(dataset.modality()).seen()) {
          seen.put(dataset.name(), dataset);
        }
      }
    }
    return List.copyOf(seen.values());
  }

  /** The datasets whose features are read; none if the stage computes them. */
  public List<PreparedDataset> datasets() {
    return weights == null ? List.of() : seen(plan);
  }

  /** All that decides the features of a dataset's samples, beside the samples. */
  Map<String, String> facts(PreparedDataset dataset) {
    StageConfig config = plan.config();
    Map<String, String> facts = new TreeMap<>();
    facts.put("encoder", config.model().sight().encoder().toString());
    facts.put("pictures", FeatureMaker.preprocess(config.model()).toString());
    facts.put("precision", config.precision().name().toLowerCase(Locale.ROOT));
    facts.put("weights", weights);
    if (Modality.of(dataset.modality()) != Modality.IMAGE) {
      facts.put("frames", String.valueOf(config.data().frames()));
    }
    return facts;
  }

  /** Where the features of a dataset are, or have to be. */
  Folder folder(PreparedDataset dataset) {
    return all(dataset).folder(StoredFeatures.key(facts(dataset)));
  }

  private Folder all(PreparedDataset dataset) {
    return Folder.of(plan.config().data().visionFeatures(), hadoop).folder(dataset.name());
  }

  /** The features of a dataset that are there and can be used, or null. */
  public StoredFeatures stored(PreparedDataset dataset) {
    StoredFeatures stored = StoredFeatures.in(folder(dataset));
    return stored != null && stored.areOf(dataset) ? stored : null;
  }

  /** Where features are read from, by dataset. */
  Map<String, String> folders() {
    Map<String, String> folders = new TreeMap<>();
    datasets().forEach(one -> folders.put(one.name(), folder(one).path().toString()));
    return folders;
  }

  /** What of them is not there. */
  public Problems missing() {
    Problems missing = new Problems();
    for (PreparedDataset dataset : datasets()) {
      if (stored(dataset) == null) {
        missing.add(
            plan.file()
                .problem(
                    KEY,
                    "a folder with what this stage's vision encoder makes of " + dataset.name(),
                    why(dataset)
                        + " Make them with jobs/features.sh, or leave the key out: then each step"
                        + " computes them."));
      }
    }
    return missing;
  }

  private String why(PreparedDataset dataset) {
    if (StoredFeatures.in(folder(dataset)) != null) {
      return "The features there were made of other samples: it was prepared again since.";
    }
    List<String> closest = null;
    for (StoredFeatures other : others(dataset)) {
      List<String> differences = differences(other.facts(), facts(dataset));
      if (closest == null || differences.size() < closest.size()) {
        closest = differences;
      }
    }
    return closest == null
        ? "There are none."
        : "Features there are of another stage: " + String.join(", ", closest) + ".";
  }

  private List<StoredFeatures> others(PreparedDataset dataset) {
    try {
      List<StoredFeatures> others = new ArrayList<>();
      for (String key : all(dataset).folders()) {
        StoredFeatures stored = StoredFeatures.in(all(dataset).folder(key));
        if (stored != null) {
          others.add(stored);
        }
      }
      return others;
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot list " + all(dataset), e);
    }
  }

  private static List<String> differences(Map<String, String> there, Map<String, String> wanted) {
    List<String> differences = new ArrayList<>();
    wanted.forEach(
        (fact, value) -> {
          String other = there.get(fact);
          if (!value.equals(other)) {
            differences.add(
                switch (fact) {
                  case "weights" -> "other weights of the encoder";
                  case "encoder" -> "another shape of the encoder";
                  case "pictures" -> "other preprocessing of pictures";
                  default -> fact + " " + other + ", not " + value;
                });
          }
        });
    return differences;
  }
}
