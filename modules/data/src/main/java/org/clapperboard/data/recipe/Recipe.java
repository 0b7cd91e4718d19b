package org.clapperboard.data.recipe;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.clapperboard.config.Rules;
import org.clapperboard.config.Section;
import org.clapperboard.data.Modality;

/**
 * How a publisher's manifest becomes samples. Texts name fields of a row in braces; see {@link
 * FieldText}.
 *
 * @param name name of the dataset
 * @param root folder of the publisher's files
 * @param about what is to be known of the dataset
 * @param modality what its samples show
 * @param source the manifest
 * @param lookups texts to look up, by name
 * @param rows what becomes of a row before it is a sample
 * @param choices answers to choose from, or null
 * @param id text that names a sample
 * @param repeats what becomes of samples that share a name
 * @param media where its media are
 * @param conversation where its questions and answers come from
 * @param kind text that sorts samples in reports, or empty
 * @param facts texts that say what else is to be known of a sample, by name: an exam asks for them
 * @param take samples to use, chosen by a hash of seed and id; 0 takes all
 * @param seed of the choices: which samples are taken, which question a sample is asked
 */
public record Recipe(
    String name,
    String root,
    About about,
    Modality modality,
    ManifestSource source,
    Map<String, Lookup> lookups,
    RowRule rows,
    ChoiceRule choices,
    FieldText id,
    Repeats repeats,
    MediaRule media,
    ConversationRule conversation,
    FieldText kind,
    Map<String, FieldText> facts,
    long take,
    long seed)
    implements Serializable {

  /**
   * Where media are.
   *
   * @param cut paths of files below the recipe's root that hold nothing but the clip
   * @param files paths of files that the clip is a part of. Of all paths, cut ones first, the first
   *     that is there is read; text has none
   * @param start start of the clip, seconds or H:MM:SS.mmm; empty for the start of the file
   * @param end end of the clip; empty for the end of the file
   */
  public record MediaRule(
      List<FieldText> cut, List<FieldText> files, FieldText start, FieldText end)
      implements Serializable {

    public MediaRule {
      cut = List.copyOf(cut);
      files = List.copyOf(files);
      try (Rules rules = new Rules()) {
        if (!cut.isEmpty() && (files.isEmpty() || (start.isEmpty() && end.isEmpty()))) {
          rules.broken("cut", cut, "a file that it is cut of, and start or end, beside it");
        }
      }
    }

    static MediaRule read(Section media) {
      return media.build(
          () ->
              new MediaRule(
                  texts(media.strings("cut", List.of())),
                  texts(
                      media.has("files")
                          ? media.strings("files")
                          : List.of(media.string("file", ""))),
                  FieldText.of(media.string("start", "")),
                  FieldText.of(media.string("end", ""))));
    }

    private static List<FieldText> texts(List<String> paths) {
      return paths.stream().filter(path -> !path.isEmpty()).map(FieldText::of).toList();
    }

    static MediaRule none() {
      return new MediaRule(List.of(), List.of(), FieldText.of(""), FieldText.of(""));
    }

    /** All paths in the order in which they are looked for. */
    Stream<FieldText> candidates() {
      return Stream.concat(cut.stream(), files.stream());
    }
  }

  public Recipe {
    lookups = new TreeMap<>(lookups);
    facts = new TreeMap<>(facts);
    try (Rules rules = new Rules()) {
      rules.notBlank("name", name);
      rules.notBlank("id", id == null ? null : id.toString());
      rules.atLeast("take", take, 0);
      rules.present("source", source);
      rules.present("conversation", conversation);
      if (media != null && media.files().isEmpty() != (modality == Modality.TEXT)) {
        rules.broken(
            "media.file",
            media.files().isEmpty() ? null : media.files(),
            modality == Modality.TEXT ? "none, since the modality is text" : "a path");
      }
      List<FieldText> texts = texts(rows, choices, id, media, conversation, kind);
      texts.addAll(facts.values());
      checkTexts(rules, texts, lookups);
    }
  }

  private static List<FieldText> texts(
      RowRule rows,
      ChoiceRule choices,
      FieldText id,
      MediaRule media,
      ConversationRule conversation,
      FieldText kind) {
    List<FieldText> texts = new ArrayList<>(List.of(id, kind));
    if (rows != null) {
      rows.match().forEach(match -> texts.add(match.of()));
    }
    if (choices != null) {
      texts.add(choices.right());
      texts.addAll(choices.each());
    }
    if (media != null) {
      media.candidates().forEach(texts::add);
      texts.addAll(List.of(media.start(), media.end()));
    }
    if (conversation != null) {
      texts.addAll(conversation.texts());
    }
    return texts;
  }

  private static void checkTexts(Rules rules, List<FieldText> texts, Map<String, Lookup> lookups) {
    for (FieldText text : texts) {
      for (String name : text.lookups()) {
        if (!lookups.containsKey(name)) {
          List<String> known =
              Stream.concat(Stream.of(Filter.values()).map(Filter::key), lookups.keySet().stream())
                  .toList();
          rules.broken(
              "lookups", text, "\"" + name + "\" to be one of " + String.join(", ", known));
        }
      }
      text.problems().forEach(problem -> rules.broken("name", text, problem));
    }
  }

  /** The same recipe under another name, for another number of samples. */
  public Recipe as(String otherName, long otherTake) {
    return as(otherName, otherTake, repeats);
  }

  /** The same with a sample for each medium, however many questions there are about it. */
  public Recipe byMedium() {
    return as(name, take, Repeats.MEDIUM);
  }

  private Recipe as(String otherName, long otherTake, Repeats otherRepeats) {
    return new Recipe(
        otherName,
        root,
        about,
        modality,
        source,
        lookups,
        rows,
        choices,
        id,
        otherRepeats,
        media,
        conversation,
        kind,
        facts,
        otherTake,
        seed);
  }

  private static Map<String, FieldText> facts(Section recipe) {
    Map<String, FieldText> facts = new TreeMap<>();
    recipe.asMap("facts").forEach((name, text) -> facts.put(name, FieldText.of(text.toString())));
    return facts;
  }

  /**
   * Reads a recipe file for a publisher's files in that folder. How an exam is held with it, its
   * section {@code exam}, is for others to read.
   */
  public static Recipe read(Section recipe, String root, long seed) {
    return recipe.build(
        () -> {
          String name = recipe.string("name");
          recipe.has("exam");
          About about = recipe.optionalSection("about").map(About::read).orElse(About.nothing());
          if (recipe.has("unavailable")) {
            recipe.problem(
                "unavailable", "nothing: it cannot be prepared", recipe.string("unavailable"));
            return null;
          }
          return new Recipe(
              name,
              root,
              about,
              recipe.oneOf("modality", Modality.class),
              ManifestSource.read(recipe.section("source")),
              recipe.has("lookups") ? recipe.eachEntry("lookups", Lookup::read) : Map.of(),
              RowRule.read(recipe),
              recipe.optionalSection("choices").map(ChoiceRule::read).orElse(null),
              FieldText.of(recipe.string("id")),
              recipe.oneOf("repeats", Repeats.class, Repeats.REFUSE),
              recipe.optionalSection("media").map(MediaRule::read).orElse(MediaRule.none()),
              ConversationRule.read(recipe),
              FieldText.of(recipe.string("kind", "")),
              facts(recipe),
              recipe.longInteger("take", 0),
              seed);
        });
  }
}
