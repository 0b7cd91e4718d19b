package org.clapperboard.bench;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Predicate;
import org.clapperboard.bench.ScaleModel.Load;
import org.clapperboard.model.ModelConfig;
import org.clapperboard.model.Part;
import org.clapperboard.model.VideoLlama2;
import org.clapperboard.model.adapter.Lora;
import org.clapperboard.model.engine.Tape.Activations;
import org.clapperboard.model.language.DecoderConfig;
import org.clapperboard.model.vision.VisionConfig;
import org.clapperboard.model.weights.ParameterSpec;
import org.clapperboard.train.MemoryPlan;
import org.clapperboard.train.MemoryPlan.Longest;
import org.clapperboard.train.StageLengths;
import org.clapperboard.train.config.ObjectiveConfig;
import org.clapperboard.train.config.Precision;
import org.clapperboard.train.config.StageConfig;

/**
 * What a stage asks of its ranks: operations, exchanged bytes and memory, all from its file.
 *
 * @param config the stage
 * @param media what its samples hold
 * @param text tokens of a sample beside its media
 */
record StageWork(StageConfig config, Media media, int text) {
  private static final double SOUND_SECONDS = 30;
  private static final long EXCHANGED_AT_ONCE = 1L << 30;

  /** What samples hold beside text. */
  enum Media {
    /** Nothing. */
    NOTHING,
    /** A clip. */
    CLIP,
    /** A sound. */
    SOUND,
    /** A clip with its sound. */
    BOTH;

    boolean seen() {
      return this == CLIP || this == BOTH;
    }

    boolean heard() {
      return this == SOUND || this == BOTH;
    }

    /** The kind of that name, if there is one. */
    static Optional<Media> named(String key) {
      return Arrays.stream(values())
          .filter(kind -> kind.name().toLowerCase(Locale.ROOT).equals(key))
          .findFirst();
    }

    /** Whether a model can take it. */
    boolean fits(ModelConfig model) {
      return (!seen() || model.sight() != null) && (!heard() || model.hearing() != null);
    }

    /** What a stage's samples hold, as far as the parts that learn tell. */
    static Media of(StageConfig config) {
      ModelConfig model = config.model();
      boolean eyes =
          config.learning().contains(Part.VISION_CONNECTOR)
              || config.learning().contains(Part.VISION_ENCODER);
      boolean ears =
          config.learning().contains(Part.AUDIO_ENCODER)
              || config.learning().contains(Part.AUDIO_PROJECTOR);
      boolean either = eyes == ears;
      boolean seen = model.sight() != null && (eyes || either);
      boolean heard = model.hearing() != null && (ears || either);
      if (seen && heard) {
        return BOTH;
      }
      return seen ? CLIP : heard ? SOUND : NOTHING;
    }
  }

  /** What a gradient does with weights. */
  enum Role {
    /** They learn. */
    TRAINED,
    /** It goes through them to what learns. */
    THROUGH,
    /** It does not come to them. */
    FORWARD
  }

  /**
   * Some weights and what goes through them of a sample.
   *
   * @param parameters of which every one is a factor once for each position
   * @param positions of a sample
   * @param attention operations of attention forward, which has no weights
   * @param role what the gradient does
   * @param again whether it is computed again on the way back
   */
  record Pass(double parameters, double positions, double attention, Role role, boolean again) {
    /** Operations forward: a product and a sum for each weight. */
    double forward() {
      return 2 * parameters * positions + attention;
    }

    /** Operations backward: twice those forward where weights learn, once where they do not. */
    double backward() {
      double weights = 2 * parameters * positions;
      double back =
          switch (role) {
            case TRAINED -> 2 * weights + 2 * attention;
            case THROUGH -> weights + 2 * attention;
            case FORWARD -> 0;
          };
      return back + (again ? forward() : 0);
    }
  }

  /** What a step is. */
  Load load(double frameSeconds) {
    List<Pass> passes = passes();
    return new Load(
        config.batch().global(),
        config.batch().micro(),
        passes.stream().mapToDouble(Pass::forward).sum(),
        passes.stream().mapToDouble(Pass::backward).sum(),
        trained(),
        half() ? 2 : 4,
        EXCHANGED_AT_ONCE,
        config.checkpoint().everySteps(),
        positions(),
        frames() * frameSeconds / config.data().threadsOf(Integer.MAX_VALUE));
  }

  /** Positions of a sample in the language model; with closed answers, in the encoder. */
  int positions() {
    return closed() ? clipPatches() + soundTokens() : text + clipTokens() + soundTokens();
  }

  boolean half() {
    return config.precision() == Precision.BF16;
  }

  private boolean closed() {
    return config.objective() instanceof ObjectiveConfig.ClosedAnswers;
  }

  /** What a sample goes through. */
  List<Pass> passes() {
    List<Pass> passes = new ArrayList<>();
    if (media.seen()) {
      passes.add(visionEncoder());
      if (!closed()) {
        passes.addAll(connector());
      }
    }
    if (media.heard()) {
      passes.addAll(audio());
    }
    if (!closed()) {
      passes.addAll(language());
    }
    return passes;
  }

  private Pass visionEncoder() {
    VisionConfig vision = config.model().sight().encoder();
    int run = vision.layersRun();
    double layers = weights(Part.VISION_ENCODER, name -> name.contains(".layers."));
    double patches = weights(Part.VISION_ENCODER, name -> name.contains("patch_embedding"));
    double tokens = vision.tokens();
    return new Pass(
        layers * run / vision.layers() + patches,
        tokens * frames(),
        attention(tokens, vision.width(), run) * frames(),
        role(Part.VISION_ENCODER, false),
        closed() && again());
  }

