package org.clapperboard.train.loop;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.apache.hadoop.conf.Configuration;
import org.clapperboard.collective.Collective;
import org.clapperboard.data.features.FeatureStore;
import org.clapperboard.data.ledger.Ledger;
import org.clapperboard.data.shard.FloatPool;
import org.clapperboard.data.shard.MediaBuffers;
import org.clapperboard.data.shard.StreamReader;
import org.clapperboard.data.storage.Folder;
import org.clapperboard.media.pixels.Preprocess;
import org.clapperboard.model.Part;
import org.clapperboard.model.VideoLlama2;
import org.clapperboard.model.adapter.Lora;
import org.clapperboard.model.engine.TorchEngine;
import org.clapperboard.model.prompt.Tokenizer;
import org.clapperboard.model.weights.ParameterSpec;
import org.clapperboard.model.weights.Parameters;
import org.clapperboard.model.weights.TensorSource;
import org.clapperboard.train.checkpoint.AdapterFile;
import org.clapperboard.train.checkpoint.AsyncCheckpoints;
import org.clapperboard.train.checkpoint.Checkpoints;
import org.clapperboard.train.checkpoint.PartWeights;
import org.clapperboard.train.checkpoint.Position;
import org.clapperboard.train.checkpoint.SavedValues;
import org.clapperboard.train.checkpoint.WeightFile;
import org.clapperboard.train.config.DataConfig;
import org.clapperboard.train.config.ObjectiveConfig;
import org.clapperboard.train.config.StageConfig;
import org.clapperboard.train.config.WeightOrigin;
import org.clapperboard.train.loop.ExampleMaker.Text;
import org.clapperboard.train.metrics.MemoryWatch;
import org.clapperboard.train.metrics.MetricsWriter;
import org.clapperboard.train.metrics.StepMetrics;
import org.clapperboard.train.optimizer.OptimizerConfig;
import org.clapperboard.train.optimizer.StateRoom;
import org.clapperboard.train.optimizer.WeightDecay;

/** One rank of a stage, from the starting weights to the trained ones. */
public final class Rank {
  private static final String HEADS = "heads";

  private final Job job;
  private final StageConfig config;
  private final Collective ranks;
  private final String device;
  private final Configuration hadoop;
  private final Path scratch;
  private final Consumer<StepMetrics> progress;
  private final BooleanSupplier stop;

  /**
   * A rank that talks to the others through a collective.
   *
   * @param device what layers compute on, by PyTorch's name, or null for the host's processors
   * @param scratch a folder of the own disks of this machine
   * @param progress hears of every step, on rank 0
   * @param stop whether to stop: if one rank is told to, all save their state after the same step
   */
  public Rank(
      Job job,
      Collective ranks,
      String device,
      Configuration hadoop,
      Path scratch,
      Consumer<StepMetrics> progress,
      BooleanSupplier stop) {
    this.job = job;
    this.config = job.config();
    this.ranks = ranks;
    this.device = device;
    this.hadoop = hadoop;
    this.scratch = scratch;
    this.progress = progress;
    this.stop = stop;
  }

  /**
   * Trains the stage, from its newest checkpoint if there is one.
   *
   * @return on rank 0 the files of the parts that were trained; elsewhere nothing, as everywhere if
   *     it was told to stop before the end
   */
  public Map<Part, WeightFile> train() throws IOException {
    MemoryWatch.begin();
    List<StreamReader> readers = readers();
    try (Tokenizer tokenizer = Tokenizer.open(Path.of(config.tokenizer()));
        // Before the weights are read: the first batches are decoded in the meantime.
        FeatureStore features = features();
        BatchSource batches = batches(readers, features, tokenizer)) {
      return train(batches, tokenizer);
    } finally {
      readers.forEach(StreamReader::close);
    }
  }

  private Map<Part, WeightFile> train(BatchSource batches, Tokenizer tokenizer) throws IOException {
    TorchEngine.start(config.cluster().threads());
    StartingWeights start =
        new StartingWeights(
            job, Folder.of(config.run(), hadoop), ranks.rank(), ranks.worldSize(), device);
    try (VideoLlama2 model = start.model();
        Objective objective = objective(model);
        ShardedUpdate update = update(model, start.shards(), objective)) {
      start.startMasters(update.trained());
      if (job.resume() != null) {
        checkpoints().restore(job.resume(), position(job.firstStep()), update.trained());
      }
      if (run(model, objective, update, batches, tokenizer) < job.steps()) {
        return Map.of();
      }
      return ranks.rank() == 0 ? writeResult(model, start) : Map.of();
    }
  }

