package org.clapperboard.eval.judge.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Against values that others have published. */
class TextScoresTest {
  private static final Function<String, List<String>> V13A = Words::ofTranslations;
  private static final String SUGAR_REFERENCE = "producţia de zahăr brut se exprimă în zahăr alb;";
  private static final String SUGAR =
      "Producția de zahăr primă va fi exprimată în ceea ce privește zahărul alb;";

  private static final List<String> DOGS =
      List.of("The dog bit the man.", "It wasn't surprising.", "The man had just bitten him.");
  private static final List<List<String>> DOGS_REFERENCES =
      List.of(
          List.of("The dog bit the man.", "The dog had bit the man."),
          List.of("It was not unexpected.", "No one was surprised."),
          List.of("The man bit him first.", "The man had bitten the dog."));

  // test_bleu.py of sacreBLEU 2: 48.530827 and, without a tokenizer, 49.1919566.
  @Test
  void bleu_of_a_corpus_is_that_of_sacrebleu() {
    assertThat(100 * Bleu.corpus(DOGS, DOGS_REFERENCES, V13A)).isCloseTo(48.530827, within(1e-6));
    assertThat(100 * Bleu.corpus(DOGS, DOGS_REFERENCES, Words::bySpace))
        .isCloseTo(49.1919566, within(1e-6));
    assertThat(Bleu.corpus(List.of("", "", ""), DOGS_REFERENCES, V13A)).isZero();
  }

  // test_sentence_bleu.py of sacreBLEU 2: smoothing "exp", effective order.
  @Test
  void bleu_of_a_sentence_is_that_of_sacrebleu() {
    assertThat(100 * Bleu.sentence(SUGAR, List.of(SUGAR_REFERENCE), V13A))
        .isCloseTo(8.493, within(1e-3));
    assertThat(100 * Bleu.sentence(SUGAR, List.of(SUGAR_REFERENCE), Words::bySpace))
        .isCloseTo(7.347, within(1e-3));
    assertThat(Bleu.sentence("this is a cat", List.of("okay thanks"), V13A)).isZero();
  }

  // What sacreBLEU 2.6.0 computes for sentences that were made up by chance, some hard to split.
  @Test
  void bleu_is_that_of_sacrebleu_whatever_the_words() throws Exception {
    List<String> candidates = new ArrayList<>();
    List<List<String>> references = new ArrayList<>();
    double together = 0;
    for (String line : Files.readAllLines(Path.of("src/test/resources/judge/sacrebleu.tsv"))) {
      List<String> cells = List.of(line.split("\t"));
      if (line.startsWith("#")) {
        continue;
      }
      together = Double.parseDouble(cells.get(0));
      if (cells.size() > 1) {
        candidates.add(cells.get(1));
        references.add(cells.subList(2, cells.size()));
        assertThat(100 * Bleu.sentence(cells.get(1), cells.subList(2, cells.size()), V13A))
            .as(line)
            .isCloseTo(together, within(1e-5));
      }
    }
    assertThat(candidates).hasSize(60);
    assertThat(100 * Bleu.corpus(candidates, references, V13A)).isCloseTo(together, within(1e-5));
  }

  // Values that the tests of mbrs (naist-nlp) expect of sacreBLEU's sentence BLEU.
  @ParameterizedTest
  @CsvSource({
    "this is a test, this is a test, 100",
    "another test, this is a test, 18.394",
    "this is a fest, this is a test, 59.460",
    "this is a test, ref, 0"
  })
  void short_sentences_have_the_bleu_of_sacrebleu(
      String sentence, String reference, double expected) {
    assertThat(100 * Bleu.sentence(sentence, List.of(reference), V13A))
        .isCloseTo(expected, within(1e-3));
  }

  // README of aac-metrics (Labbeti), cider_d: corpus 0.9614, sentences 1.3641 and 0.5587.
  @Test
  void cider_d_is_that_of_cocos_scorer() {
    List<String> speaking =
        List.of(
            "a man speaks.",
            "someone speaks.",
            "a man is speaking while a bird is chirping in the background");
    List<String> rain = List.of("rain is falling hard on a surface");
    CiderD cider = CiderD.over(List.of(speaking, rain));
    assertThat(cider.score("a man is speaking", speaking)).isCloseTo(1.3641, within(1e-4));
    assertThat(cider.score("rain falls", rain)).isCloseTo(0.5587, within(1e-4));
  }

  @Test
  void cider_d_of_the_only_reference_itself_is_ten() {
    List<String> dog = List.of("a brown dog runs over the grass");
    CiderD cider = CiderD.over(List.of(dog, List.of("two people talk loudly in rooms")));
    assertThat(cider.score("A brown dog runs over the grass.", dog)).isCloseTo(10, within(1e-9));
    assertThat(cider.score("", dog)).isZero();
    assertThat(CiderD.over(List.of(dog)).score(dog.get(0), dog)).isZero();
  }

  // The worked example of Lin (2004), section 3.1, where beta is 1.
  @ParameterizedTest
  @CsvSource({"police kill the gunman, 0.75", "the gunman kill police, 0.5"})
  void rouge_l_is_that_of_its_paper(String sentence, double expected) {
    List<List<String>> references = List.of(Words.bySpace("police killed the gunman"));
    assertThat(RougeL.score(Words.bySpace(sentence), references, 1)).isEqualTo(expected);
  }

  @Test
  void rouge_l_takes_the_best_shares_and_nothing_of_nothing() {
    List<List<String>> references = List.of(List.of("a", "b"), List.of("a", "b", "c", "d"));
    assertThat(RougeL.score(List.of("a", "b", "c", "x"), references, 1.2))
        .isCloseTo(2.44 * 0.75 * 1 / (1 + 1.44 * 0.75), within(1e-12));
    assertThat(RougeL.score(List.of(), references, 1.2)).isZero();
    assertThat(RougeL.score(List.of("z"), references, 1.2)).isZero();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "The Dog.|dog",
        "two dogs|2 dogs",
        "Twelve|12",
        "1,000 people|1000 people",
        "3.5 metres.|3.5 metres",
        "it's a t-shirt!|its t shirt",
        "ＹＥＳ|yes",
        "'  an   Apple , the  tree '|apple tree",
        "don’t|dont",
        "über-größe|über größe"
      })
  void form_is_taken_away(String text, String expected) {
    assertThat(Words.normalised(text)).isEqualTo(expected);
  }

  @Test
  void an_answer_of_form_alone_is_empty() {
    assertThat(Words.normalised(" The ... ")).isEmpty();
    assertThat(Words.normalised("")).isEmpty();
  }

  @Test
  void words_of_captions_are_those_of_the_penn_treebank() {
    assertThat(Words.ofCaptions("The man's dog isn't here -- it'll wait, at 3.5 m."))
        .containsExactly(
            "the", "man", "'s", "dog", "is", "n't", "here", "it", "'ll", "wait", "at", "3.5", "m");
  }

  @Test
  void words_of_translations_are_those_of_mteval() {
    assertThat(V13A.apply("Dr. Who, 1.5-fold &quot;yes&quot; (a/b)"))
        .containsExactly(
            "Dr", ".", "Who", ",", "1.5", "-", "fold", "\"", "yes", "\"", "(", "a", "/", "b", ")");
    assertThat(V13A.apply("Ümlaut".toLowerCase(Locale.ROOT))).containsExactly("ümlaut");
  }
}
