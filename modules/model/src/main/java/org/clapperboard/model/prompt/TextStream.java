package org.clapperboard.model.prompt;

import java.util.Arrays;

/**
 * The text of an answer while it grows, token by token. What was given out never changes: a
 * character whose bytes are spread over several tokens comes when it is whole. All pieces together
 * are what {@link Tokenizer#decode} makes of all ids.
 *
 * <p>Only the last few ids are decoded again, since how a token is written depends on what stands
 * before it.
 */
public final class TextStream {
  /** What decoders put in place of bytes that are no character, or not yet one. */
  private static final String INCOMPLETE = "\uFFFD";

  private final Tokenizer tokenizer;
  private int[] recent = {};
  private int given;
  private String blanks = "";
  private boolean begun;

  /** An answer that has not begun. */
  public TextStream(Tokenizer tokenizer) {
    this.tokenizer = tokenizer;
  }

  /** One more id; returns the text that is certain now, which may be none. */
  public String add(int id) {
    recent = Arrays.copyOf(recent, recent.length + 1);
    recent[recent.length - 1] = id;
    String more = more();
    if (more.isEmpty() || more.endsWith(INCOMPLETE)) {
      return "";
    }
    recent = Arrays.copyOfRange(recent, given, recent.length);
    given = recent.length;
    return withoutBlanksAround(more);
  }

  /** The answer is over; returns what was held back. */
  public String end() {
    String more = more();
    given = recent.length;
    return withoutBlanksAround(more);
  }

  private String more() {
    String known = tokenizer.raw(Arrays.copyOf(recent, given));
    String whole = tokenizer.raw(recent);
    return whole.length() <= known.length() ? "" : whole.substring(known.length());
  }

  private String withoutBlanksAround(String more) {
    String text = begun ? blanks + more : more.stripLeading();
    String solid = text.stripTrailing();
    blanks = text.substring(solid.length());
    begun |= !solid.isEmpty();
    return solid;
  }
}
