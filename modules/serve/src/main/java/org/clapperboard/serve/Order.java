package org.clapperboard.serve;

import java.util.List;
import org.clapperboard.model.Example;
import org.clapperboard.model.Sampling;

/**
 * What the model is asked to do.
 *
 * @param prompt the conversation
 * @param length its positions in the model
 * @param sampling how tokens are chosen, with this answer's own seed
 * @param maxTokens longest answer
 * @param stops strings before which the answer ends
 * @param deadline of {@link System#nanoTime}
 */
record Order(
    Example prompt,
    int length,
    Sampling sampling,
    int maxTokens,
    List<String> stops,
    long deadline) {

  Order {
    stops = List.copyOf(stops);
  }

  /** Whether both can go through the model together. */
  boolean isLike(Order other) {
    return sampling.temperature() == other.sampling.temperature()
        && (sampling.temperature() == 0 || sampling.topP() == other.sampling.topP());
  }

  boolean isLate() {
    return System.nanoTime() - deadline > 0;
  }
}