  /** The steps that are done then. */
  private long run(
      VideoLlama2 model,
      Objective objective,
      ShardedUpdate update,
      BatchSource batches,
      Tokenizer tokenizer)
      throws IOException {
    Folder stage = Folder.of(config.folder(), hadoop);
    Ledger ledger = new Ledger(stage.folder("ledger"), config.run(), config.stage());
    if (ranks.rank() == 0) {
      // Here, where no rank of an earlier attempt can be writing any more.
      ledger.removeFrom(job.firstStep());
      MetricsWriter.removeFrom(stage, job.firstStep());
    }
    try (AsyncCheckpoints saves = saves();
        MetricsWriter metrics =
            ranks.rank() == 0
                ? new MetricsWriter(
                    stage, config.stage(), job.firstStep(), config.cluster().peakFlopsOfAll())
                : null) {
      RankRecord record =
          new RankRecord(
              ranks,
              update,
              ledger,
              metrics,
              saves,
              config.checkpoint().everySteps(),
              job.firstStep(),
              progress);
      return new TrainingLoop(
              batches,
              objective,
              update,
              step -> config.schedule().factor(step, job.steps()),
              ranks,
              new DivergenceWatch(
                  config.stage(),
                  config.watch(),
                  validated(model, tokenizer, update.layers(), sliced(model, tokenizer, record))),
              new MicroBatches(config.batch(), objective::length),
              StepSums.of(config, objective, stop),
              new SkippedSteps(
                  ranks, config.optimizer().skipAtMost(), job.firstStep() - update.steps()),
              config.seed())
          .run(job.firstStep(), job.steps());
    }
  }

  /** The record, with a measurement before it if the stage asks for that. */
  private TrainingLoop.StepRecord validated(
      VideoLlama2 model,
      Tokenizer tokenizer,
      ShardedLayers layers,
      TrainingLoop.StepRecord record) {
    if (config.validation().datasets().isEmpty()) {
      return record;
    }
    Folder prepared = Folder.of(config.data().prepared(), hadoop);
    long each = Runtime.getRuntime().maxMemory() / 6;
    FloatPool pool = new FloatPool();
    int frames = config.data().frames();
    return new ValidationWatch(
        config,
        model,
        ranks,
        HeldOut.read(config, prepared, ranks.rank(), ranks.worldSize(), each),
        new ExampleMaker(text(tokenizer), buffers(pool), frames),
        new ExampleMaker(Text.questions(tokenizer.prompts()), buffers(pool), frames),
        pool::giveBack,
        tokenizer,
        job.steps(),
        layers,
        record);
  }

  /** The record, with exam slices before it if the stage asks for that. */
  private TrainingLoop.StepRecord sliced(
      VideoLlama2 model, Tokenizer tokenizer, RankRecord record) {
    if (job.slices() == null) {
      return record;
    }
    long each = Runtime.getRuntime().maxMemory() / 6;
    return new SliceWatch(
        config.examSlices(),
        ranks,
        SliceSamples.read(config, hadoop, ranks.rank(), ranks.worldSize(), each),
        job.slices().on(model, tokenizer, hadoop),
        job.steps(),
        record);
  }

  private Text text(Tokenizer tokenizer) {
    return config.objective() instanceof ObjectiveConfig.Answers answers
        ? Text.conversations(tokenizer.prompts(), answers.style())
        : Text.none();
  }

  private FeatureStore features() {
    Map<String, Folder> folders = new HashMap<>();
    job.features().forEach((name, folder) -> folders.put(name, Folder.of(folder, hadoop)));
    return new FeatureStore(folders);
  }

  private BatchSource batches(
      List<StreamReader> readers, FeatureStore features, Tokenizer tokenizer) {
    Text text = text(tokenizer);
    FloatPool pool = new FloatPool();
    DataConfig data = config.data();
    int threads = data.threadsOf(Runtime.getRuntime().availableProcessors());
    return new BatchSource(
        Mixtures.of(job),
        readers,
        () -> new ExampleMaker(text, buffers(pool), data.frames()),
        (source, sample) -> features.of(source, sample.id(), pool::take),
        pool::giveBack,
        RankShare.of(
            config.batch().global(), ranks.rank(), ranks.worldSize(), job.firstStep(), job.steps()),
        new BatchSource.Ahead(threads, data.ahead()));
  }

  private MediaBuffers buffers(FloatPool pool) {
    boolean sees = config.model().sight() != null;
    Preprocess preprocess = sees ? FeatureMaker.preprocess(config.model()) : null;
    return new MediaBuffers(
        sees ? preprocess.encoder() : Preprocess.Encoder.CLIP,
        sees ? preprocess.size() : 1,
        VideoLlama2.MEL_BINS,
        pool::take);
  }

  private List<StreamReader> readers() {
    Folder prepared = Folder.of(config.data().prepared(), hadoop);
    long each = Runtime.getRuntime().maxMemory() / 3 / config.data().streams().size();
    return config.data().streams().stream()
        .map(stream -> StreamReader.of(prepared, stream.datasets(), job.leftOut(), each))
        .toList();
  }

