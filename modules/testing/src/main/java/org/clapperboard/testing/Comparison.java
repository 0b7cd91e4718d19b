package org.clapperboard.testing;

/**
 * Numbers of ours beside those of a fixture.
 *
 * @param name the name of the tensor or value in the fixture
 * @param kind what they are
 * @param values how many were compared
 * @param worst the largest difference
 * @param largest the largest of the fixture's numbers
 * @param tolerance what is allowed, in words
 * @param error the worst difference in units of what is allowed: up to 1 passes
 */
public record Comparison(
    String name,
    Kind kind,
    long values,
    double worst,
    double largest,
    String tolerance,
    double error) {

  /** Kinds of numbers, in the words of the report. */
  public enum Kind {
    OUTPUTS,
    GRADIENTS,
    LOSSES,
    GREEDY_IDS,
    FINAL_WEIGHTS;

    /** The kind of a tensor, by how fixtures name them. */
    static Kind of(String name) {
      if (name.contains("grad/") || name.contains("grad_norm")) {
        return GRADIENTS;
      }
      if (name.contains("final/") || name.contains("/param/")) {
        return FINAL_WEIGHTS;
      }
      if (name.contains("loss")) {
        return LOSSES;
      }
      return name.endsWith(".sequences") ? GREEDY_IDS : OUTPUTS;
    }

    @Override
    public String toString() {
      return switch (this) {
        case OUTPUTS -> "outputs";
        case GRADIENTS -> "gradients";
        case LOSSES -> "losses";
        case GREEDY_IDS -> "greedy ids";
        case FINAL_WEIGHTS -> "updated weights";
      };
    }
  }

  /** Whether the difference is allowed. Not a number is not. */
  public boolean passes() {
    return error <= 1;
  }
}
