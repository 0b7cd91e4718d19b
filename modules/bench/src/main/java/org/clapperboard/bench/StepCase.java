package org.clapperboard.bench;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.clapperboard.config.BadData;
import org.clapperboard.model.Part;
import org.clapperboard.model.engine.Tape.Activations;
import org.clapperboard.model.weights.Dtype;

/**
 * One kind of step.
 *
 * @param size the model
 * @param dtype of its weights; BF16 with masters in float32
 * @param stage what trains
 * @param activations what is kept of the way forward
 * @param threads of the tensor library
 */
record StepCase(StepSizes size, Dtype dtype, Stage stage, Activations activations, int threads) {

  /** What trains, as in the recipe's stages. */
  enum Stage {
    /** The first stage: the connector alone. */
    CONNECTOR,
    /** The second: the language model too. */
    LANGUAGE;

    Set<Part> parts() {
      return this == CONNECTOR
          ? Set.of(Part.VISION_CONNECTOR)
          : Set.of(Part.VISION_CONNECTOR, Part.LANGUAGE_MODEL);
    }
  }

  /** What the first steps of a kind must lose, and how far off that may be. */
  private record Known(double first, double later, double... losses) {}

  /** Steps whose losses are compared: more of them differ by what rounding does to training. */
  static final int COMPARED = 4;

  /** In float32 the same to five digits, which four steps make four. */
  private static final double FIRST = 1e-5;

  private static final double LATER = 1e-4;

  /**
   * PyTorch adds the squares of gradients in float32, ours in double. The more there are, the more
   * its norm is off; with a norm in double, its losses of the small model are ours to 1e-6.
   */
  private static final double LATER_OF_MEDIUM = 2e-4;

  /** Bfloat16 has three digits, and programs round at different places. */
  private static final double ROUNDED = 5e-3;

  /** Such as {@code small fp32, language, 1 thread}. */
  String name() {
    return String.format(
        Locale.ROOT,
        "%s %s, %s%s, %d thread%s",
        size.key(),
        dtype == Dtype.F32 ? "fp32" : "bf16",
        stage.name().toLowerCase(Locale.ROOT),
        activations == Activations.KEEP ? "" : ", recomputed",
        threads,
        threads == 1 ? "" : "s");
  }

  /**
   * The mean losses of the first steps in float32 as PyTorch has them, 1.13 and 2.13 alike. None of
   * kinds that nobody has run beside another program yet.
   */
  private Known known() {
    Known exact = exact();
    return dtype == Dtype.F32 ? exact : new Known(ROUNDED, ROUNDED, exact.losses());
  }

  private Known exact() {
    if (stage == Stage.CONNECTOR) {
      return size == StepSizes.SMALL
          ? new Known(FIRST, LATER, 9.114572, 9.004804, 8.888160, 8.818855)
          : new Known(FIRST, LATER);
    }
    return switch (size) {
      case TINY -> new Known(FIRST, LATER, 6.943167, 6.703966, 6.467793);
      case SMALL -> new Known(FIRST, LATER, 9.114572, 8.674955, 7.694002, 7.004720);
      case MEDIUM -> new Known(FIRST, LATER_OF_MEDIUM, 10.638845, 9.540994, 7.563115);
    };
  }

  /** Refuses steps of ours that are not the ones of other programs. */
  void check(List<Double> ours) {
    Known known = known();
    compare(ours, known.losses(), "the known ones", known.first(), known.later());
  }

  /** The same beside the losses that a peer had. */
  void check(List<Double> ours, String peer, List<Double> theirs) {
    double[] wanted = theirs.stream().mapToDouble(Double::doubleValue).toArray();
    // What is rounded is off by as much on both sides.
    int sides = dtype == Dtype.F32 ? 1 : 2;
    Known known = known();
    compare(ours, wanted, "those of " + peer, sides * known.first(), sides * known.later());
  }

  private void compare(
      List<Double> losses, double[] wanted, String whose, double first, double later) {
    for (int i = 0; i < Math.min(losses.size(), wanted.length); i++) {
      double apart = Math.abs(losses.get(i) - wanted[i]);
      double allowed = i == 0 ? first : later;
      // Six digits are known; what is not a number is apart as well.
      if (!(apart <= allowed + 5e-7)) {
        throw new BadData(
            String.format(
                Locale.ROOT,
                "Cannot measure %s: the loss of step %d is %.6f (expected: %s, %.6f, within %.0e).",
                name(),
                i + 1,
                losses.get(i),
                whose,
                wanted[i],
                allowed));
      }
    }
  }

  /** The losses in an answer of ours or of a peer. */
  static List<Double> losses(JsonNode answer) {
    List<Double> losses = new ArrayList<>();
    answer.get("losses").forEach(loss -> losses.add(loss.asDouble()));
    return losses;
  }
}
