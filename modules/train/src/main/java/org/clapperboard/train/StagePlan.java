package org.clapperboard.train;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.apache.commons.codec.digest.DigestUtils;
import org.apache.hadoop.conf.Configuration;
import org.clapperboard.config.BadCheckpoint;
import org.clapperboard.config.ConfigFile;
import org.clapperboard.config.Problem;
import org.clapperboard.config.Problems;
import org.clapperboard.data.Modality;
import org.clapperboard.data.order.Mixture;
import org.clapperboard.data.shard.LeftOut;
import org.clapperboard.data.shard.PreparedDataset;
import org.clapperboard.data.storage.Folder;
import org.clapperboard.model.Part;
import org.clapperboard.model.adapter.Lora;
import org.clapperboard.model.adapter.LoraConfig;
import org.clapperboard.model.weights.ParameterSpec;
import org.clapperboard.train.checkpoint.StageResult;
import org.clapperboard.train.checkpoint.WeightFile;
import org.clapperboard.train.config.DataConfig.StreamConfig;
import org.clapperboard.train.config.ExamSlicesConfig.Slice;
import org.clapperboard.train.config.ObjectiveConfig;
import org.clapperboard.train.config.StageConfig;
import org.clapperboard.train.config.WeightOrigin;
import org.clapperboard.train.loop.Mixtures;

/**
 * What a stage will do: its configuration together with what is on disk. Made on the driver,
 * printed by {@code plan}, executed by {@code train}.
 *
 * @param file where the stage was read from
 * @param config the stage
 * @param inputs hash of all that decides its outcome: configuration, prepared data, starting
 *     weights
 * @param streams the prepared datasets of each stream
 * @param exclusion what was found of these datasets, and what is left out of them because of it
 * @param mixture the mixture, or null where a dataset is missing
 * @param steps number of steps, or 0 where a dataset is missing
 * @param weights starting weights of every part that has some and has them already
 * @param missing what is not there yet: datasets, earlier stages, released weights, the tokenizer
 */
