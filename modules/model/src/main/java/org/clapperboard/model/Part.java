package org.clapperboard.model;

import java.util.Arrays;
import java.util.Collections;
import java.util.EnumSet;
import java.util.Set;

/** The five parts of the model; a stage trains some of them and freezes the others. */
public enum Part {
  /** Pictures to patch features. */
  VISION_ENCODER("vision-encoder", "model.vision_tower.vision_tower."),
  /** Patch features of a clip to vectors of the language model. */
  VISION_CONNECTOR("vision-connector", "model.mm_projector."),
  /** Filter banks to audio features. */
  AUDIO_ENCODER("audio-encoder", "model.audio_tower."),
  /** Audio features to vectors of the language model. */
  AUDIO_PROJECTOR("audio-projector", "model.mm_projector_a."),
  /** Embeddings, decoder layers and head. */
  LANGUAGE_MODEL("language-model", "");

  /** The parts that can have a low-rank adapter. */
  public static final Set<Part> ADAPTABLE =
      Collections.unmodifiableSet(EnumSet.of(AUDIO_ENCODER, LANGUAGE_MODEL));

  private final String key;
  private final String prefix;

  Part(String key, String prefix) {
    this.key = key;
    this.prefix = prefix;
  }

  /** The part of that name. */
  public static Part of(String key) {
    return Arrays.stream(values()).filter(part -> part.key.equals(key)).findFirst().orElseThrow();
  }

  /** Its name in configuration files, folders and messages. */
  public String key() {
    return key;
  }

  /** What the reference puts before the names of its parameters. */
  public String prefix() {
    return prefix;
  }

  @Override
  public String toString() {
    return key;
  }
}
