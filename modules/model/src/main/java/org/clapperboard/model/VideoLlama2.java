package org.clapperboard.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.clapperboard.model.Example.Clip;
import org.clapperboard.model.Example.Media;
import org.clapperboard.model.ModelConfig.Hearing;
import org.clapperboard.model.ModelConfig.Sight;
import org.clapperboard.model.adapter.Lora;
import org.clapperboard.model.adapter.RowSeeds;
import org.clapperboard.model.audio.BeatsEncoder;
import org.clapperboard.model.connector.AudioProjector;
import org.clapperboard.model.connector.VisionConnector;
import org.clapperboard.model.engine.Pack;
import org.clapperboard.model.engine.Tape;
import org.clapperboard.model.engine.TorchEngine;
import org.clapperboard.model.language.LanguageModel;
import org.clapperboard.model.vision.VisionConfig;
import org.clapperboard.model.vision.VisionEncoder;
import org.clapperboard.model.weights.Dtype;
import org.clapperboard.model.weights.Parameters;

/**
 * VideoLLaMA 2: encoders bring pictures and sounds to vectors, connector and projector bring those
 * to the width of the language model, which reads them in place of a placeholder in its text.
 */
public final class VideoLlama2 implements AutoCloseable {
  /** Bins of the filter banks the audio encoder reads. */
  public static final int MEL_BINS = 128;

  private final ModelConfig config;
  private final Map<Part, Parameters> parameters;
  private final Map<Part, Lora> adapters;
  private final VisionEncoder visionEncoder;
  private final VisionConnector visionConnector;
  private final BeatsEncoder audioEncoder;
  private final AudioProjector audioProjector;
  private final LanguageModel languageModel;
  private final Pack layout = Pack.load("connector");
  private final Pack tensors = Pack.load("tensors");

  private VideoLlama2(ModelConfig config, Map<Part, Parameters> parts, Map<Part, Lora> adapters) {
    if (!Part.ADAPTABLE.containsAll(adapters.keySet())) {
      throw new IllegalArgumentException("adapters are for " + Part.ADAPTABLE);
    }
    this.config = config;
    this.parameters = new EnumMap<>(parts);
    this.adapters = Map.copyOf(adapters);
    Sight sight = config.sight();
    Hearing hearing = config.hearing();
    this.visionEncoder =
        sight == null
            ? null
            : new VisionEncoder(
                sight.encoder(), of(Part.VISION_ENCODER), Part.VISION_ENCODER.prefix());
    this.visionConnector =
        sight == null
            ? null
            : new VisionConnector(
                sight.connector(), of(Part.VISION_CONNECTOR), Part.VISION_CONNECTOR.prefix());
    this.audioEncoder =
        hearing == null
            ? null
            : new BeatsEncoder(
                hearing.encoder(),
                of(Part.AUDIO_ENCODER),
                adapters.get(Part.AUDIO_ENCODER),
                Part.AUDIO_ENCODER.prefix());
    this.audioProjector =
        hearing == null
            ? null
            : new AudioProjector(
                hearing.projector(), of(Part.AUDIO_PROJECTOR), Part.AUDIO_PROJECTOR.prefix());
    this.languageModel =
        new LanguageModel(
            config.language(), of(Part.LANGUAGE_MODEL), adapters.get(Part.LANGUAGE_MODEL));
  }

  /** A model of that shape in float32 whose parameters are all zero. */
  public static VideoLlama2 allocate(ModelConfig config) {
    return allocate(config, Dtype.F32);
  }

  /** A model of that shape whose parameters are all zero, as F32 or BF16. */
  public static VideoLlama2 allocate(ModelConfig config, Dtype dtype) {
    Map<Part, Parameters> parts = new EnumMap<>(Part.class);
    config.specs().forEach((part, specs) -> parts.put(part, Parameters.allocate(specs, dtype)));
    return of(config, parts);
  }

  /** A model over the parameters of its parts, all of one type; it closes them. */
  public static VideoLlama2 of(ModelConfig config, Map<Part, Parameters> parts) {
    return of(config, parts, Map.of());
  }

  /** The same, some parts with an adapter. It closes those too. */
  public static VideoLlama2 of(
      ModelConfig config, Map<Part, Parameters> parts, Map<Part, Lora> adapters) {
    return new VideoLlama2(config, parts, adapters);
  }

  /** The shape of this model. */
  public ModelConfig config() {
    return config;
  }

  /** The parameters of each part it has, without adapters. */
  public Map<Part, Parameters> parameters() {
    return parameters;
  }

  /** The adapters of the parts that have one. */
  public Map<Part, Lora> adapters() {
    return adapters;
  }

  /** Its language model. */
  public LanguageModel languageModel() {
    return languageModel;
  }

  /** Its vision encoder. */
  public VisionEncoder visionEncoder() {
    return visionEncoder;
  }

  /** Its audio encoder. */
  public BeatsEncoder audioEncoder() {
    return audioEncoder;
  }

