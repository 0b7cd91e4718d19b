package org.clapperboard.data.prepare;

import java.io.Serializable;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.clapperboard.config.ConfigFile;
import org.clapperboard.config.Rules;
import org.clapperboard.config.Section;
import org.clapperboard.data.recipe.Recipe;
import org.clapperboard.media.FrameEncoding;
import org.clapperboard.media.MediaLimits;
import org.clapperboard.media.pixels.Preprocess;

/**
 * What to prepare, and how.
 *
 * @param output folder of prepared datasets
 * @param recipes the datasets
 * @param settings how media are decoded and stored
 */
public record PrepareConfig(String output, List<Recipe> recipes, Settings settings) {

  /**
   * How media are decoded and stored.
   *
   * @param frameCounts numbers of frames that clips will be shown with
   * @param preprocess what brings a frame to the vision encoder's size
   * @param encoding how frames are stored
   * @param soundSeconds length that sounds are brought to
   * @param shardSamples samples of a shard
   * @param limits what one file may cost
   */
  public record Settings(
      List<Integer> frameCounts,
      Preprocess preprocess,
      FrameEncoding encoding,
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
        rules.atLeast("shardSamples", shardSamples, 1);
      }
    }

    static Settings read(Section section) {
      return section.build(
          () ->
              new Settings(
                  section.integers("frames"),
                  picture(section.section("picture")),
                  encoding(section),
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
                              limits.duration("timeout", Duration.ofSeconds(60)))))
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
          List<Recipe> recipes = new ArrayList<>();
          for (Section dataset : section.sections("datasets")) {
            Path file = dataset.path("recipe");
            String files = dataset.location("root", raw);
            recipes.add(ConfigFile.read(file, List.of(), r -> Recipe.read(r, files, seed)));
          }
          return new PrepareConfig(
              section.location("output", run + "/prepared"), recipes, Settings.read(section));
        });
  }
}
