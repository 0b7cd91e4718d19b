package org.clapperboard.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import org.clapperboard.model.engine.TorchEngine;
import org.clapperboard.model.language.DecoderConfig;
import org.clapperboard.model.language.LanguageModel;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class GeneratorIT {
  private static final int VOCABULARY = 50;
  private static final int MOST = 8;
  private static final DecoderConfig SMALL =
      new DecoderConfig(
          DecoderConfig.Family.QWEN2,
          VOCABULARY,
          16,
          2,
          2,
          1,
          8,
          32,
          1e-6,
          10000,
          false,
          64,
          0,
          null,
          null,
          1);

  private VideoLlama2 model;

  @BeforeEach
  void model() {
    TorchEngine.start(1);
    model = VideoLlama2.allocate(new ModelConfig(null, null, SMALL));
    model.parameters().get(Part.LANGUAGE_MODEL).initialise(5);
  }

  @AfterEach
  void close() {
    model.close();
  }

  @Test
  void a_nucleus_that_holds_one_token_draws_as_greedy_decoding_chooses() {
    List<int[]> greedy = generator().answer(prompts());
    List<int[]> drawn = generator().choosing(new Sampling(0.7, 1e-9, 3)).answer(prompts());
    assertThat(drawn).usingRecursiveComparison().isEqualTo(greedy);
  }

  @Test
  void the_same_seed_draws_the_same_answer_and_another_seed_another_one() {
    Sampling hot = new Sampling(5, 1, 3);
    List<int[]> first = generator().choosing(hot).answer(prompts());
    assertThat(generator().choosing(hot).answer(prompts()))
        .usingRecursiveComparison()
        .isEqualTo(first);
    int[] other = generator().choosing(new Sampling(5, 1, 4)).answer(prompts()).get(0);
    assertThat(other).isNotEqualTo(first.get(0));
  }

  @Test
  void tokens_are_drawn_as_often_as_a_naive_nucleus_says() {
    double temperature = 1.5;
    double topP = 0.8;
    try (NDManager scope = TorchEngine.newScope()) {
      float[] scores = {2, -1, 0.5f, 1.5f, 0, -3};
      int draws = 20_000;
      float[] at = new float[draws];
      for (int i = 0; i < draws; i++) {
        at[i] = i / (float) draws;
      }
      NDArray rows = scope.create(repeated(scores, draws), new Shape(draws, scores.length));
      LanguageModel language = model.languageModel();
      long[] drawn =
          language.sample(scope, rows, temperature, topP, scope.create(at)).toLongArray();
      double[] expected = nucleus(scores, temperature, topP);
      for (int token = 0; token < scores.length; token++) {
        int wanted = token;
        double share = Arrays.stream(drawn).filter(id -> id == wanted).count() / (double) draws;
        assertThat(share).isCloseTo(expected[token], within(2e-4));
      }
    }
  }

  @Test
  void an_answer_ends_with_its_end_token_or_where_its_text_says_so() {
    int[] whole = generator().answer(prompts()).get(0);
    assertThat(whole).hasSize(MOST);
    Generator ending = new Generator(model, Set.of(whole[2]), MOST);
    int first =
        IntStream.range(0, MOST).filter(i -> whole[i] == whole[2]).findFirst().orElseThrow();
    assertThat(ending.answer(prompts()).get(0)).isEqualTo(Arrays.copyOf(whole, first + 1));
    int[] stopped = generator().stoppingWhen(ids -> ids.length == 3).answer(prompts()).get(0);
    assertThat(stopped).isEqualTo(Arrays.copyOf(whole, 3));
  }

  @Test
  void a_row_for_which_nobody_waits_any_more_ends_and_the_others_go_on() {
    List<int[]> whole = generator().answer(prompts());
    List<List<Integer>> read = List.of(new ArrayList<>(), new ArrayList<>());
    List<int[]> left =
        generator()
            .read(
                prompts(),
                (row, id) -> {
                  read.get(row).add(id);
                  return row == 1 || read.get(0).size() < 3;
                });
    assertThat(left.get(0)).isEqualTo(Arrays.copyOf(whole.get(0), 3));
    assertThat(left.get(1)).isEqualTo(whole.get(1));
    assertThat(read.get(0)).hasSize(3);
    assertThat(read.get(1)).containsExactlyElementsOf(Arrays.stream(whole.get(1)).boxed().toList());
  }

  @Test
  void a_row_with_a_seed_of_its_own_draws_as_it_would_alone() {
    Sampling hot = new Sampling(5, 1, 0);
    List<int[]> together = generator().choosing(hot).seeded(11, 4).answer(prompts());
    Generator alone = generator().choosing(new Sampling(5, 1, 4));
    assertThat(together.get(1)).isEqualTo(alone.answer(prompts().subList(1, 2)).get(0));
  }

  private Generator generator() {
    return new Generator(model, Set.of(), MOST);
  }

  private static List<Example> prompts() {
    int[] ignored = {Example.IGNORED, Example.IGNORED, Example.IGNORED};
    return List.of(
        new Example(new int[] {1, 2, 3}, ignored, List.of()),
        new Example(new int[] {7, 8}, Arrays.copyOf(ignored, 2), List.of()));
  }

  private static double[] nucleus(float[] scores, double temperature, double topP) {
    double[] likely = new double[scores.length];
    double sum = 0;
    for (int i = 0; i < scores.length; i++) {
      likely[i] = Math.exp(scores[i] / temperature);
      sum += likely[i];
    }
    List<Integer> order = new ArrayList<>(IntStream.range(0, scores.length).boxed().toList());
    order.sort((a, b) -> Double.compare(likely[b], likely[a]));
    double before = 0;
    double kept = 0;
    for (int token : order) {
      double share = likely[token] / sum;
      likely[token] = before < topP ? share : 0;
      kept += likely[token];
      before += share;
    }
    for (int i = 0; i < likely.length; i++) {
      likely[i] /= kept;
    }
    return likely;
  }

  private static float[] repeated(float[] row, int times) {
    float[] all = new float[row.length * times];
    for (int i = 0; i < times; i++) {
      System.arraycopy(row, 0, all, i * row.length, row.length);
    }
    return all;
  }
}
