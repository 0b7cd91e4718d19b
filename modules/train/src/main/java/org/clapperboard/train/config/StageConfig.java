package org.clapperboard.train.config;

import java.io.Serializable;
import java.util.Collections;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.clapperboard.config.Rules;
import org.clapperboard.config.Section;
import org.clapperboard.model.ModelConfig;
import org.clapperboard.model.Part;
import org.clapperboard.model.adapter.Lora;
import org.clapperboard.model.adapter.LoraConfig;
import org.clapperboard.model.weights.ParameterSpec;
import org.clapperboard.train.checkpoint.AsyncCheckpoints.Mode;
import org.clapperboard.train.optimizer.OptimizerConfig;
import org.clapperboard.train.optimizer.OptimizerState;
import org.clapperboard.train.optimizer.Schedule;

/**
 * One stage of training, as its file tells it.
 *
 * @param stage name of the stage
 * @param run folder of the run that it belongs to
 * @param seed of fresh weights and of the order of samples
 * @param model shape of the model
 * @param precision in which numbers the model computes
 * @param memory what is done to need less of it
 * @param tokenizer folder of the tokenizer
 * @param train parts that are trained; the others are frozen
 * @param lora adapters of frozen parts, which learn in their place
 * @param weights where each part's weights come from
 * @param data what it is trained on
 * @param objective what is learned
 * @param batch how many samples a step takes
 * @param steps most steps, or 0 where epochs alone decide
 * @param epochs how often the leading stream is seen at most, or 0 where steps alone decide
 * @param optimizer optimizer settings
 * @param schedule learning rate over the stage
 * @param checkpoint when the state is saved
 * @param cluster ranks and their threads
 * @param exam questions to ask after it
 * @param watch when it is given up
 * @param validation how it is measured on what it never learns from
 * @param examSlices what is asked while it trains
 */
