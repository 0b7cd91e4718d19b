package org.clapperboard.train;

import java.util.List;
import java.util.Set;
import org.apache.hadoop.conf.Configuration;
import org.clapperboard.model.EncoderMemory;
import org.clapperboard.model.ModelConfig;
import org.clapperboard.model.Part;
import org.clapperboard.model.VideoLlama2;
import org.clapperboard.model.adapter.Lora;
import org.clapperboard.model.audio.BeatsConfig;
import org.clapperboard.model.engine.Tape.Activations;
import org.clapperboard.model.language.DecoderConfig;
import org.clapperboard.model.language.LanguageModel;
import org.clapperboard.model.language.PassMemory;
import org.clapperboard.model.weights.Dtype;
import org.clapperboard.model.weights.ParameterSpec;
import org.clapperboard.model.weights.Parameters.Trainable;
import org.clapperboard.train.checkpoint.AsyncCheckpoints;
import org.clapperboard.train.config.ObjectiveConfig;
import org.clapperboard.train.config.Precision;
import org.clapperboard.train.config.Sharding;
import org.clapperboard.train.config.StageConfig;
import org.clapperboard.train.optimizer.LayerBucket;

/**
 * Bytes that a rank needs at most beside its heap, by what for. How far the heap grows towards what
 * it is allowed depends on how long a stage runs.
 *
 * @param process what a process takes that trains next to nothing
 * @param weights of all parts
 * @param gradients of what learns; in bfloat16 they are there twice: as backward passes make them,
 *     and summed in float32
 * @param state this rank's slices of moments and masters, and of their copy for a checkpoint
 * @param passes what a micro-batch leaves in the model until its gradients are made
 * @param batches pixels and filter banks of the batch at work and of those ahead
 */
