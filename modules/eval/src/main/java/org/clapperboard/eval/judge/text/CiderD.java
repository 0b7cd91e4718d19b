package org.clapperboard.eval.judge.text;

import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * CIDEr-D (Vedantam, Zitnick, Parikh 2015; arXiv:1411.5726), as COCO's caption scorer computes it:
 * how alike a caption and its references are in runs of 1 to 4 words, each weighted by how few of
 * all images have it in their references. So it needs all references; with those of a single image
 * every weight, and the score, is 0.
 */
public final class CiderD {
  private static final double SIGMA = 6;
  private static final double SCALE = 10;
  private static final int ORDER = 4;

  private final Map<String, Integer> images = new HashMap<>();
  private final double logImages;

  private CiderD(Collection<List<String>> references) {
    for (List<String> ofImage : references) {
      Set<String> runs = new HashSet<>();
      for (String reference : ofImage) {
        Words.runs(Words.ofCaptions(reference)).forEach(order -> runs.addAll(order.keySet()));
      }
      runs.forEach(run -> images.merge(run, 1, Integer::sum));
    }
    logImages = Math.log(references.size());
  }

  /** Weighs words by all references, one list for each image. */
  public static CiderD over(Collection<List<String>> references) {
    return new CiderD(references);
  }

  private record Weights(List<Map<String, Double>> orders, double[] norms, int pairs) {}

  private Weights weigh(String text) {
    List<Map<String, Integer>> runs = Words.runs(Words.ofCaptions(text));
    double[] norms = new double[ORDER];
    List<Map<String, Double>> orders = runs.stream().map(this::weigh).toList();
    for (int n = 0; n < ORDER; n++) {
      norms[n] = Math.sqrt(orders.get(n).values().stream().mapToDouble(w -> w * w).sum());
    }
    // COCO's scorer takes the number of pairs of words for the length of a text.
    return new Weights(orders, norms, runs.get(1).values().stream().mapToInt(c -> c).sum());
  }

  private Map<String, Double> weigh(Map<String, Integer> counts) {
    Map<String, Double> weights = new HashMap<>();
    counts.forEach(
        (run, count) -> {
          int in = Math.max(1, images.getOrDefault(run, 0));
          weights.put(run, count * (logImages - Math.log(in)));
        });
    return weights;
  }

  /** The score of a caption against the references of its image, 0 to 10. */
  public double score(String caption, List<String> references) {
    Weights weights = weigh(caption);
    double sum = 0;
    for (String reference : references) {
      sum += alike(weights, weigh(reference));
    }
    return SCALE * sum / ORDER / references.size();
  }

  /** The sum over the orders of how alike they are, each 0 to 1. */
  private static double alike(Weights caption, Weights reference) {
    double off = (double) caption.pairs() - reference.pairs();
    double penalty = Math.exp(-off * off / (2 * SIGMA * SIGMA));
    double sum = 0;
    for (int n = 0; n < ORDER; n++) {
      double norms = caption.norms()[n] * reference.norms()[n];
      Map<String, Double> theirs = reference.orders().get(n);
      double product = 0;
      for (Map.Entry<String, Double> run : caption.orders().get(n).entrySet()) {
        double weight = theirs.getOrDefault(run.getKey(), 0.0);
        product += Math.min(run.getValue(), weight) * weight;
      }
      sum += norms == 0 ? 0 : product / norms * penalty;
    }
    return sum;
  }
}
