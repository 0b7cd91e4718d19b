package org.clapperboard.train.loop;

import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.clapperboard.data.storage.Folder;
import org.clapperboard.model.Part;
import org.clapperboard.model.VideoLlama2;
import org.clapperboard.model.WeightPlace;
import org.clapperboard.model.adapter.Lora;
import org.clapperboard.model.adapter.LoraConfig;
import org.clapperboard.model.weights.Dtype;
import org.clapperboard.model.weights.FreshStart;
import org.clapperboard.model.weights.ParameterSpec;
import org.clapperboard.model.weights.Parameters;
import org.clapperboard.model.weights.TensorSource;
import org.clapperboard.train.checkpoint.Checkpoints;
import org.clapperboard.train.checkpoint.PartWeights;
import org.clapperboard.train.checkpoint.WeightFile;
import org.clapperboard.train.config.StageConfig;
import org.clapperboard.train.config.WeightOrigin;
import org.clapperboard.train.optimizer.ShardedAdamW;

/** The weights that the parts of a stage's model start from, in the precision of the stage. */
final class StartingWeights {
  private final Job job;
  private final StageConfig config;
  private final Dtype dtype;
  private final Folder run;
  private final int rank;
  private final int worldSize;
  private final String device;
  private LayerShards shards;

  /**
   * The weights of a rank.
   *
   * @param device what layers compute on, by PyTorch's name, or null for the host's processors
   */
  StartingWeights(Job job, Folder run, int rank, int worldSize, String device) {
    this.job = job;
    this.device = device;
    this.rank = rank;
    this.worldSize = worldSize;
    this.config = job.config();
    this.dtype = config.precision().dtype();
    this.run = run;
  }

  /** The model before its first step. In bfloat16 what is frozen is mapped where it can be. */
  VideoLlama2 model() {
    Map<Part, Parameters> parts = new EnumMap<>(Part.class);
    config.model().specs().forEach((part, specs) -> parts.put(part, part(part, specs)));
    Map<Part, Lora> adapters = new EnumMap<>(Part.class);
    config.lora().forEach((part, lora) -> adapters.put(part, adapter(part, lora)));
    if (device != null) {
      parts.values().forEach(parameters -> parameters.computeOn(device));
      adapters.values().forEach(adapter -> adapter.parameters().computeOn(device));
    }
    return VideoLlama2.of(config.model(), parts, adapters);
  }

  private Lora adapter(Part part, LoraConfig lora) {
    List<ParameterSpec> specs = Lora.specs(lora, config.model().specs().get(part));
    Parameters parameters = Parameters.allocate(specs, dtype);
    readAdapter(part, specs, parameters::load);
    return new Lora(lora, parameters);
  }

  /** The language model's layers, where they are in shards, or null. */
  LayerShards shards() {
    return shards;
  }

  private boolean isSharded(Part part) {
    return part == Part.LANGUAGE_MODEL && config.hasLayersInShards();
  }

  /** The weights of one part. */
  Parameters part(Part part, List<ParameterSpec> specs) {
    if (isSharded(part)) {
      shards = new LayerShards(specs, dtype, config.memory(), rank, worldSize);
      read(part, specs, shards::load);
      return shards.parameters();
    }
    boolean mapped = dtype == Dtype.BF16 && !config.train().contains(part);
    if (mapped && fromOutside(part)) {
      return outside(part).map(Map.of(part, specs)).get(part);
    }
    if (mapped) {
      Parameters[] parameters = new Parameters[1];
      read(part, specs, source -> parameters[0] = Parameters.map(specs, source));
      return parameters[0];
    }
    Parameters parameters = Parameters.allocate(specs, dtype);
    if (fromOutside(part)) {
      outside(part).load(Map.of(part, parameters));
    } else {
      read(part, specs, parameters::load);
    }
    return parameters;
  }

  /**
   * Gives optimizers their masters, unrounded. What is no part of the model keeps its own start.
   */
  void startMasters(Map<String, ShardedAdamW> trained) {
    if (dtype == Dtype.F32) {
      return;
    }
    for (Part part : config.train()) {
      read(
          part,
          config.model().specs().get(part),
          source ->
              trained.forEach(
                  (name, optimizer) -> {
                    if (Checkpoints.parameters(name).equals(part.key())) {
                      optimizer.startFrom(source);
                    }
                  }));
    }
    for (Part part : config.lora().keySet()) {
      ShardedAdamW optimizer = trained.get(PartWeights.adapter(part));
      readAdapter(part, optimizer.parameters().specs(), optimizer::startFrom);
    }
  }

  /**
   * Whether a part's adapter goes on where that of an earlier stage ended: where it is described in
   * the same way. Else the earlier one is added to the weights that the new one belongs to.
   */
  boolean goesOn(Part part) {
    WeightFile file = job.weights().get(part);
    LoraConfig lora = config.lora().get(part);
    return lora != null
        && file != null
        && file.adapter() != null
        && file.adapter().lora().continues(lora);
  }

  /** The weights that a part's adapter belongs to, where they are in the run as such. */
  Optional<WeightFile> base(Part part) {
    WeightFile file = job.weights().get(part);
    if (goesOn(part)) {
      return Optional.of(file.with(null));
    }
    return Optional.ofNullable(file).filter(plain -> plain.adapter() == null);
  }

  /** Whether a part's weights come from outside the run. */
  boolean fromOutside(Part part) {
    return config.origin(part).kind() == WeightOrigin.Kind.CHECKPOINT;
  }

  /** A frozen part from outside the run as it is there, whatever it was rounded to since. */
  TensorSource unrounded(Part part, Parameters frozen) {
    return dtype == Dtype.F32 && !isSharded(part) ? frozen : outside(part).part(part);
  }

  /** Reads a part's weights as they are stored, an adapter that does not go on added to them. */
  void read(Part part, List<ParameterSpec> specs, Consumer<TensorSource> reader) {
    WeightFile file = goesOn(part) ? base(part).orElseThrow() : job.weights().get(part);
    if (fromOutside(part)) {
      reader.accept(outside(part).part(part));
    } else if (file != null) {
      PartWeights.read(run, file, reader);
    } else {
      reader.accept(FreshStart.of(specs, config.seed()));
    }
  }

  private void readAdapter(Part part, List<ParameterSpec> specs, Consumer<TensorSource> reader) {
    if (goesOn(part)) {
      PartWeights.read(run, job.weights().get(part).adapter(), reader);
    } else {
      reader.accept(FreshStart.of(specs, config.seed()));
    }
  }

  private WeightPlace outside(Part part) {
    return config.origin(part).open();
  }
}
