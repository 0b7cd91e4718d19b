package org.clapperboard.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.function.Predicate;
import org.clapperboard.model.engine.TorchEngine;
import org.clapperboard.model.language.KvCache;
import org.clapperboard.model.language.LanguageModel;

/**
 * Answers prompts: decoding with a cache of keys and values, several prompts at once, padded on the
 * left so that all of them end at the same position.
 */
public final class Generator {
  private final VideoLlama2 model;
  private final Set<Integer> endIds;
  private final int maxNewTokens;
  private final Sampling sampling;
  private final Predicate<int[]> stop;
  private final long[] seeds;

  /**
   * A generator that always takes the likeliest token.
   *
   * @param endIds ids that end an answer; the id itself is kept
   * @param maxNewTokens longest answer
   */
  public Generator(VideoLlama2 model, Set<Integer> endIds, int maxNewTokens) {
    this(model, endIds, maxNewTokens, Sampling.GREEDY, ids -> false, null);
  }

  private Generator(
      VideoLlama2 model,
      Set<Integer> endIds,
      int maxNewTokens,
      Sampling sampling,
      Predicate<int[]> stop,
      long[] seeds) {
    this.model = model;
    this.endIds = Set.copyOf(endIds);
    this.maxNewTokens = maxNewTokens;
    this.sampling = sampling;
    this.stop = stop;
    this.seeds = seeds;
  }

  /** The same, choosing tokens in another way. */
  public Generator choosing(Sampling other) {
    return new Generator(model, endIds, maxNewTokens, other, stop, seeds);
  }

  /** The same, which ends an answer also when its ids so far say so: for stop strings. */
  public Generator stoppingWhen(Predicate<int[]> done) {
    return new Generator(model, endIds, maxNewTokens, sampling, done, seeds);
  }

  /**
   * The same, with a seed for each row in place of the sampling's one: a row then draws as it would
   * alone with that seed, whatever its place in the batch.
   */
  public Generator seeded(long... rows) {
    return new Generator(model, endIds, maxNewTokens, sampling, stop, rows.clone());
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

  /** Reads answers while they grow. */
  @FunctionalInterface
  public interface Reader {
    /**
     * One more token of an answer, the one that ends it included.
     *
     * @return whether more of this answer is wanted; without it the other rows go on alone
     */
    boolean token(int row, int id);
  }

  /** Answers each prompt with token ids, the ending id included if there was one. */
  public List<int[]> answer(List<Example> prompts) {
    return answer(prompts, (tokens, scores) -> {});
  }

  /** Answers each prompt, and shows every step to the listener. */
  public List<int[]> answer(List<Example> prompts, Listener listener) {
    return answer(prompts, listener, (row, id) -> true);
  }

  /** Answers each prompt, and gives every token to the reader as soon as it is chosen. */
  public List<int[]> read(List<Example> prompts, Reader reader) {
    return answer(prompts, (tokens, scores) -> {}, reader);
  }

  private List<int[]> answer(List<Example> prompts, Listener listener, Reader reader) {
    return TorchEngine.withoutGradients(
        () -> {
          try (NDManager scope = TorchEngine.newScope()) {
            Splice splice = model.splice(prompts, Splice.Padding.LEFT);
            NDArray x = model.embed(scope, prompts, splice);
            int[] padding =
                Arrays.stream(splice.lengths()).map(length -> splice.length() - length).toArray();
            return decode(scope, x, padding, listener, reader);
          }
        });
  }

  /** Continues embedded rows (B, L, width) that are padded on the left. */
  List<int[]> decode(NDManager scope, NDArray x, int[] padding, Listener listener) {
    return decode(scope, x, padding, listener, (row, id) -> true);
  }

  private List<int[]> decode(
      NDManager scope, NDArray x, int[] padding, Listener listener, Reader reader) {
    LanguageModel language = model.languageModel();
    int longest = Math.toIntExact(x.getShape().get(1)) + maxNewTokens;
    Answers answers = new Answers(padding.length);
    Chooser chooser = new Chooser(padding.length);
    try (KvCache cache = language.cache(scope, padding, longest)) {
      for (int step = 0; step < maxNewTokens && !answers.allEnded(); step++) {
        try (NDManager inner = scope.newSubManager()) {
          NDArray next =
              step == 0
                  ? x
                  : language.embed(
                      inner, inner.create(answers.last(), new Shape(padding.length, 1)));
          NDArray scores = language.lastLogits(inner, language.hidden(inner, next, cache));
          long[] tokens = chooser.tokens(inner, scores);
          listener.step(tokens, scores);
          answers.add(tokens, reader);
        }
      }
    }
    return answers.ids();
  }

  /** Chooses tokens; each row has its own stream of draws, whatever stands beside it. */
  private final class Chooser {
    private final SplittableRandom[] draws;

    Chooser(int rows) {
      draws = new SplittableRandom[rows];
      for (int row = 0; row < rows; row++) {
        draws[row] =
            new SplittableRandom(seeds == null ? sampling.seed() * 31 + row : seeds[row] * 31);
      }
    }

    long[] tokens(NDManager scope, NDArray scores) {
      if (sampling.temperature() == 0) {
        return scores.argMax(-1).toLongArray();
      }
      float[] at = new float[draws.length];
      for (int row = 0; row < at.length; row++) {
        at[row] = draws[row].nextInt(1 << 24) / (float) (1 << 24);
      }
      return model
          .languageModel()
          .sample(scope, scores, sampling.temperature(), sampling.topP(), scope.create(at))
          .toLongArray();
    }
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

    void add(long[] tokens, Reader reader) {
      last = tokens;
      for (int row = 0; row < tokens.length; row++) {
        if (!ended[row]) {
          int token = Math.toIntExact(tokens[row]);
          rows.get(row).add(token);
          boolean wanted = reader.token(row, token);
          ended[row] = !wanted || endIds.contains(token) || stop.test(ints(rows.get(row)));
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
      return rows.stream().map(this::ints).toList();
    }

    private int[] ints(List<Integer> row) {
      return row.stream().mapToInt(Integer::intValue).toArray();
    }
  }
}
