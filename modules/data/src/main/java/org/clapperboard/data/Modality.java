package org.clapperboard.data;

/** What a sample shows besides its text. */
public enum Modality {
  /** A still picture. */
  IMAGE,
  /** A clip without its sound. */
  VIDEO,
  /** A sound. */
  AUDIO,
  /** A clip with its sound. */
  AUDIO_VISUAL,
  /** Nothing. */
  TEXT;

  /** Its name in files and tables. */
  public String key() {
    return name().toLowerCase(java.util.Locale.ROOT).replace('_', '-');
  }

  /** The modality of that name. */
  public static Modality of(String key) {
    return valueOf(key.toUpperCase(java.util.Locale.ROOT).replace('-', '_'));
  }

  /** Whether frames belong to it. */
  public boolean seen() {
    return this == IMAGE || this == VIDEO || this == AUDIO_VISUAL;
  }

  /** Whether sound belongs to it. */
  public boolean heard() {
    return this == AUDIO || this == AUDIO_VISUAL;
  }
}