  /** Stages before the sampler see every patch; what squeezes and excites sees every frame. */
  private List<Pass> connector() {
    Role role = role(Part.VISION_CONNECTOR, config.learning().contains(Part.VISION_ENCODER));
    Predicate<String> squeezes = name -> name.contains(".se.");
    Predicate<String> before = name -> name.contains(".s1.");
    double early = weights(Part.VISION_CONNECTOR, before.and(squeezes.negate()));
    double late = weights(Part.VISION_CONNECTOR, before.negate().and(squeezes.negate()));
    double ofFrames = weights(Part.VISION_CONNECTOR, squeezes);
    return List.of(
        new Pass(early, clipPatches(), 0, role, false),
        new Pass(late, clipTokens(), 0, role, false),
        new Pass(ofFrames, frames(), 0, role, false));
  }

  private List<Pass> audio() {
    ModelConfig.Hearing hearing = config.model().hearing();
    double tokens = soundTokens();
    double attention = attention(tokens, hearing.encoder().width(), hearing.encoder().layers());
    List<Pass> passes = new ArrayList<>();
    passes.add(
        new Pass(
            weights(Part.AUDIO_ENCODER, name -> true),
            tokens,
            attention,
            role(Part.AUDIO_ENCODER, false),
            closed() && again()));
    passes.add(new Pass(adapter(Part.AUDIO_ENCODER), tokens, 0, Role.TRAINED, false));
    if (!closed()) {
      Role role = role(Part.AUDIO_PROJECTOR, config.learning().contains(Part.AUDIO_ENCODER));
      passes.add(new Pass(weights(Part.AUDIO_PROJECTOR, name -> true), tokens, 0, role, false));
    }
    return passes;
  }

  /** Of experts a token goes to the preferred ones; the head sees what is learned alone. */
  private List<Pass> language() {
    DecoderConfig language = config.model().language();
    boolean before = config.learning().stream().anyMatch(part -> part != Part.LANGUAGE_MODEL);
    Role role = role(Part.LANGUAGE_MODEL, before);
    double experts = weights(Part.LANGUAGE_MODEL, name -> name.contains(".experts."));
    double layers = weights(Part.LANGUAGE_MODEL, name -> name.contains("layers.")) - experts;
    if (language.experts() != null) {
      layers += experts * language.experts().preferred() / language.experts().count();
    }
    double positions = positions();
    int attended = language.heads() * language.headWidth();
    double head = (double) language.vocabulary() * language.width();
    return List.of(
        new Pass(
            layers, positions, attention(positions, attended, language.layers()), role, again()),
        new Pass(head, text, 0, role, false),
        new Pass(adapter(Part.LANGUAGE_MODEL), positions, 0, Role.TRAINED, again()));
  }

  private boolean again() {
    return config.memory().activations() == Activations.RECOMPUTE;
  }

  private Role role(Part part, boolean learnsBefore) {
    if (config.train().contains(part)) {
      return Role.TRAINED;
    }
    return learnsBefore || config.lora().containsKey(part) ? Role.THROUGH : Role.FORWARD;
  }

  /** Scores of all pairs and the sums by them, in every layer. */
  private static double attention(double tokens, double width, int layers) {
    return 4 * tokens * tokens * width * layers;
  }

  private double weights(Part part, Predicate<String> wanted) {
    return config.model().specs().get(part).stream()
        .filter(spec -> wanted.test(spec.name()))
        .mapToLong(ParameterSpec::elements)
        .sum();
  }

  private long adapter(Part part) {
    return config.lora().containsKey(part)
        ? Lora.specs(config.lora().get(part), config.model().specs().get(part)).stream()
            .mapToLong(ParameterSpec::elements)
            .sum()
        : 0;
  }

  /** Parameters of every part that learns. */
  List<Long> trained() {
    return config.learning().stream()
        .sorted()
        .map(
            part ->
                config.train().contains(part) ? (long) weights(part, name -> true) : adapter(part))
        .toList();
  }

  private int frames() {
    return media.seen() ? config.data().frames() : 0;
  }

  private int clipPatches() {
    if (!media.seen()) {
      return 0;
    }
    VisionConfig vision = config.model().sight().encoder();
    return frames() * vision.rows() * vision.columns();
  }

  private int clipTokens() {
    return media.seen() ? config.model().sight().tokens(frames()) : 0;
  }

  private int soundTokens() {
    int windows = StageLengths.bankFrames(SOUND_SECONDS);
    return media.heard()
        ? config.model().hearing().encoder().tokens(windows, VideoLlama2.MEL_BINS)
        : 0;
  }

  /** Bytes that one of so many ranks needs, as {@code jobs/plan.sh} counts them. */
  double memory(int ranks) {
    int bank = media.heard() ? StageLengths.bankFrames(SOUND_SECONDS) : 0;
    double pixels =
        media.seen()
            ? 3.0 * Math.pow(config.model().sight().encoder().imageSize(), 2) * frames()
            : 0;
    double floats = pixels + (double) bank * VideoLlama2.MEL_BINS;
    return MemoryPlan.of(config, new Longest(text, media.seen(), bank), floats, ranks).total();
  }
}
