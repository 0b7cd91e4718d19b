package org.clapperboard.eval.benchmark;

import java.io.Serializable;
import java.util.Locale;
import org.clapperboard.config.Rules;
import org.clapperboard.config.Section;

/**
 * What the answers of a benchmark look like.
 *
 * @param kind what they say
 * @param reference the reference's way to read them, or null where it has none
 */
public record AnswerRule(Kind kind, ReferenceRule reference) implements Serializable {

  /** What an answer says. */
  public enum Kind {
    /** One of some options, by its letter or its text. */
    OPTION,
    /** One of a closed set of labels, by its text or its letter. */
    LABEL,
    /** A word or a few. */
    WORD,
    /** Anything; a judge reads it. */
    OPEN
  }

  public AnswerRule {
    try (Rules rules = new Rules()) {
      rules.present("kind", kind);
      if (kind != null && reference != null && reference.kind() != kind) {
        rules.broken(
            "reference",
            reference,
            "a rule for answers of the kind " + kind.name().toLowerCase(Locale.ROOT));
      }
    }
  }

  static AnswerRule read(Section section) {
    return section.build(
        () ->
            new AnswerRule(
                section.oneOf("kind", Kind.class),
                section.optionalOneOf("reference", ReferenceRule.class).orElse(null)));
  }
}
