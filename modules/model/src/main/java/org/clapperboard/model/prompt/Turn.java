package org.clapperboard.model.prompt;

/**
 * One turn of a conversation.
 *
 * @param role who speaks
 * @param text what is said; placeholders such as {@code <video>} may stand in it
 */
public record Turn(Role role, String text) {

  /** Who can speak in a conversation. */
  public enum Role {
    /** Whoever set the model up. */
    SYSTEM,
    /** The person who asks. */
    USER,
    /** The model. */
    ASSISTANT
  }

  /** A question. */
  public static Turn user(String text) {
    return new Turn(Role.USER, text);
  }

  /** An answer. */
  public static Turn assistant(String text) {
    return new Turn(Role.ASSISTANT, text);
  }
}
