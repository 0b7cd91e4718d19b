package org.clapperboard.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import org.clapperboard.model.engine.TorchEngine;
import org.clapperboard.model.language.KvCache;
import org.clapperboard.model.language.LanguageModel;

/**
 * Answers prompts: greedy decoding with a cache of keys and values, several prompts at once, padded
 * on the left so that all of them end at the same position.
 */
public final class Generator {
  private final VideoLlama2 model;
  private final Set<Integer> endIds;
  private final int maxNewTokens;

  /**
   * A generator.
   *
   * @param endIds ids that end an answer; the id itself is kept
   * @param maxNewTokens longest answer
   */
  public Generator(VideoLlama2 model, Set<Integer> endIds, int maxNewTokens) {
    this.model = model;
    this.endIds = Set.copyOf(endIds);
    this.maxNewTokens = maxNewTokens;
  }

  /** Sees every step of a generation. */
  public interface Listener {
    /**
     * One more token for each row.
     *
     * @param tokens (B) the chosen ids
     * @param scores (B, vocabulary) what they were chosen by
     */
    void step(long[] tokens, NDArray scores);
  }

  /** Answers each prompt with token ids, the ending id included if there was one. */
  public List<int[]> answer(List<Example> prompts) {
    return answer(prompts, (tokens, scores) -> {});
  }

  /** Answers each prompt, and shows every step to the listener. */
  public List<int[]> answer(List<Example> prompts, Listener listener) {
    return TorchEngine.withoutGradients(
        () -> {
          try (NDManager scope = TorchEngine.newScope()) {
            Splice splice = model.splice(prompts, Splice.Padding.LEFT);
            NDArray x = model.embed(scope, prompts, splice);
            int[] padding =
                Arrays.stream(splice.lengths()).map(length -> splice.length() - length).toArray();
            return decode(scope, x, padding, listener);
          }
        });
  }

  /** Continues embedded rows (B, L, width) that are padded on the left. */
  List<int[]> decode(NDManager scope, NDArray x, int[] padding, Listener listener) {
    LanguageModel language = model.languageModel();
    int longest = Math.toIntExact(x.getShape().get(1)) + maxNewTokens;
    Answers answers = new Answers(padding.length);
    try (KvCache cache = new KvCache(scope, language.config(), padding, longest)) {
      for (int step = 0; step < maxNewTokens && !answers.allEnded(); step++) {
        try (NDManager inner = scope.newSubManager()) {
          NDArray next =
              step == 0
                  ? x
                  : language.embed(
                      inner, inner.create(answers.last(), new Shape(padding.length, 1)));
          NDArray scores = language.lastLogits(inner, language.hidden(inner, next, cache));
          long[] tokens = scores.argMax(-1).toLongArray();
          listener.step(tokens, scores);
          answers.add(tokens);
        }
      }
    }
    return answers.ids();
  }

  /** The answers as they grow; a row that has ended repeats its last token, which nobody reads. */
  private final class Answers {
    private final List<List<Integer>> rows = new ArrayList<>();
    private final boolean[] ended;
    private long[] last;

    Answers(int count) {
      this.ended = new boolean[count];
      for (int row = 0; row < count; row++) {
        rows.add(new ArrayList<>());
      }
    }

    void add(long[] tokens) {
      last = tokens;
      for (int row = 0; row < tokens.length; row++) {
        if (!ended[row]) {
          int token = Math.toIntExact(tokens[row]);
          rows.get(row).add(token);
          ended[row] = endIds.contains(token);
        }
      }
    }

    long[] last() {
      return last;
    }

    boolean allEnded() {
      for (boolean end : ended) {
        if (!end) {
          return false;
        }
      }
      return true;
    }

    List<int[]> ids() {
      return rows.stream().map(row -> row.stream().mapToInt(Integer::intValue).toArray()).toList();
    }
  }
}
