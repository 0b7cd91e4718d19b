package org.clapperboard.eval.judge;

import static java.util.stream.Collectors.toSet;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;
import org.clapperboard.eval.judge.Verdict.Outcome;
import org.clapperboard.eval.judge.text.Bleu;
import org.clapperboard.eval.judge.text.CiderD;
import org.clapperboard.eval.judge.text.RougeL;
import org.clapperboard.eval.judge.text.Words;

/**
 * Judges without a network: how alike an answer and the right ones are as texts, 0 to 1. An answer
 * is right from a threshold on, and its score is that likeness on the prompt's scale. The same for
 * every prompt: texts say nothing of temporal order or themes.
 *
 * <p>This lets an exam run anywhere, and shows whether a model gets better. It is no stand-in for a
 * judge that reads: such figures cannot be compared with published ones, nor with an endpoint's.
 */
public final class OfflineJudge implements Judge {
  private static final Pattern SENTENCE_END = Pattern.compile("(?<=[.!?;])\\s+|\\n+");

  /** What texts are compared by. */
  public enum Likeness {
    /** 1 if it is the right answer to the letter, else 0. */
    EXACT,
    /** 1 if it is the right answer when its form is taken away, else 0. */
    NORMALISED,
    /** Sentence BLEU-4 as sacreBLEU computes it, on words in lower case. */
    BLEU,
    /** ROUGE-L as for COCO's captions. */
    ROUGE_L,
    /** A tenth of CIDEr-D; words are weighed by the references of all cases. */
    CIDER
  }

  private final Likeness likeness;
  private final double threshold;

  /**
   * A judge.
   *
   * @param threshold likeness from which an answer is right, 0 to 1
   */
  public OfflineJudge(Likeness likeness, double threshold) {
    this.likeness = likeness;
    this.threshold = threshold;
  }

  @Override
  public List<Verdict> judge(JudgePrompt prompt, List<JudgeCase> cases) {
    cases.forEach(prompt::require);
    CiderD cider = CiderD.over(cases.stream().map(JudgeCase::references).toList());
    return cases.stream().map(one -> judge(prompt, one, cider)).toList();
  }

  private Verdict judge(JudgePrompt prompt, JudgeCase one, CiderD cider) {
    return switch (prompt.form()) {
      case EVENTS -> events(one);
      case LABELS -> labels(one);
      case YES_NO_AND_SCORE, SCORE -> {
        double like = like(one, cider);
        Boolean correct =
            prompt.form() == JudgePrompt.ReplyForm.SCORE ? null : (Boolean) (like >= threshold);
        yield Verdict.of(Outcome.STRICT, correct, like * prompt.best(), said(like));
      }
    };
  }

  /** How alike the least alike prediction is; two answers to one question are compared as well. */
  private double like(JudgeCase one, CiderD cider) {
    List<Double> likes = new ArrayList<>();
    for (String prediction : one.predictions()) {
      likes.add(like(prediction, one.references(), cider));
    }
    if (one.predictions().size() == 2) {
      likes.add(like(one.predictions().get(0), List.of(one.predictions().get(1)), cider));
    }
    return likes.stream().mapToDouble(like -> like).min().orElseThrow();
  }

  private double like(String prediction, List<String> references, CiderD cider) {
    return switch (likeness) {
      case EXACT -> references.contains(prediction) ? 1 : 0;
      case NORMALISED -> {
        String normalised = Words.normalised(prediction);
        yield references.stream().map(Words::normalised).anyMatch(normalised::equals) ? 1 : 0;
      }
      case BLEU ->
          Bleu.sentence(
              prediction, references, text -> Words.ofTranslations(text.toLowerCase(Locale.ROOT)));
      case ROUGE_L ->
          RougeL.score(
              Words.ofCaptions(prediction),
              references.stream().map(Words::ofCaptions).toList(),
              RougeL.COCO_BETA);
      case CIDER -> Math.min(1, cider.score(prediction, references) / 10);
    };
  }

  /** Every sentence is an event. */
  private Verdict events(JudgeCase one) {
    List<String> sentences =
        Arrays.stream(SENTENCE_END.split(one.predictions().get(0)))
            .map(String::strip)
            .filter(sentence -> !sentence.isEmpty())
            .toList();
    return new Verdict(Outcome.STRICT, null, null, sentences, sentences.size() + " sentences", "");
  }

  /** An event follows from a description that has enough of its words. */
  private Verdict labels(JudgeCase one) {
    Set<String> told = words(one.references().get(0));
    List<String> labels = new ArrayList<>();
    for (String event : one.predictions()) {
      Set<String> words = words(event);
      long there = words.stream().filter(told::contains).count();
      boolean follows = !words.isEmpty() && there >= threshold * words.size();
      labels.add(follows ? ReplyLists.ENTAILMENT : ReplyLists.NEUTRAL);
    }
    double share = ReplyLists.entailed(labels);
    return new Verdict(Outcome.STRICT, null, share, labels, said(share), "");
  }

  private static Set<String> words(String text) {
    return Words.bySpace(Words.normalised(text)).stream().collect(toSet());
  }

  private String said(double like) {
    return String.format(
        Locale.ROOT, "%s %.4f", likeness.name().toLowerCase(Locale.ROOT).replace('_', '-'), like);
  }

  @Override
  public String name() {
    return String.format(
        Locale.ROOT,
        "offline, %s, right from %s (not comparable with published figures)",
        likeness.name().toLowerCase(Locale.ROOT).replace('_', '-'),
        threshold);
  }

  @Override
  public void close() {
    // Keeps nothing.
  }
}