  private Checkpoints checkpoints() {
    Folder folder = Folder.of(config.folder(), hadoop).folder("checkpoints");
    return new Checkpoints(folder, config.stage(), job.inputs(), config.checkpoint().keep());
  }

  private AsyncCheckpoints saves() {
    return new AsyncCheckpoints(
        checkpoints(), job.attempt(), this::position, ranks, config.checkpoint().mode());
  }

  private Position position(long step) {
    return Position.after(step, config.seed(), Mixtures.of(job), config.batch().global());
  }

  private Objective objective(VideoLlama2 model) {
    if (config.objective() instanceof ObjectiveConfig.ClosedAnswers closed) {
      Part encoder = config.learning().iterator().next();
      return new ClosedAnswerObjective(
          model,
          encoder,
          closed,
          job.answers(),
          config.memory().activations(),
          config.seed(),
          device);
    }
    return new AnswerObjective(model, config.memory().activations());
  }

  private ShardedUpdate update(VideoLlama2 model, LayerShards shards, Objective objective) {
    Map<String, Parameters> trained = new LinkedHashMap<>();
    Map<String, OptimizerConfig> own = new HashMap<>();
    for (Part part : Part.values()) {
      own.put(part.key(), config.optimizer().of(part));
      own.put(PartWeights.adapter(part), config.optimizer().of(part));
      if (config.train().contains(part)) {
        trained.put(part.key(), model.parameters().get(part));
      } else if (config.lora().containsKey(part)) {
        trained.put(PartWeights.adapter(part), model.adapters().get(part).parameters());
      }
    }
    objective.ownParameters().ifPresent(heads -> trained.put(HEADS, heads));
    return ShardedUpdate.of(
        trained,
        shards,
        StateRoom.of(config.memory().optimizerState(), scratch),
        ranks,
        config.optimizer(),
        name -> own.getOrDefault(name, config.optimizer()),
        WeightDecay.of(config.model().language().family()));
  }

  /** The last checkpoint has what was trained, unrounded, whichever rank held it. */
  private Map<Part, WeightFile> writeResult(VideoLlama2 model, StartingWeights start)
      throws IOException {
    Map<Part, WeightFile> files = new EnumMap<>(Part.class);
    Checkpoints.Found last = checkpoints().newest().orElseThrow();
    try (SavedValues trained = checkpoints().open(last)) {
      for (Map.Entry<Part, Parameters> entry : model.parameters().entrySet()) {
        Part part = entry.getKey();
        List<ParameterSpec> specs = entry.getValue().specs();
        if (config.train().contains(part)) {
          files.put(part, write(part, specs, trained.of(part.key(), specs)));
        } else if (start.fromOutside(part)) {
          // What came from outside the run is kept in it once, so that the run needs nothing else.
          files.put(part, write(part, specs, start.unrounded(part, entry.getValue())));
        }
        if (config.lora().containsKey(part)) {
          WeightFile base = files.containsKey(part) ? files.get(part) : base(part, start);
          List<ParameterSpec> matrices = Lora.specs(config.lora().get(part), specs);
          TensorSource adapter = trained.of(PartWeights.adapter(part), matrices);
          files.put(part, base.with(writeAdapter(part, base, adapter)));
        }
      }
    }
    return files;
  }

  /** The weights below an adapter; those with an earlier adapter in them are written down. */
  private WeightFile base(Part part, StartingWeights start) throws IOException {
    List<ParameterSpec> specs = config.model().specs().get(part);
    Optional<WeightFile> there = start.base(part);
    if (there.isPresent()) {
      return there.get();
    }
    AtomicReference<WeightFile> base = new AtomicReference<>();
    try {
      start.read(
          part,
          specs,
          source -> {
            try {
              base.set(write(part, specs, source));
            } catch (IOException e) {
              throw new UncheckedIOException(e);
            }
          });
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
    return base.get();
  }

  private AdapterFile writeAdapter(Part part, WeightFile base, TensorSource matrices)
      throws IOException {
    Folder run = Folder.of(config.run(), hadoop);
    WeightOrigin origin = config.origin(part);
    boolean named = origin.kind() == WeightOrigin.Kind.CHECKPOINT && !origin.isAdapter();
    String baseName = named ? origin.place() : run + "/" + base.location();
    return PartWeights.write(
        matrices,
        config.lora().get(part),
        config.model().specs().get(part),
        base,
        baseName,
        run,
        config.stage(),
        part);
  }

  private WeightFile write(Part part, List<ParameterSpec> specs, TensorSource source)
      throws IOException {
    Folder run = Folder.of(config.run(), hadoop);
    return PartWeights.write(specs, source, run, config.stage(), part);
  }
}
