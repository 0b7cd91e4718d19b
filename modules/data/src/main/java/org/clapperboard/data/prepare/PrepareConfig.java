package org.clapperboard.data.prepare;

import java.io.Serializable;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.clapperboard.config.ConfigFile;
import org.clapperboard.config.Rules;
import org.clapperboard.config.Section;
import org.clapperboard.data.recipe.Recipe;
import org.clapperboard.media.FrameEncoding;
import org.clapperboard.media.MediaLimits;
import org.clapperboard.media.SoundShape;
import org.clapperboard.media.pixels.Preprocess;
import org.clapperboard.media.sound.ReferenceShape;

/**
 * What to prepare, and how.
 *
 * @param output folder of prepared datasets
 * @param recipes the datasets
 * @param paper what a paper says of them together
 * @param settings how media are decoded and stored
 * @param quarantine how much of them may be unusable
 */
public record PrepareConfig(
    String output,
    List<Recipe> recipes,
    Paper paper,
    Settings settings,
    QuarantineShares quarantine) {

  /**
   * How media are decoded and stored.
   *
   * @param frameCounts numbers of frames that clips will be shown with
   * @param preprocess what brings a frame to the vision encoder's size
   * @param encoding how frames are stored
   * @param sound by whose rules sounds are brought to one length
   * @param soundSeconds that length
   * @param shardSamples samples of a shard
   * @param limits what one file may cost
   */
  public record Settings(
      List<Integer> frameCounts,
      Preprocess preprocess,
      FrameEncoding encoding,
      SoundShape sound,
      int soundSeconds,
      int shardSamples,
      MediaLimits limits)
      implements Serializable {

    public Settings {
      frameCounts = List.copyOf(frameCounts);
      try (Rules rules = new Rules()) {
        rules.notEmpty("frames", frameCounts);
        frameCounts.forEach(count -> rules.atLeast("frames", count, 1));
        rules.atLeast("soundSeconds", soundSeconds, 1);
        if (sound == SoundShape.REFERENCE && soundSeconds != ReferenceShape.SECONDS) {
          String only = ReferenceShape.SECONDS + ", the length of every sound of the reference";
          rules.broken("soundSeconds", soundSeconds, only).dependsOn("sound");
        }
        rules.atLeast("shardSamples", shardSamples, 1);
      }
    }

    /** In words, what of it decides what becomes of a medium: not the shards, nor a time limit. */
    String deciding() {
      MediaLimits content = limits.withTimeout(MediaLimits.DEFAULT.timeout());
      return List.of(frameCounts, preprocess, encoding, sound, soundSeconds, content).toString();
    }

    static Settings read(Section section) {
      return section.build(
          () ->
              new Settings(
                  section.integers("frames"),
                  picture(section.section("picture")),
                  encoding(section),
                  section.oneOf("sound", SoundShape.class, SoundShape.PAPER),
                  section.integer("sound-seconds", 30),
                  section.integer("shard-samples", 512),
                  limits(section)));
    }

    private static FrameEncoding encoding(Section section) {
      int quality = section.integer("quality", 95);
      return switch (section.oneOf("frames-as", StoredAs.class, StoredAs.JPEG)) {
        case JPEG -> new FrameEncoding.Jpeg(quality);
        case PNG -> new FrameEncoding.Png();
        case WEBP -> new FrameEncoding.Webp();
        case RAW -> new FrameEncoding.Raw();
      };
    }

    private enum StoredAs {
      JPEG,
      PNG,
      WEBP,
      RAW
    }

    private static Preprocess picture(Section section) {
      return section.build(
          () ->
              new Preprocess(
                  section.oneOf("encoder", Preprocess.Encoder.class),
                  section.integer("size"),
                  section.oneOf("aspect", Preprocess.Aspect.class, Preprocess.Aspect.PAD)));
    }

    private static MediaLimits limits(Section section) {
      MediaLimits standard = MediaLimits.DEFAULT;
      return section
          .optionalSection("limits")
          .map(
              limits ->
                  limits.build(
                      () ->
                          new MediaLimits(
                              limits.bytes("max-bytes", standard.maxBytes()),
                              limits.longInteger("max-pixels", standard.maxPixels()),
                              limits.integer("max-packets", standard.maxPackets()),
                              limits.duration("max-duration", standard.maxDuration()),
                              limits.duration("timeout", standard.timeout()))))
          .orElse(standard);
    }
  }

  public PrepareConfig {
    recipes = List.copyOf(recipes);
  }

  /** Reads a file with a {@code prepare} section, and the recipes it names. */
  public static PrepareConfig read(Section root) {
    String run = root.location("run");
    long seed = root.longInteger("seed");
    Section section = root.section("prepare");
    return section.build(
        () -> {
          String raw = section.location("root", run + "/raw");
          QuarantineShares shares = QuarantineShares.read(section.optionalSection("quarantine"));
          Map<String, Double> own = new TreeMap<>();
          List<Recipe> recipes =
              section.sections("datasets").stream()
                  .map(dataset -> recipe(dataset, raw, seed, own))
                  .toList();
          return new PrepareConfig(
              section.location("output", run + "/prepared"),
              recipes,
              section.optionalSection("paper").map(Paper::read).orElse(Paper.NOTHING),
              Settings.read(section),
              new QuarantineShares(shares.atMost(), own));
        });
  }

  /** A recipe of the list; the list may give it another name, number of samples and share. */
  private static Recipe recipe(Section dataset, String raw, long seed, Map<String, Double> shares) {
    Path file = dataset.path("recipe");
    // A folder below the folder of all publishers' files, or a place of its own.
    String root =
        dataset.has("folder")
            ? raw + "/" + dataset.string("folder")
            : dataset.location("root", raw);
    Recipe recipe = ConfigFile.read(file, List.of(), r -> Recipe.read(r, root, seed));
    return dataset.build(
        () -> {
          String name = dataset.string("name", recipe.name());
          dataset
              .optionalNumber("quarantine-at-most")
              .ifPresent(
                  share -> {
                    try (Rules rules = new Rules()) {
                      rules.between("quarantine-at-most", share, 0, 1);
                    }
                    shares.put(name, share);
                  });
          return recipe.as(name, dataset.longInteger("take", recipe.take()));
        });
  }

  /**
   * Which share of a dataset may be unusable.
   *
   * @param atMost of every dataset that has no share of its own, 0 to 1
   * @param own of those that have, by name
   */
  public record QuarantineShares(double atMost, Map<String, Double> own) {

    public QuarantineShares {
      own = Map.copyOf(own);
      try (Rules rules = new Rules()) {
        rules.between("atMost", atMost, 0, 1);
      }
    }

    static QuarantineShares read(Optional<Section> section) {
      QuarantineShares usual = new QuarantineShares(QuarantineRule.USUAL, Map.of());
      return section
          .map(
              quarantine ->
                  quarantine.build(
                      () ->
                          new QuarantineShares(
                              quarantine.number("at-most", usual.atMost()), usual.own())))
          .orElse(usual);
    }

    /** The share of a dataset. */
    public double of(String dataset) {
      return own.getOrDefault(dataset, atMost);
    }
  }

  /**
   * What a paper says of a mixture, to be printed beside what is there.
   *
   * @param total samples it says there are, or 0
   * @param groups numbers it gives for several datasets together
   * @param absent samples of datasets that cannot be had, by name; 0 where it gives no number
   */
  public record Paper(long total, List<Group> groups, Map<String, Long> absent) {
    static final Paper NOTHING = new Paper(0, List.of(), Map.of());

    /**
     * Datasets that a paper gives one number for.
     *
     * @param name what it calls them
     * @param samples the number
     * @param datasets their names in this mixture
     */
    public record Group(String name, long samples, List<String> datasets) {
      public Group {
        datasets = List.copyOf(datasets);
        try (Rules rules = new Rules()) {
          rules.notBlank("name", name);
          rules.notEmpty("datasets", datasets);
        }
      }

      static Group read(Section section) {
        return section.build(
            () ->
                new Group(
                    section.string("name"),
                    section.longInteger("samples"),
                    section.strings("datasets")));
      }
    }

    public Paper {
      groups = List.copyOf(groups);
      absent = Collections.unmodifiableMap(new LinkedHashMap<>(absent));
    }

    /** The group that a dataset is counted in, or null. */
    public Group group(String dataset) {
      return groups.stream()
          .filter(group -> group.datasets().contains(dataset))
          .findFirst()
          .orElse(null);
    }

    static Paper read(Section section) {
      Map<String, Long> absent = new LinkedHashMap<>();
      if (section.has("absent")) {
        section
            .sections("absent")
            .forEach(
                dataset -> absent.put(dataset.string("name"), dataset.longInteger("samples", 0)));
      }
      return section.build(
          () ->
              new Paper(
                  section.longInteger("total", 0),
                  section.has("groups") ? section.each("groups", Group::read) : List.of(),
                  absent));
    }
  }
}