  /** The cross-entropy of a batch of rows, summed over its labelled positions. */
  public LanguageModel.Loss loss(NDManager scope, List<Example> rows) {
    return lossOf(scope, rows, null);
  }

  /**
   * The same loss as a step of training sees it, of rows that are the first of the global batch.
   */
  public LanguageModel.Loss loss(NDManager scope, List<Example> rows, long stepSeed) {
    return loss(scope, rows, RowSeeds.ofFirst(stepSeed, rows.size()));
  }

  /**
   * The same loss as a step of training sees it: what is random in it is a function of the seeds.
   *
   * @param seeds of the rows
   */
  public LanguageModel.Loss loss(NDManager scope, List<Example> rows, RowSeeds seeds) {
    return lossOf(scope, rows, seeds);
  }

  /**
   * The same loss of samples that stand one after the other in rows. Each is as it is in a row of
   * its own: it sees itself alone, its positions count from 0, nothing before it predicts it.
   *
   * @param rows the samples of each row
   * @param seeds of the samples through all rows, or null outside of training
   * @return the loss, and in place of each row's that of each sample
   */
  public LanguageModel.Loss packedLoss(NDManager scope, List<List<Example>> rows, RowSeeds seeds) {
    return packedLoss(scope, rows, seeds, Tape.keeping());
  }

  /** The same loss on a tape, which goes backward from it. */
  public LanguageModel.Loss packedLoss(
      NDManager scope, List<List<Example>> rows, RowSeeds seeds, Tape tape) {
    return packedPass(scope, rows, seeds, tape).whole();
  }

  /** The same samples in front of the language model's layers, to go on layer by layer. */
  public LayerwisePass packedPass(
      NDManager scope, List<List<Example>> rows, RowSeeds seeds, Tape tape) {
    Splice splice =
        Splice.packed(rows, this::clipVectors, this::soundVectors, Splice.Padding.RIGHT);
    return pass(scope, rows.stream().flatMap(List::stream).toList(), splice, seeds, tape);
  }

  /** Rows outside of training in front of the language model's layers. */
  public LayerwisePass pass(NDManager scope, List<Example> rows) {
    return pass(scope, rows, splice(rows, Splice.Padding.RIGHT), null, Tape.keeping());
  }

  private LanguageModel.Loss lossOf(NDManager scope, List<Example> rows, RowSeeds seeds) {
    return pass(scope, rows, splice(rows, Splice.Padding.RIGHT), seeds, Tape.keeping()).whole();
  }

  private LayerwisePass pass(
      NDManager scope, List<Example> examples, Splice splice, RowSeeds seeds, Tape tape) {
    NDArray embedded = embed(scope, examples, splice, seeds, tape);
    return new LayerwisePass(languageModel, scope, embedded, splice, examples.size(), seeds, tape);
  }

  /** Positions that a row takes in the language model, its media's vectors among them. */
  public int length(Example row) {
    int length = row.ids().length - row.media().size();
    for (Media media : row.media()) {
      length += clipVectors(media) + soundVectors(media);
    }
    return length;
  }

  Splice splice(List<Example> rows, Splice.Padding padding) {
    return Splice.of(rows, this::clipVectors, this::soundVectors, padding);
  }

  /** Embedded rows (B, L, width): text from the table, media through their encoders. */
  NDArray embed(NDManager scope, List<Example> rows, Splice splice) {
    return embed(scope, rows, splice, null, Tape.keeping());
  }

  private NDArray embed(
      NDManager scope, List<Example> rows, Splice splice, RowSeeds seeds, Tape tape) {
    List<Media> media = Splice.distinctMedia(rows);
    List<NDArray> vectors = new ArrayList<>();
    List<Clip> clips = media.stream().map(Media::clip).filter(Objects::nonNull).toList();
    if (!clips.isEmpty()) {
      vectors.add(see(scope, clips));
    }
    List<Media> sounds = media.stream().filter(medium -> medium.bank() != null).toList();
    if (!sounds.isEmpty()) {
      for (List<Media> alike : ofOneLength(sounds)) {
        vectors.add(audioProjector.project(scope, listen(scope, rows, alike, seeds, tape)));
      }
    }
    NDArray index = scope.create(splice.index(), new Shape(splice.rows(), splice.length()));
    return languageModel.splice(scope, scope.create(splice.ids()), vectors, index);
  }

  /** The sounds in their order, cut where their length changes. */
  private static List<List<Media>> ofOneLength(List<Media> sounds) {
    List<List<Media>> alike = new ArrayList<>();
    int from = 0;
    for (int i = 1; i <= sounds.size(); i++) {
      if (i == sounds.size()
          || sounds.get(i).bank().remaining() != sounds.get(from).bank().remaining()) {
        alike.add(sounds.subList(from, i));
        from = i;
      }
    }
    return alike;
  }

  /** Features of sounds of one length, (sounds, tokens, width). */
  private NDArray listen(
      NDManager scope, List<Example> rows, List<Media> sounds, RowSeeds seeds, Tape tape) {
    NDArray banks = banks(scope, sounds.stream().map(Media::bank).toList());
    return seeds == null
        ? audioEncoder.features(scope, banks)
        : audioEncoder.features(scope, banks, seeds.of(firstRows(rows, sounds)), tape);
  }

