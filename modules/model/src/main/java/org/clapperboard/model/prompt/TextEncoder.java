package org.clapperboard.model.prompt;

/** Turns text into token ids, without adding tokens of its own. */
@FunctionalInterface
public interface TextEncoder {

  /** The ids of the text; special tokens in it become their own ids. */
  int[] encode(String text);
}
