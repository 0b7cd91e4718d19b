package org.clapperboard.serve;

import java.util.List;
import org.clapperboard.model.prompt.Turn;

/**
 * A request for a chat completion, as far as it can be checked without a model.
 *
 * @param model by its name
 * @param messages what was said so far; the last one is a question
 * @param maxTokens longest answer, or null
 * @param temperature 0 to 2
 * @param topP above 0, at most 1
 * @param seed of the draws, or null for any
 * @param stops strings before which the answer ends
 * @param stream whether the answer is sent while it grows
 * @param usage whether a stream ends with the numbers of tokens
 */
record ChatRequest(
    String model,
    List<Message> messages,
    Integer maxTokens,
    double temperature,
    double topP,
    Long seed,
    List<String> stops,
    boolean stream,
    boolean usage) {

  /** What one said, and showed before. */
  record Message(Turn.Role role, String text, List<MediaPart> media) {}
}