  /** The first row that each of some media is shown in. */
  private static int[] firstRows(List<Example> rows, List<Media> media) {
    IdentityHashMap<Media, Integer> first = new IdentityHashMap<>();
    for (int row = 0; row < rows.size(); row++) {
      for (Media medium : rows.get(row).media()) {
        first.putIfAbsent(medium, row);
      }
    }
    return media.stream().mapToInt(first::get).toArray();
  }

  /** Vectors of clips that all have the same number of frames, (clips, tokens, width). */
  private NDArray see(NDManager scope, List<Clip> clips) {
    // Never trained while the connector listens (paper section 3), so nothing is recorded.
    NDArray features = TorchEngine.withoutGradients(() -> encoded(scope, clips));
    VisionConfig encoder = config.sight().encoder();
    long[] shape = {clips.size(), -1, encoder.rows(), encoder.columns(), encoder.width()};
    NDArray shown = scope.create(shownFrames(clips));
    return visionConnector.connect(scope, layout.tensor(scope, "pick", features, shown, shape));
  }

  /**
   * Features of the pictures of some clips. In host memory a clip goes through the encoder alone:
   * how products of matrices round depends on their rows, and so its features would depend on its
   * company. A GPU is faster with all of them together.
   */
  private NDArray encoded(NDManager scope, List<Clip> clips) {
    if (!visionEncoder.isOnHost()) {
      return visionEncoder.features(scope, pixels(scope, clips));
    }
    List<NDArray> each = clips.stream().map(clip -> encoded(scope, clip)).toList();
    if (each.size() == 1) {
      return each.get(0);
    }
    NDArray joined = visionEncoder.joined(scope, each);
    each.forEach(NDArray::close);
    return joined;
  }

  private NDArray encoded(NDManager scope, Clip clip) {
    if (clip.features() == null) {
      try (NDArray pixels = pixels(scope, List.of(clip))) {
        return visionEncoder.features(scope, pixels);
      }
    }
    return visionEncoder.remembered(scope, clip.features());
  }

  /** For each frame of each clip, which of the encoded pictures it is: a still is encoded once. */
  private long[] shownFrames(List<Clip> clips) {
    long[] shown = new long[clips.stream().mapToInt(Clip::frames).sum()];
    int next = 0;
    int encoded = 0;
    for (Clip clip : clips) {
      int pictures = pictures(clip);
      for (int frame = 0; frame < clip.frames(); frame++) {
        shown[next++] = (long) encoded + (pictures == 1 ? 0L : frame);
      }
      encoded += pictures;
    }
    return shown;
  }

  private int pictures(Clip clip) {
    int size = config.sight().encoder().imageSize();
    int floats = clip.features() == null ? 3 * size * size : visionEncoder.floatsOfPicture();
    return clip.memory().remaining() / floats;
  }

  /** The pictures of some clips, one after the other, (pictures, 3, S, S). */
  public NDArray pixels(NDManager scope, List<Clip> clips) {
    int size = config.sight().encoder().imageSize();
    return join(scope, clips.stream().map(Clip::pixels).toList(), 3, size, size);
  }

  /** Filter banks of the same length, (sounds, frames, bins). */
  public NDArray banks(NDManager scope, List<FloatBuffer> banks) {
    return join(scope, banks, banks.get(0).remaining() / MEL_BINS, MEL_BINS);
  }

  private int clipVectors(Media media) {
    return media.clip() == null ? 0 : config.sight().tokens(media.clip().frames());
  }

  private int soundVectors(Media media) {
    return media.bank() == null
        ? 0
        : config.hearing().encoder().tokens(media.bank().remaining() / MEL_BINS, MEL_BINS);
  }

  /** Copies buffers into one tensor (n, shape): its memory is the engine's, written here once. */
  private NDArray join(NDManager scope, List<FloatBuffer> parts, long... shape) {
    long each = Arrays.stream(shape).reduce(1, Math::multiplyExact);
    long elements = parts.stream().mapToLong(FloatBuffer::remaining).sum();
    long[] whole = new long[shape.length + 1];
    whole[0] = elements / each;
    System.arraycopy(shape, 0, whole, 1, shape.length);
    if (whole[0] * each != elements) {
      throw new IllegalArgumentException(
          elements + " numbers (expected: a multiple of " + Arrays.toString(shape) + ")");
    }
    NDArray joined = tensors.tensor(scope, "unfilled", whole);
    FloatBuffer values = joined.toByteBuffer(true).order(ByteOrder.nativeOrder()).asFloatBuffer();
    parts.forEach(part -> values.put(part.duplicate()));
    return joined;
  }

  private Parameters of(Part part) {
    return parameters.get(part);
  }

  @Override
  public void close() {
    parameters.values().forEach(Parameters::close);
    adapters.values().forEach(Lora::close);
  }
}
