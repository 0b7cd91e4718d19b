package org.clapperboard.data.recipe;

import java.io.Serializable;
import java.util.List;
import org.clapperboard.config.Rules;
import org.clapperboard.config.Section;
import org.clapperboard.data.Modality;

/**
 * How a publisher's manifest becomes samples. Texts in braces, such as {@code
 * videos/{videoid}.mp4}, name fields of a manifest row; a dot goes inside: {@code {timestamp.0}}.
 *
 * @param name name of the dataset
 * @param root folder of the publisher's files
 * @param modality what its samples show
 * @param source the manifest
 * @param explode fields that hold lists of equal length: each element becomes a row of its own
 * @param id text that names a sample; it must not repeat
 * @param media where its media are
 * @param conversation where its questions and answers come from
 * @param kind text that sorts samples in reports, or empty
 * @param take samples to use, chosen by a hash of seed and id; 0 takes all
 * @param seed of the choices: which samples are taken, which question a sample is asked
 */
public record Recipe(
    String name,
    String root,
    Modality modality,
    ManifestSource source,
    List<String> explode,
    String id,
    MediaRule media,
    ConversationRule conversation,
    String kind,
    long take,
    long seed)
    implements Serializable {

  /**
   * Where media are.
   *
   * @param file path of a sample's file below the recipe's root; empty for text
   * @param start start of the clip, seconds or H:MM:SS.mmm; empty for the whole file
   * @param end end of the clip
   */
  public record MediaRule(String file, String start, String end) implements Serializable {

    static MediaRule read(Section recipe) {
      return recipe
          .optionalSection("media")
          .map(
              media ->
                  new MediaRule(
                      media.string("file"), media.string("start", ""), media.string("end", "")))
          .orElse(new MediaRule("", "", ""));
    }
  }

  public Recipe {
    explode = List.copyOf(explode);
    try (Rules rules = new Rules()) {
      rules.notBlank("name", name);
      rules.notBlank("id", id);
      rules.atLeast("take", take, 0);
      rules.present("source", source);
      rules.present("conversation", conversation);
      boolean hasFile = media != null && !media.file().isEmpty();
      if (modality == Modality.TEXT ? hasFile : !hasFile) {
        rules.broken(
            "media.file",
            hasFile ? media.file() : null,
            modality == Modality.TEXT ? "none, since the modality is text" : "a path");
      }
    }
  }

  /** Reads a recipe file for a publisher's files in that folder. */
  public static Recipe read(Section recipe, String root, long seed) {
    return recipe.build(
        () ->
            new Recipe(
                recipe.string("name"),
                root,
                recipe.oneOf("modality", Modality.class),
                ManifestSource.read(recipe.section("source")),
                recipe.strings("explode", List.of()),
                recipe.string("id"),
                MediaRule.read(recipe),
                ConversationRule.read(recipe),
                recipe.string("kind", ""),
                recipe.longInteger("take", 0),
                seed));
  }
}
