package org.clapperboard.eval.judge.text;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/**
 * BLEU-4 (Papineni et al. 2002), computed as sacreBLEU does: runs of words that are nowhere count
 * half of one, then a quarter and so on ("exp" smoothing); lengths are compared with the nearest
 * reference, of two the shorter.
 */
public final class Bleu {
  private static final int ORDER = 4;

  private final long[] found = new long[ORDER];
  private final long[] there = new long[ORDER];
  private long length;
  private long referenceLength;

  private Bleu() {}

  /**
   * BLEU of one sentence, 0 to 1, whose shortness does not cost: orders it cannot have are left.
   */
  public static double sentence(
      String sentence, List<String> references, Function<String, List<String>> words) {
    Bleu bleu = new Bleu();
    bleu.add(words.apply(sentence), references.stream().map(words).toList());
    return bleu.score(true);
  }

  /** BLEU of many sentences together, 0 to 1, each with its own references. */
  public static double corpus(
      List<String> sentences, List<List<String>> references, Function<String, List<String>> words) {
    Bleu bleu = new Bleu();
    for (int i = 0; i < sentences.size(); i++) {
      bleu.add(words.apply(sentences.get(i)), references.get(i).stream().map(words).toList());
    }
    return bleu.score(false);
  }

  private void add(List<String> sentence, List<List<String>> references) {
    int nearest = Integer.MAX_VALUE;
    for (List<String> reference : references) {
      int off = Math.abs(reference.size() - sentence.size());
      int best = Math.abs(nearest - sentence.size());
      if (off < best || (off == best && reference.size() < nearest)) {
        nearest = reference.size();
      }
    }
    length += sentence.size();
    referenceLength += nearest;
    for (int n = 1; n <= ORDER; n++) {
      Map<String, Integer> most = new HashMap<>();
      for (List<String> reference : references) {
        Words.runs(reference, n).forEach((run, count) -> most.merge(run, count, Math::max));
      }
      for (Map.Entry<String, Integer> run : Words.runs(sentence, n).entrySet()) {
        found[n - 1] += Math.min(run.getValue(), most.getOrDefault(run.getKey(), 0));
        there[n - 1] += run.getValue();
      }
    }
  }

  private double score(boolean onlyOrdersThatAreThere) {
    if (found[0] == 0) {
      return 0;
    }
    double logs = 0;
    double smooth = 1;
    int orders = 0;
    while (orders < ORDER && there[orders] > 0) {
      if (found[orders] == 0) {
        smooth *= 2;
        logs += Math.log(1 / (smooth * there[orders]));
      } else {
        logs += Math.log((double) found[orders] / there[orders]);
      }
      orders++;
    }
    if (orders < ORDER && !onlyOrdersThatAreThere) {
      return 0;
    }
    double brevity = length < referenceLength ? 1 - (double) referenceLength / length : 0;
    return Math.exp(brevity + logs / orders);
  }
}
