package org.clapperboard.train;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.clapperboard.data.Exchange;
import org.clapperboard.data.Modality;
import org.clapperboard.data.shard.PreparedDataset;
import org.clapperboard.data.shard.ShardReader;
import org.clapperboard.data.storage.Folder;
import org.clapperboard.model.VideoLlama2;
import org.clapperboard.model.prompt.Tokenizer;
import org.clapperboard.model.vision.VisionConfig;
import org.clapperboard.train.MemoryPlan.Longest;
import org.clapperboard.train.config.ObjectiveConfig;
import org.clapperboard.train.config.StageConfig;
import org.clapperboard.train.loop.ExampleMaker;

/**
 * How long the samples of a stage are: media as they were prepared, texts as the first row group of
 * each dataset has them. What is not there yet is taken to be of a usual length.
 *
 * @param longest the sample that takes most positions
 * @param mediaFloats numbers of a sample's media, in the mean over the mixture
 */
public record StageLengths(Longest longest, double mediaFloats) {
  /** The reference cuts or fills every sound to this length. */
  public static final double REFERENCE_SOUND_SECONDS = 30;

  private static final int USUAL_TEXT = 128;
  private static final int RATE = 16_000;

  /** Those of a plan. Reads little of each dataset. */
  public static StageLengths of(StagePlan plan, Configuration hadoop) {
    StageConfig config = plan.config();
    if (!plan.streams().stream().allMatch(StagePlan.StreamData::complete)) {
      boolean heard = config.model().hearing() != null;
      int bank = heard ? bankFrames(REFERENCE_SOUND_SECONDS) : 0;
      Longest longest = new Longest(USUAL_TEXT, config.model().sight() != null, bank);
      return new StageLengths(longest, floats(config, longest, false));
    }
    boolean texts =
        config.objective() instanceof ObjectiveConfig.Answers && plan.tokenizerIsThere();
    try (Tokenizer tokenizer = texts ? Tokenizer.open(Path.of(config.tokenizer())) : null) {
      List<Longest> all = new ArrayList<>();
      double floats = 0;
      for (StagePlan.StreamData stream : plan.streams()) {
        double most = 0;
        for (PreparedDataset dataset : stream.datasets()) {
          Modality modality = Modality.of(dataset.modality());
          int text = tokenizer == null ? USUAL_TEXT : text(config, dataset, tokenizer, hadoop);
          int bank = modality.heard() ? bankFrames(dataset.soundSeconds()) : 0;
          Longest longest = new Longest(text, modality.seen(), bank);
          all.add(longest);
          most = Math.max(most, floats(config, longest, modality == Modality.IMAGE));
        }
        floats += most * stream.config().share() / config.data().shares();
      }
      Longest longest =
          all.stream().max(Comparator.comparingInt(one -> positions(config, one))).orElseThrow();
      return new StageLengths(longest, floats);
    }
  }

  /** Windows of 25 ms every 10 ms, only whole ones. */
  public static int bankFrames(double seconds) {
    return (int) (1 + (seconds * RATE - 400) / 160);
  }

  /** Positions that a sample takes in the language model. */
  static int positions(StageConfig config, Longest one) {
    int clip =
        one.seen() && config.model().sight() != null
            ? config.model().sight().tokens(config.data().frames())
            : 0;
    int sound =
        one.bankFrames() > 0 && config.model().hearing() != null
            ? config.model().hearing().encoder().tokens(one.bankFrames(), VideoLlama2.MEL_BINS)
            : 0;
    return one.text() + clip + sound;
  }

  private static double floats(StageConfig config, Longest one, boolean still) {
    double pixels = 0;
    if (one.seen() && config.model().sight() != null) {
      VisionConfig vision = config.model().sight().encoder();
      int frames = still ? 1 : config.data().frames();
      double numbers = (double) vision.rows() * vision.columns() * vision.width();
      double features = numbers * config.precision().dtype().bytes() / Float.BYTES;
      boolean stored = config.data().visionFeatures() != null;
      pixels = frames * (stored ? features : 3.0 * vision.imageSize() * vision.imageSize());
    }
    return pixels + (double) one.bankFrames() * VideoLlama2.MEL_BINS;
  }

  /** Tokens of the longest of some samples. */
  private static int text(
      StageConfig config, PreparedDataset dataset, Tokenizer tokenizer, Configuration hadoop) {
    ObjectiveConfig.Answers answers = (ObjectiveConfig.Answers) config.objective();
    Modality modality = Modality.of(dataset.modality());
    Folder shards =
        Folder.of(config.data().prepared(), hadoop).folder(dataset.name()).folder("shards");
    if (dataset.shards().isEmpty()) {
      return USUAL_TEXT;
    }
    int longest = 0;
    try (ShardReader reader =
        new ShardReader(shards.path(dataset.shards().get(0).file()), hadoop)) {
      for (List<Exchange> exchanges : reader.exchanges(0)) {
        int tokens =
            tokenizer
                .prompts()
                .training(ExampleMaker.turns(modality, exchanges), answers.style())
                .ids()
                .length;
        longest = Math.max(longest, tokens);
      }
    }
    return longest;
  }
}