public record StageConfig(
    String stage,
    String run,
    long seed,
    ModelConfig model,
    Precision precision,
    MemoryConfig memory,
    String tokenizer,
    Set<Part> train,
    Map<Part, LoraConfig> lora,
    Map<Part, WeightOrigin> weights,
    DataConfig data,
    ObjectiveConfig objective,
    BatchConfig batch,
    long steps,
    double epochs,
    OptimizerConfig optimizer,
    Schedule schedule,
    CheckpointConfig checkpoint,
    ClusterConfig cluster,
    ExamConfig exam,
    WatchConfig watch,
    ValidationConfig validation,
    ExamSlicesConfig examSlices)
    implements Serializable {
  private static final Set<Part> ENCODERS = Set.of(Part.VISION_ENCODER, Part.AUDIO_ENCODER);

  /**
   * When the state is saved.
   *
   * @param everySteps steps between checkpoints
   * @param keep how many are kept
   * @param mode whether the steps wait for it
   */
  public record CheckpointConfig(long everySteps, int keep, Mode mode) implements Serializable {
    public CheckpointConfig {
      try (Rules rules = new Rules()) {
        rules.atLeast("everySteps", everySteps, 1);
        rules.atLeast("keep", keep, 1);
      }
    }

    static CheckpointConfig read(Section section) {
      return section.build(
          () ->
              new CheckpointConfig(
                  section.longInteger("every-steps", 500),
                  section.integer("keep", 2),
                  section.oneOf("mode", Mode.class, Mode.ASYNCHRONOUS)));
    }
  }

  /**
   * Questions to ask the model when the stage is done.
   *
   * @param sets names of sets of questions in {@code evaluate.yaml} beside the stage's file
   * @param atLeast accuracy that every question of them must reach
   */
  public record ExamConfig(List<String> sets, double atLeast) implements Serializable {
    public ExamConfig {
      sets = List.copyOf(sets);
      try (Rules rules = new Rules()) {
        rules.between("atLeast", atLeast, 0, 1);
      }
    }

    static ExamConfig read(Section section) {
      return section.build(
          () ->
              new ExamConfig(
                  section.has("sets") ? section.strings("sets") : List.of(),
                  section.number("at-least", 0)));
    }
  }

  public StageConfig {
    train = train == null ? null : Set.copyOf(new LinkedHashSet<>(train));
    lora = lora == null ? null : Collections.unmodifiableMap(new TreeMap<>(lora));
    weights = weights == null ? null : Map.copyOf(weights);
    try (Rules rules = new Rules()) {
      rules.notBlank("stage", stage);
      if (lora != null && lora.isEmpty()) {
        rules.notEmpty("train", train);
      }
      if (model != null && train != null) {
        for (Part part : train) {
          if (!model.specs().containsKey(part)) {
            rules.broken("train", part.key(), "parts that the model has");
          }
        }
      }
      if (model != null && train != null && lora != null) {
        adaptersFit(rules, model, train, lora);
      }
      Set<Part> learning = learning(train, lora);
      if (optimizer != null && optimizer.parts() != null) {
        ratesAreUsed(rules, learning, optimizer);
      }
      if (!learning.isEmpty() && objective != null) {
        partsLearn(rules, learning, objective);
      }
      if (model != null && model.sight() != null && data != null) {
        int frames = data.frames();
        if (model.sight().tokens(frames) == 0) {
          int cell = model.sight().connector().downsample().get(0);
          rules.broken("data.frames", frames, "at least " + cell + ", a cell of the connector");
        }
      }
      if (data != null && data.visionFeatures() != null) {
        featuresAreFrozen(rules, data.visionFeatures(), model, objective, cluster);
      }
      rules.atLeast("steps", steps, 0);
      rules.atLeast("epochs", epochs, 0);
      if (steps == 0 && epochs == 0) {
        rules.broken("steps", steps, "steps or epochs above 0; with both, what ends first counts");
      }
      if (batch != null && cluster != null) {
        batchDivides(rules, batch, cluster, data);
      }
      if (batch != null && model != null) {
        batch.check(rules, model, objective);
      }
      if (memory != null && cluster != null) {
        stateIsWhereItCanBe(rules, memory, cluster);
      }
      if (validation != null && data != null) {
        validation.check(rules, data, objective);
      }
      if (validation != null && validation.captions() > 0 && memory != null) {
        captionsHaveWeights(rules, validation, memory);
      }
      if (examSlices != null && data != null) {
        examSlices.check(rules, data, objective, memory);
      }
    }
  }

  private static Set<Part> learning(Set<Part> train, Map<Part, LoraConfig> lora) {
    Set<Part> learning = EnumSet.noneOf(Part.class);
    learning.addAll(train == null ? Set.of() : train);
    learning.addAll(lora == null ? Set.of() : lora.keySet());
    return learning;
  }

  private static void ratesAreUsed(Rules rules, Set<Part> learning, OptimizerConfig optimizer) {
    for (Part part : optimizer.parts().keySet()) {
      if (!learning.contains(part)) {
        rules
            .broken("optimizer.parts." + part.key(), "there", "settings of parts that learn")
            .advice("It is frozen: name it under train or lora, or leave this out.");
      }
    }
  }

  private static void adaptersFit(
      Rules rules, ModelConfig model, Set<Part> train, Map<Part, LoraConfig> lora) {
    lora.forEach(
        (part, adapter) -> {
          String key = "lora." + part.key();
          List<ParameterSpec> specs = model.specs().get(part);
          if (specs == null) {
            rules.broken(key, "there", "adapters of parts that the model has");
          } else if (!Lora.unknown(adapter, specs).isEmpty()) {
            String modules = String.join(", ", Lora.modules(specs));
            rules
                .broken(
                    key + ".target-modules",
                    adapter.targetModules(),
                    "names of linear layers, or ends of them: " + modules)
                .advice("There is no " + String.join(", ", Lora.unknown(adapter, specs)) + ".");
          }
          if (train.contains(part)) {
            rules
                .broken("train", keys(train), "no part that has an adapter under lora: " + part)
                .advice("With an adapter its own weights stay frozen: name it in one of the two.");
          }
        });
  }

  /** A part that the objective gives no gradient would be "trained" without a word. */
  private static void partsLearn(Rules rules, Set<Part> train, ObjectiveConfig objective) {
    if (objective instanceof ObjectiveConfig.ClosedAnswers) {
      if (train.size() != 1 || !ENCODERS.containsAll(train)) {
        rules.broken(
            "train", keys(train), "vision-encoder or audio-encoder alone, with closed answers");
      }
    } else if (train.contains(Part.VISION_ENCODER)) {
      rules
          .broken("train", keys(train), "parts that learn from answers")
          .advice("The vision encoder stays frozen then (paper section 3).");
    }
  }

  private static List<String> keys(Set<Part> parts) {
    return parts.stream().sorted().map(Part::key).toList();
  }

  /** Whether a rank has but slices of the language model's layers: of gradients, or of weights. */
  public boolean hasLayersInShards() {
    boolean there = model.specs().containsKey(Part.LANGUAGE_MODEL);
    return there
        && switch (memory.sharding()) {
          case OPTIMIZER -> false;
          case GRADIENTS -> train.contains(Part.LANGUAGE_MODEL);
          case PARAMETERS -> true;
        };
  }

  /** What is stored once has to be what each step would compute, to the last bit. */
  private static void featuresAreFrozen(
      Rules rules,
      String folder,
      ModelConfig model,
      ObjectiveConfig objective,
      ClusterConfig cluster) {
    String key = "data.vision-features";
    if (objective instanceof ObjectiveConfig.ClosedAnswers) {
      rules
          .broken(key, folder, "none, with closed answers")
          .advice("There an encoder learns, and none of them stays as it is.");
    } else if (model != null && model.sight() == null) {
      rules.broken(key, folder, "none, since the model does not see");
    } else if (cluster != null && cluster.needsGpus()) {
      rules
          .broken(key, folder, "none, with cluster.device: gpu")
          .advice("Processors compute them, and a GPU's last bits are others.");
    }
  }

  private static void stateIsWhereItCanBe(Rules rules, MemoryConfig memory, ClusterConfig cluster) {
    if (cluster.needsGpus() && memory.sharding() != Sharding.OPTIMIZER) {
      rules.broken(
          "memory.sharding",
          memory.sharding().name().toLowerCase(Locale.ROOT),
          "optimizer, with cluster.device: gpu");
    }
    if (!cluster.needsGpus() && memory.optimizerState() == OptimizerState.DEVICE) {
      rules.broken(
          "memory.optimizer-state", "device", "memory or disk, or device with cluster.device: gpu");
    }
  }

  private static void captionsHaveWeights(
      Rules rules, ValidationConfig validation, MemoryConfig memory) {
    if (memory.sharding() == Sharding.PARAMETERS) {
      rules
          .broken("validation.captions", validation.captions(), "0")
          .advice(
              "With memory.sharding: parameters no rank has all weights to answer with. Evaluate a"
                  + " checkpoint instead.");
    }
  }

  private static void batchDivides(
      Rules rules, BatchConfig batch, ClusterConfig cluster, DataConfig data) {
    int each = batch.micro() * cluster.ranks();
    int shares = data == null ? 1 : data.shares();
    int unit = unit(batch, cluster.ranks(), shares);
    if (batch.global() % unit != 0) {
      String terms = batch.micro() + " × " + cluster.ranks();
      String rule =
          unit == each
              ? "a multiple of batch.micro × cluster.ranks = " + terms + " = " + each
              : "a multiple of "
                  + unit
                  + ", which batch.micro × cluster.ranks = "
                  + terms
                  + " and the sum of shares = "
                  + shares
                  + " divide";
      int below = batch.global() / unit * unit;
      String nearest = below == 0 ? "" + unit : below + ", " + (below + unit);
      rules.broken("batch.global", batch.global(), rule).advice("Nearest: " + nearest + ".");
    }
  }

  /** What the global batch has to be a multiple of. */
  private static int unit(BatchConfig batch, int ranks, int shares) {
    int each = batch.micro() * ranks;
    return each / gcd(each, shares) * shares;
  }

  private static int gcd(int a, int b) {
    return b == 0 ? a : gcd(b, a % b);
  }

  /** Reads a stage file. */
  public static StageConfig read(Section root) {
    return root.build(
        () -> {
          String run = root.location("run");
          String stage = root.string("stage");
          long seed = root.longInteger("seed");
          ModelConfig model = ModelConfig.read(root.section("model"));
          return new StageConfig(
              stage,
              run,
              seed,
              model,
              root.oneOf("precision", Precision.class, Precision.FP32),
              root.optionalSection("memory")
                  .map(MemoryConfig::read)
                  .orElse(MemoryConfig.defaults()),
              root.location("tokenizer", run + "/tokenizer"),
              parts(root),
              adapters(root),
              WeightOrigin.read(root.section("weights")),
              DataConfig.read(root.section("data"), run),
              ObjectiveConfig.read(root),
              BatchConfig.read(root.section("batch"), model),
              root.longInteger("steps", 0),
              root.number("epochs", 0),
              OptimizerConfig.read(root.section("optimizer")),
              root.optionalSection("schedule")
                  .map(Schedule::read)
                  .orElse(new Schedule(0.03, Schedule.Shape.COSINE, 1)),
              CheckpointConfig.read(root.section("checkpoint")),
              ClusterConfig.read(root.section("cluster")),
              root.optionalSection("exam")
                  .map(ExamConfig::read)
                  .orElse(new ExamConfig(List.of(), 0)),
              root.optionalSection("watch").map(WatchConfig::read).orElse(WatchConfig.NOTHING),
              root.optionalSection("validation")
                  .map(ValidationConfig::read)
                  .orElse(ValidationConfig.NOTHING),
              root.optionalSection("exam-slices")
                  .map(ExamSlicesConfig::read)
                  .orElse(ExamSlicesConfig.NOTHING));
        });
  }

  private static Set<Part> parts(Section root) {
    return !root.has("train") && root.has("lora")
        ? Set.of()
        : new LinkedHashSet<>(root.eachOneOf("train", Part.class));
  }

  /** The adapters by their parts, or null where one of them has problems. */
  private static Map<Part, LoraConfig> adapters(Section root) {
    Map<Part, LoraConfig> adapters = new EnumMap<>(Part.class);
    root.optionalSection("lora")
        .ifPresent(
            lora ->
                Part.ADAPTABLE.forEach(
                    part ->
                        lora.optionalSection(part.key())
                            .ifPresent(one -> adapters.put(part, LoraConfig.read(one)))));
    return adapters.containsValue(null) ? null : adapters;
  }

  /** The parts whose weights, or whose adapter, this stage trains. */
  public Set<Part> learning() {
    return learning(train, lora);
  }

  /** Where a part's weights come from at the start: its own origin, or a fresh start. */
  public WeightOrigin origin(Part part) {
    return weights.getOrDefault(part, WeightOrigin.FRESH);
  }

  /** Numbers of ranks that it can go on with, the most first, which it is meant to have. */
  public List<Integer> worldSizes() {
    return IntStream.rangeClosed(-cluster.ranks(), -cluster.atLeast())
        .map(size -> -size)
        .filter(size -> batch.global() % unit(batch, size, data.shares()) == 0)
        .boxed()
        .toList();
  }

  /** The same stage on other ranks. */
  public StageConfig onRanks(int ranks) {
    return new StageConfig(
        stage,
        run,
        seed,
        model,
        precision,
        memory,
        tokenizer,
        train,
        lora,
        weights,
        data,
        objective,
        batch,
        steps,
        epochs,
        optimizer,
        schedule,
        checkpoint,
        cluster.withRanks(ranks),
        exam,
        watch,
        validation,
        examSlices);
  }

  /** The folder of this stage in its run. */
  public String folder() {
    return run + "/" + stage;
  }

  /** Every part the model has, with its origin. */
  public Map<Part, WeightOrigin> origins() {
    Map<Part, WeightOrigin> origins = new EnumMap<>(Part.class);
    model.specs().keySet().forEach(part -> origins.put(part, origin(part)));
    return origins;
  }
}
