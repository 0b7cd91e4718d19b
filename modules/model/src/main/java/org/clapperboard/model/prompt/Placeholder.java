package org.clapperboard.model.prompt;

import java.util.Optional;
import org.clapperboard.model.Example;

/** The strings that stand for media in a text (reference constants.py). */
public enum Placeholder {
  /** A still picture. */
  IMAGE("<image>", Example.IMAGE),
  /** A clip, with or without its sound. */
  VIDEO("<video>", Example.VIDEO),
  /** A sound. */
  AUDIO("<audio>", Example.AUDIO);

  private final String text;
  private final int id;

  Placeholder(String text, int id) {
    this.text = text;
    this.id = id;
  }

  /** How it is written. */
  public String text() {
    return text;
  }

  /** The id that stands for it among token ids. */
  public int id() {
    return id;
  }

  /** The first placeholder in a text, if there is one. */
  static Optional<Placeholder> in(String text) {
    Placeholder first = null;
    for (Placeholder placeholder : values()) {
      int at = text.indexOf(placeholder.text);
      if (at >= 0 && (first == null || at < text.indexOf(first.text))) {
        first = placeholder;
      }
    }
    return Optional.ofNullable(first);
  }
}
