package org.clapperboard.eval.judge.text;

import java.util.List;

/**
 * ROUGE-L of a sentence (Lin 2004): the longest common subsequence of words as a share of either
 * text, both shares weighted together. Of several references each share is the best one, as in
 * COCO's caption scorer.
 */
public final class RougeL {
  /** How much more recall weighs than precision in COCO's scorer. */
  public static final double COCO_BETA = 1.2;

  private RougeL() {}

  /** The score, 0 to 1. */
  public static double score(List<String> words, List<List<String>> references, double beta) {
    double precision = 0;
    double recall = 0;
    for (List<String> reference : references) {
      double common = common(words, reference);
      precision = Math.max(precision, words.isEmpty() ? 0 : common / words.size());
      recall = Math.max(recall, reference.isEmpty() ? 0 : common / reference.size());
    }
    double weight = beta * beta;
    double sum = recall + weight * precision;
    return sum == 0 ? 0 : (1 + weight) * precision * recall / sum;
  }

  /** Length of the longest common subsequence. */
  private static int common(List<String> a, List<String> b) {
    int[] row = new int[b.size() + 1];
    for (String word : a) {
      int diagonal = 0;
      for (int j = 1; j <= b.size(); j++) {
        int above = row[j];
        row[j] = word.equals(b.get(j - 1)) ? diagonal + 1 : Math.max(above, row[j - 1]);
        diagonal = above;
      }
    }
    return row[b.size()];
  }
}