public record StagePlan(
    ConfigFile file,
    StageConfig config,
    String inputs,
    List<StreamData> streams,
    Exclusion exclusion,
    Mixture mixture,
    long steps,
    Map<Part, WeightFile> weights,
    Problems missing) {
  private static final List<String> TOKENIZER = List.of("tokenizer.json", "tokenizer_config.json");

  /**
   * One stream and what it reads.
   *
   * @param config the stream
   * @param datasets those of its datasets that are prepared
   */
  public record StreamData(StreamConfig config, List<PreparedDataset> datasets) {

    /** Whether all its datasets are prepared. */
    public boolean complete() {
      return datasets.size() == config.datasets().size();
    }
  }

  /** Looks up what the configuration names. Nothing is changed or started. */
  public static StagePlan of(ConfigFile file, Configuration hadoop) {
    StageConfig config = file.read(StageConfig::read);
    Problems missing = new Problems();
    List<StreamData> streams = streams(file, config, hadoop, missing);
    List<PreparedDataset> heldOut = heldOut(file, config, streams, hadoop, missing);
    Exclusion exclusion = Exclusion.of(file, config.data(), streams, hadoop, missing);
    Map<Part, WeightFile> weights = weights(file, config, hadoop, missing);
    if (missing.isEmpty()) {
      checkFrozen(file, config, used(config, streams, heldOut), weights, missing);
    }
    checkTokenizer(file, config, missing);
    boolean complete = streams.stream().allMatch(StreamData::complete);
    Mixture mixture =
        complete && streams.stream().allMatch(stream -> exclusion.samples(stream) > 0)
            ? Mixtures.of(config, streams.stream().map(exclusion::rowGroups).toList())
            : null;
    long steps = config.steps();
    if (config.epochs() > 0 && mixture != null) {
      long inEpochs = mixture.steps(config.epochs(), config.batch().global());
      steps = steps == 0 ? inEpochs : Math.min(steps, inEpochs);
    }
    String inputs = inputs(file, config, streams, exclusion, weights);
    return new StagePlan(
        file, config, inputs, streams, exclusion, mixture, steps, weights, missing);
  }

  private static String inputs(
      ConfigFile file,
      StageConfig config,
      List<StreamData> streams,
      Exclusion exclusion,
      Map<Part, WeightFile> weights) {
    StringBuilder facts =
        new StringBuilder(
            file.configHash(
                "run",
                "tokenizer",
                "cluster",
                "memory",
                "optimizer.skip-at-most",
                "checkpoint",
                "exam",
                "watch",
                "validation",
                "exam-slices",
                "data.quarantine-at-most",
                "data.threads",
                "data.ahead",
                "data.findings",
                "data.vision-features"));
    // Of all that is said of the cluster this alone changes what is learned by more than the last
    // bits, in which other hardware may differ too.
    facts.append(config.cluster().roundsGradients() ? "\ngradients in bf16" : "");
    for (StreamData stream : streams) {
      // Row groups are what samples are shuffled in.
      for (PreparedDataset dataset : stream.datasets()) {
        facts.append('\n').append(dataset.content()).append(dataset.rowGroups());
        LeftOut leftOut = exclusion.leftOut().get(dataset.name());
        facts.append(leftOut == null ? "" : leftOut.hash());
      }
    }
    weights.forEach((part, from) -> facts.append('\n').append(part).append(from.content()));
    return DigestUtils.sha256Hex(facts.toString());
  }

  private static List<StreamData> streams(
      ConfigFile file, StageConfig config, Configuration hadoop, Problems missing) {
    Folder prepared = Folder.of(config.data().prepared(), hadoop);
    List<StreamData> streams = new ArrayList<>();
    for (int i = 0; i < config.data().streams().size(); i++) {
      StreamConfig stream = config.data().streams().get(i);
      List<PreparedDataset> datasets = new ArrayList<>();
      for (int j = 0; j < stream.datasets().size(); j++) {
        String key = "data.streams[" + i + "].datasets[" + j + "]";
        dataset(file, config, stream.datasets().get(j), key, prepared, missing)
            .ifPresent(datasets::add);
      }
      streams.add(new StreamData(stream, datasets));
    }
    return streams;
  }

  private static Optional<PreparedDataset> dataset(
      ConfigFile file,
      StageConfig config,
      String name,
      String key,
      Folder prepared,
      Problems missing) {
    PreparedDataset dataset = PreparedDataset.in(prepared.folder(name));
    if (dataset == null) {
      missing.add(
          file.problem(
              key, "a prepared dataset in " + prepared, "Prepare it, or correct its name."));
    } else {
      checkQuarantine(file, config, dataset, key, prepared, missing);
      checkFrames(file, config, dataset, missing);
      checkPictures(file, config, dataset, missing);
    }
    return Optional.ofNullable(dataset);
  }

  /**
   * The datasets that a stage is measured on or asked about, which must hold other samples than it
   * learns from.
   */
  private static List<PreparedDataset> heldOut(
      ConfigFile file,
      StageConfig config,
      List<StreamData> streams,
      Configuration hadoop,
      Problems missing) {
    Folder prepared = Folder.of(config.data().prepared(), hadoop);
    List<PreparedDataset> heldOut = new ArrayList<>();
    for (int i = 0; i < config.validation().datasets().size(); i++) {
      String key = "validation.datasets[" + i + "]";
      String name = config.validation().datasets().get(i);
      Optional<PreparedDataset> dataset = dataset(file, config, name, key, prepared, missing);
      dataset.ifPresent(heldOut::add);
      checkUnseen(file, key, dataset, streams, missing);
    }
    for (int i = 0; i < config.examSlices().sets().size(); i++) {
      Slice slice = config.examSlices().sets().get(i);
      String entry = "exam-slices.sets[" + i + "]";
      String key = entry + (file.has(entry + ".dataset") ? ".dataset" : ".name");
      Folder folder = Folder.of(slice.preparedIn(config.data()), hadoop);
      Optional<PreparedDataset> dataset = asked(file, config, slice, key, folder, missing);
      dataset.ifPresent(heldOut::add);
      checkUnseen(file, key, dataset, streams, missing);
    }
    return heldOut;
  }

  /** Of a benchmark the exam itself says how many frames it needs, and what may be missing. */
  private static Optional<PreparedDataset> asked(
      ConfigFile file,
      StageConfig config,
      Slice slice,
      String key,
      Folder prepared,
      Problems missing) {
    PreparedDataset dataset =
        slice.isBenchmark() ? PreparedDataset.in(prepared.folder(slice.dataset())) : null;
    if (dataset == null) {
      return dataset(file, config, slice.dataset(), key, prepared, missing);
    }
    checkPictures(file, config, dataset, missing);
    return Optional.of(dataset);
  }

  private static void checkUnseen(
      ConfigFile file,
      String key,
      Optional<PreparedDataset> dataset,
      List<StreamData> streams,
      Problems missing) {
    all(streams).stream()
        .filter(learned -> dataset.filter(d -> d.content().equals(learned.content())).isPresent())
        .findFirst()
        .ifPresent(
            learned ->
                missing.add(
                    file.problem(
                        key,
                        "a dataset that no stream reads",
                        "It has the very samples of " + learned.name() + ".")));
  }

  private static List<PreparedDataset> all(List<StreamData> streams) {
    return streams.stream().flatMap(stream -> stream.datasets().stream()).toList();
  }

  private static void checkQuarantine(
      ConfigFile file,
      StageConfig config,
      PreparedDataset dataset,
      String key,
      Folder prepared,
      Problems missing) {
    Double atMost = config.data().quarantineAtMost();
    PreparedDataset judged = atMost == null ? dataset : dataset.tolerating(atMost);
    String refusal = judged.refusal(prepared.folder(dataset.name()).toString());
    if (refusal != null) {
      missing.add(
          file.problem(
              key,
              "a dataset of which enough can be used",
              refusal
                  + " Mend them and prepare it again, or bear it: set data.quarantine-at-most."));
    }
  }

  private static void checkFrames(
      ConfigFile file, StageConfig config, PreparedDataset dataset, Problems missing) {
    boolean clips = dataset.modality().equals("video") || dataset.modality().equals("audio-visual");
    if (clips && !dataset.frameCounts().contains(config.data().frames())) {
      missing.add(
          file.problem(
              "data.frames",
              "one of " + dataset.frameCounts() + ", which " + dataset.name() + " was prepared for",
              "Prepare it again with this number, or choose one it has."));
    }
  }

  private static void checkPictures(
      ConfigFile file, StageConfig config, PreparedDataset dataset, Problems missing) {
    boolean seen = config.model().sight() != null && Modality.of(dataset.modality()).seen();
    if (seen && dataset.picture().size() != config.model().sight().encoder().imageSize()) {
      missing.add(
          file.problem(
              "model.vision-encoder.image-size",
              dataset.picture().size() + ", which " + dataset.name() + " was prepared for",
              "Prepare it again for this encoder, or train the encoder it was prepared for."));
    }
  }

  private static Map<Part, WeightFile> weights(
      ConfigFile file, StageConfig config, Configuration hadoop, Problems missing) {
    Folder run = Folder.of(config.run(), hadoop);
    Map<Part, WeightFile> weights = new EnumMap<>(Part.class);
    // What several parts lack is told once.
    Map<String, Problem> unfit = new LinkedHashMap<>();
    config
        .origins()
        .forEach(
            (part, origin) -> {
              String key = key(file, part);
              if (origin.kind() == WeightOrigin.Kind.CHECKPOINT) {
                checkpoint(file, config, part, origin)
                    .ifPresent(problem -> unfit.putIfAbsent(key, problem));
              } else if (origin.kind() == WeightOrigin.Kind.STAGE) {
                StageResult result = StageResult.in(run.folder(origin.place()));
                if (result == null) {
                  unfit.putIfAbsent(
                      origin.place(),
                      file.problem(
                          key,
                          "a finished stage of the run " + run,
                          "Train " + origin.place() + " first, or correct its name."));
                } else if (result.parts().containsKey(part.key())) {
                  weights.put(part, result.parts().get(part.key()));
                }
              }
            });
    unfit.values().forEach(missing::add);
    checkBase(file, config, missing);
    return weights;
  }

  /** The key that says where a part's weights come from. */
  private static String key(ConfigFile file, Part part) {
    String own = "weights." + part.key();
    return file.has(own) ? own : "weights.from";
  }

  /** What no adapter belongs to would be passed over without a word. */
  private static void checkBase(ConfigFile file, StageConfig config, Problems missing) {
    boolean adapters = config.origins().values().stream().anyMatch(WeightOrigin::isAdapter);
    if (file.has("weights.base") && !adapters) {
      missing.add(
          file.problem(
              "weights.base",
              "a folder with adapter_config.json among the weights",
              "It is what an adapter belongs to: name the adapter too, or leave it out."));
    }
  }

  /** The parts that the data goes through. */
  private static Set<Part> used(
      StageConfig config, List<StreamData> streams, List<PreparedDataset> heldOut) {
    if (config.objective() instanceof ObjectiveConfig.ClosedAnswers) {
      return config.learning();
    }
    Set<Part> used = EnumSet.of(Part.LANGUAGE_MODEL);
    used.addAll(config.lora().keySet());
    List<PreparedDataset> datasets = new ArrayList<>(all(streams));
    datasets.addAll(heldOut);
    for (PreparedDataset dataset : datasets) {
      Modality modality = Modality.of(dataset.modality());
      if (modality.seen()) {
        used.addAll(List.of(Part.VISION_ENCODER, Part.VISION_CONNECTOR));
      }
      if (modality.heard()) {
        used.addAll(List.of(Part.AUDIO_ENCODER, Part.AUDIO_PROJECTOR));
      }
    }
    return used;
  }

  /** What is used and frozen must have been trained before, by this run or by somebody. */
  private static void checkFrozen(
      ConfigFile file,
      StageConfig config,
      Set<Part> used,
      Map<Part, WeightFile> weights,
      Problems missing) {
    for (Part part : used) {
      boolean trained =
          config.train().contains(part)
              || weights.containsKey(part)
              || config.origin(part).kind() == WeightOrigin.Kind.CHECKPOINT;
      if (!trained) {
        String key = key(file, part);
        missing.add(
            file.problem(
                key,
                "weights for the " + part + ", which this stage uses and keeps frozen",
                "Name a stage that trained it, or train it here."));
      }
    }
  }

  /** Whether the tokenizer can be opened. */
  boolean tokenizerIsThere() {
    return tokenizerIsThere(config);
  }

  private static boolean tokenizerIsThere(StageConfig config) {
    Path folder = Path.of(config.tokenizer());
    return TOKENIZER.stream().map(folder::resolve).allMatch(Files::isRegularFile);
  }

  /** Ranks open it; that it is missing is said before they start. */
  private static void checkTokenizer(ConfigFile file, StageConfig config, Problems missing) {
    Path folder = Path.of(config.tokenizer());
    if (!tokenizerIsThere(config)) {
      missing.add(
          file.problem(
              "tokenizer",
              "a folder with " + String.join(" and ", TOKENIZER),
              "There is none in " + folder + "."));
    }
  }

  private static Optional<Problem> checkpoint(
      ConfigFile file, StageConfig config, Part part, WeightOrigin origin) {
    try {
      List<ParameterSpec> specs = config.model().specs().get(part);
      origin.open().report(part, specs).requireExact();
      return Optional.empty();
    } catch (BadCheckpoint e) {
      return Optional.of(
          file.problem(key(file, part), "a model that has the " + part, e.getMessage()));
    }
  }

  /** The closed sets of answers of all datasets together. */
  Map<String, List<String>> answers() {
    Map<String, List<String>> answers = new TreeMap<>();
    for (StreamData stream : streams) {
      for (PreparedDataset dataset : stream.datasets()) {
        dataset
            .answers()
            .forEach(
                (question, some) -> {
                  List<String> merged = new ArrayList<>(answers.getOrDefault(question, List.of()));
                  some.stream().filter(answer -> !merged.contains(answer)).forEach(merged::add);
                  answers.put(question, merged.stream().sorted().toList());
                });
      }
    }
    return answers;
  }

  List<List<Long>> rowGroups() {
    return streams.stream().map(exclusion::rowGroups).toList();
  }

  /** Elements of a part. */
  public long parameters(Part part) {
    return elements(config.model().specs().get(part));
  }

  /** Elements of a part's adapter, 0 where it has none. */
  public long adapterParameters(Part part) {
    LoraConfig lora = config.lora().get(part);
    return lora == null ? 0 : elements(Lora.specs(lora, config.model().specs().get(part)));
  }

  private static long elements(List<ParameterSpec> specs) {
    return specs.stream().mapToLong(ParameterSpec::elements).sum();
  }
}