public record MemoryPlan(
    double process, double weights, double gradients, double state, double passes, double batches) {
  /**
   * Java with Spark and libtorch, without the heap: measured in executors that trained small models
   * for 6 to 250 steps. It is 0.06 GB more where classes come out of an archive, and lies between.
   */
  public static final double PROCESS = 0.39e9;

  /**
   * The sample of a stage that takes most.
   *
   * @param text its tokens beside its media
   * @param seen whether it has frames
   * @param bankFrames frames of its filter bank, or 0
   */
  public record Longest(int text, boolean seen, int bankFrames) {}

  /** Of a stage as it is planned; reads a little of its datasets. */
  public static MemoryPlan of(StagePlan plan, Configuration hadoop) {
    return of(plan, hadoop, plan.config().cluster().ranks());
  }

  /** The same on another number of ranks. */
  static MemoryPlan of(StagePlan plan, Configuration hadoop, int ranks) {
    StageLengths lengths = StageLengths.of(plan, hadoop);
    return of(plan.config(), lengths.longest(), lengths.mediaFloats(), ranks);
  }

  /** All together. */
  public double total() {
    return process + weights + gradients + state + passes + batches;
  }

  /**
   * Of a stage on so many ranks.
   *
   * @param mediaFloats of a sample, in the mean
   */
  public static MemoryPlan of(StageConfig config, Longest longest, double mediaFloats, int ranks) {
    boolean half = config.precision() == Precision.BF16;
    double all = 0;
    double learning = 0;
    for (Part part : config.model().specs().keySet()) {
      double adapter = adapter(config, part);
      double own = elements(config.model().specs().get(part));
      all += own + adapter;
      learning += adapter + (config.train().contains(part) ? own : 0);
    }
    Shards shards = Shards.of(config, ranks);
    double slice = learning * (half ? 12 : 8) / ranks;
    // What is copied is the slice's weights too, unless masters stand for them.
    boolean copied = config.checkpoint().mode() == AsyncCheckpoints.Mode.ASYNCHRONOUS;
    double copy = !copied ? 0 : half ? slice : learning * 12 / ranks;
    double samples = Math.ceil((double) config.batch().global() / ranks);
    return new MemoryPlan(
        PROCESS,
        (all - shards.weights()) * (half ? 2 : 4),
        (learning - shards.gradients()) * (half ? 6 : 4) + shards.sums() * 4,
        slice + copy,
        passes(config, longest, Math.min(config.batch().micro(), samples))
            + waiting(config, longest, samples),
        samples * (config.data().ahead() + 1) * mediaFloats * Float.BYTES);
  }

  /**
   * What of the language model's layers is not there because other ranks have it, in elements.
   *
   * @param weights that are not there, but for two buffers
   * @param gradients that are not there as backward passes make them, but for two buffers
   * @param sums of gradients that are there instead
   */
  private record Shards(double weights, double gradients, double sums) {
    static Shards of(StageConfig config, int ranks) {
      if (!config.hasLayersInShards()) {
        return new Shards(0, 0, 0);
      }
      boolean learns = config.train().contains(Part.LANGUAGE_MODEL);
      List<ParameterSpec> specs = config.model().specs().get(Part.LANGUAGE_MODEL);
      List<Long> buckets =
          LayerBucket.of(specs, config.memory().bucketElements()).stream()
              .filter(LayerBucket::hasLayers)
              .map(LayerBucket::elements)
              .toList();
      double layers = buckets.stream().mapToLong(Long::longValue).sum();
      double buffers = 2.0 * buckets.stream().mapToLong(Long::longValue).max().orElseThrow();
      return new Shards(
          config.memory().sharding() == Sharding.PARAMETERS ? layers - layers / ranks - buffers : 0,
          learns ? layers - buffers : 0,
          learns ? layers / ranks : 0);
    }
  }

  /**
   * Where layers are in shards all samples go through them together, not a micro-batch at a time.
   */
  private static double waiting(StageConfig config, Longest longest, double samples) {
    if (!config.hasLayersInShards()) {
      return 0;
    }
    DecoderConfig language = config.model().language();
    double positions =
        Math.max(0, samples - config.batch().micro()) * StageLengths.positions(config, longest);
    Dtype dtype = config.precision().dtype();
    return config.memory().activations() == Activations.KEEP
        ? PassMemory.layers(language, positions, dtype, Activations.KEEP)
        : positions * language.width() * (language.layers() + 1.0) * dtype.bytes();
  }

  private static double adapter(StageConfig config, Part part) {
    return config.lora().containsKey(part)
        ? elements(Lora.specs(config.lora().get(part), config.model().specs().get(part)))
        : 0;
  }

  private static double elements(List<ParameterSpec> specs) {
    return specs.stream().mapToLong(ParameterSpec::elements).sum();
  }

  /** What makes no gradients is gone before the language model begins. */
  private static double passes(StageConfig config, Longest longest, double rows) {
    ModelConfig model = config.model();
    Activations activations = config.memory().activations();
    boolean answers = config.objective() instanceof ObjectiveConfig.Answers;
    Sums numbers = new Sums(config.learning());
    int positions = longest.text();
    if (longest.seen() && model.sight() != null) {
      int frames = config.data().frames();
      double pictures = rows * (answers ? frames : 1);
      numbers.add(
          Part.VISION_ENCODER,
          learns -> EncoderMemory.pictures(model.sight().encoder(), pictures, learns, activations));
      if (answers) {
        numbers.add(
            Part.VISION_CONNECTOR,
            learns -> EncoderMemory.connector(model.sight(), rows, frames, learns));
      }
      positions += model.sight().tokens(frames);
    }
    if (longest.bankFrames() > 0 && model.hearing() != null) {
      BeatsConfig encoder = model.hearing().encoder();
      int tokens = encoder.tokens(longest.bankFrames(), VideoLlama2.MEL_BINS);
      numbers.add(
          Part.AUDIO_ENCODER,
          learns -> EncoderMemory.sounds(encoder, rows, tokens, learns, activations));
      positions += tokens;
    }
    double language = 0;
    if (answers) {
      double row = Math.max(positions, config.batch().maxTokens());
      language =
          loss(config, rows * longest.text())
              + PassMemory.layers(
                  model.language(), rows * row, config.precision().dtype(), activations);
    }
    int bytes = config.precision().dtype() == Dtype.BF16 ? 2 : 4;
    return bytes * numbers.kept + Math.max(bytes * numbers.passing, language);
  }

  /** Numbers that parts before the language model keep, and the most that one takes for a while. */
  private static final class Sums {
    private final Set<Part> learning;
    private double kept;
    private double passing;

    Sums(Set<Part> learning) {
      this.learning = learning;
    }

    void add(Part part, Numbers numbers) {
      if (learning.contains(part)) {
        kept += numbers.of(Trainable.YES);
      } else {
        passing = Math.max(passing, numbers.of(Trainable.NO));
      }
    }
  }

  private interface Numbers {
    double of(Trainable learns);
  }

  /** Scores of a piece of the labels with their slopes, and the slopes of a head that learns. */
  private static double loss(StageConfig config, double labels) {
    DecoderConfig language = config.model().language();
    double scores = Math.min(labels * language.vocabulary(), LanguageModel.SCORES_AT_A_TIME);
    double head = (double) language.vocabulary() * language.width();
    boolean learns = config.train().contains(Part.LANGUAGE_MODEL);
    return 4 * 3 * scores + (learns ? 4 * 2 * head : 0);
  }
}
