package org.clapperboard.eval;

import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.commons.codec.digest.DigestUtils;
import org.apache.spark.api.java.JavaSparkContext;
import org.clapperboard.config.BadData;
import org.clapperboard.data.prepare.PrepareConfig.Settings;
import org.clapperboard.data.prepare.PrepareJob;
import org.clapperboard.data.prepare.QuarantineRule;
import org.clapperboard.data.recipe.Recipe;
import org.clapperboard.data.recipe.Repeats;
import org.clapperboard.data.recipe.SampleSpec;
import org.clapperboard.data.storage.Folder;
import org.clapperboard.eval.EvalConfig.Withhold;
import org.clapperboard.eval.benchmark.Benchmark;
import org.clapperboard.eval.benchmark.ExamRule;
import org.clapperboard.eval.benchmark.Extraction.Rule;
import org.clapperboard.eval.benchmark.Figure;
import org.clapperboard.eval.benchmark.Figures;
import org.clapperboard.eval.benchmark.Mark;
import org.clapperboard.eval.benchmark.Marked;
import org.clapperboard.eval.benchmark.Marking;
import org.clapperboard.eval.benchmark.Question;
import org.clapperboard.eval.benchmark.Submission;
import org.clapperboard.eval.judge.Judge;
import org.clapperboard.media.MediaLimits;
import org.clapperboard.media.SoundShape;
import org.clapperboard.media.pixels.Preprocess;
import org.clapperboard.model.ModelFolder;
import org.clapperboard.model.Sampling;
import org.clapperboard.model.vision.VisionConfig;

/**
 * An exam in a benchmark, from its publisher's files to figures. Runs on the driver.
 *
 * <p>Media are decoded once, into shards, as those of training are: other checkpoints of the same
 * model use them again. What cannot be decoded is in quarantine and is not asked about.
 */
public final class BenchmarkExam {
  private static final int SAMPLES_OF_A_SHARD = 256;
  private static final int DIGITS = 8;

  private final JavaSparkContext spark;
  private final BenchmarkConfig config;
  private final ModelFolder model;
  private final Folder results;
  private final EvaluateJob job;

  /**
   * An exam of a model.
   *
   * @param results where each set has a folder
   * @param job asks, and keeps answers there
   */
  public BenchmarkExam(
      JavaSparkContext spark,
      BenchmarkConfig config,
      ModelFolder model,
      Folder results,
      EvaluateJob job) {
    this.spark = spark;
    this.config = config;
    this.model = model;
    this.results = results;
    this.job = job;
  }

  /** Holds the exam, or goes on with it. */
  public SetResult hold(
      Benchmark benchmark, Judge judge, int tasks, EvaluateJob.Progress progress) {
    ExamRule exam = benchmark.exam();
    int frames = exam.frames() == 0 ? model.shown().frames() : exam.frames();
    Settings settings = settings(frames);
    String prepared = prepared(settings);
    QuarantineRule rule = new QuarantineRule(1, Set.of());
    Recipe recipe = media(benchmark.recipe());
    new PrepareJob(spark, recipe, settings, rule, prepared).run();
    ExamSet set =
        new ExamSet(
            benchmark.name(),
            prepared + "/" + recipe.name(),
            Withhold.NOTHING,
            asking(exam, frames),
            questions(benchmark, recipe),
            exam.subtitles() == null
                ? null
                : new ExamSet.SubtitleFiles(exam.subtitles(), benchmark.recipe().root()));
    List<Answered> answers = job.answers(ModelFiles.of(model), set, tasks, progress);
    return result(benchmark, set, answers, judge);
  }

  private ExamSet.Asking asking(ExamRule exam, int frames) {
    ExamRule.Decoding decoding = exam.decoding();
    int most = config.mostNewTokens();
    return new ExamSet.Asking(
        frames,
        new Sampling(decoding.temperature(), decoding.topP(), 0),
        most == 0 ? decoding.maxNewTokens() : Math.min(most, decoding.maxNewTokens()),
        config.batch(),
        exam.answerPrefix());
  }

  /** Media as the model is shown them. */
  private Settings settings(int frames) {
    VisionConfig vision = model.model().sight() == null ? null : model.model().sight().encoder();
    boolean siglip = vision != null && vision.family() == VisionConfig.Family.SIGLIP;
    return new Settings(
        List.of(frames),
        new Preprocess(
            siglip ? Preprocess.Encoder.SIGLIP : Preprocess.Encoder.CLIP,
            vision == null ? 1 : vision.imageSize(),
            switch (model.shown().aspect()) {
              case PAD -> Preprocess.Aspect.PAD;
              case SQUARE -> Preprocess.Aspect.AS_IS;
            }),
        config.encoding(),
        switch (model.shown().sound()) {
          case PAPER -> SoundShape.PAPER;
          case REFERENCE -> SoundShape.REFERENCE;
        },
        model.shown().soundSeconds(),
        SAMPLES_OF_A_SHARD,
        MediaLimits.DEFAULT);
  }

  /** One folder for all models that are shown media in the same way. */
  private String prepared(Settings settings) {
    String parent =
        config.prepared().isEmpty()
            ? results.path().getParent() + "/exam-media"
            : config.prepared();
    return parent + "/" + DigestUtils.sha256Hex(settings.toString()).substring(0, DIGITS);
  }

  /**
   * Media are decoded once, however many questions are about them; of a choice, each is its own.
   */
  private static Recipe media(Recipe recipe) {
    return recipe.take() == 0
        ? recipe.byMedium()
        : recipe.as(recipe.name() + "-" + recipe.take(), recipe.take());
  }

  /** The questions by the name of the stored sample. */
  private Map<String, List<Question>> questions(Benchmark benchmark, Recipe stored) {
    Map<String, List<Question>> questions = new LinkedHashMap<>();
    try {
      for (SampleSpec sample : benchmark.samples(spark.hadoopConfiguration())) {
        String name =
            stored.repeats() == Repeats.MEDIUM ? sample.medium(stored.root()) : sample.id();
        questions.computeIfAbsent(name, each -> new ArrayList<>()).add(benchmark.question(sample));
      }
    } catch (IOException e) {
      throw new BadData("Cannot evaluate " + benchmark.name() + ": " + e.getMessage(), e);
    }
    return questions;
  }

  private SetResult result(Benchmark benchmark, ExamSet set, List<Answered> answers, Judge judge) {
    ExamRule exam = benchmark.exam();
    Folder folder = results.folder(set.name());
    List<Marked> marked = marked(exam, set, answers, config.reading());
    List<Figure> figures = new ArrayList<>();
    List<Verdicts.Row> rows = new ArrayList<>();
    Judging judging = new Judging(exam, judge);
    if (exam.metric().judged()) {
      List<Judging.Item> items = new ArrayList<>();
      for (int i = 0; i < marked.size(); i++) {
        items.add(new Judging.Item(marked.get(i), answers.get(i).answer()));
      }
      if (judging.ofEvents()) {
        figures.addAll(judging.events(items));
      } else {
        Map<String, List<Judging.Said>> said = judging.verdicts(items);
        figures.addAll(judging.figures(said));
        said.forEach((measure, all) -> all.forEach(one -> rows.addAll(rows(exam, measure, one))));
      }
    } else {
      figures.addAll(Figures.of(exam, marked).figures());
      for (int i = 0; i < marked.size(); i++) {
        rows.add(row(exam, marked.get(i), answers.get(i).answer()));
      }
    }
    Verdicts.write(folder, rows);
    SetResult result =
        new SetResult(
            set.name(),
            set.dataset(),
            config.reading().name().toLowerCase(Locale.ROOT),
            exam.metric().judged() ? judge.name() : "",
            answers.size(),
            unasked(benchmark, set, answers),
            PreparedCounts.quarantined(set.dataset(), spark.hadoopConfiguration()),
            figures,
            byReference(exam, set, answers),
            exam.published(),
            judging.outcomes(),
            submission(exam, folder, all(set), marked),
            null);
    result.write(folder);
    return result;
  }

  private static long unasked(Benchmark benchmark, ExamSet set, List<Answered> answers) {
    long wanted = all(set).size();
    long take = benchmark.recipe().take();
    return (take == 0 ? wanted : Math.min(take, wanted)) - answers.size();
  }

  private static List<Figure> byReference(ExamRule exam, ExamSet set, List<Answered> answers) {
    boolean has = exam.answers().reference() != null && !exam.metric().judged();
    return has ? Figures.of(exam, marked(exam, set, answers, Rule.REFERENCE)).figures() : List.of();
  }

  private static List<Marked> marked(
      ExamRule exam, ExamSet set, List<Answered> answers, Rule rule) {
    Marking marking = Marking.of(exam, rule);
    Map<String, Question> questions =
        all(set).stream().collect(Collectors.toMap(Question::id, question -> question));
    return answers.stream()
        .map(one -> one.answer())
        .map(answer -> marking.mark(questions.get(answer.questionId()), answer.given()))
        .toList();
  }

  private static List<Question> all(ExamSet set) {
    return set.questions().values().stream().flatMap(List::stream).toList();
  }

  private static String submission(
      ExamRule exam, Folder folder, Collection<Question> asked, List<Marked> marked) {
    if (exam.submission() == null) {
      return "";
    }
    Submission submission = exam.submission().of(asked, marked);
    try (OutputStream out = folder.create(submission.name())) {
      out.write(submission.text().getBytes(StandardCharsets.UTF_8));
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot write " + folder.path(submission.name()), e);
    }
    return folder.path(submission.name()).toString();
  }

  private static Verdicts.Row row(ExamRule exam, Marked marked, Answer answer) {
    Boolean correct =
        marked.mark() == Mark.UNKNOWN ? null : (Boolean) (marked.mark() == Mark.RIGHT);
    return row(exam, marked, answer, correct, "", "", null, "");
  }

  private static List<Verdicts.Row> rows(ExamRule exam, String measure, Judging.Said said) {
    String outcome = said.verdict().outcome().name().toLowerCase(Locale.ROOT);
    String reply = said.verdict().given() ? said.verdict().reply() : said.verdict().why();
    return said.items().stream()
        .map(
            item ->
                row(
                    exam,
                    item.marked(),
                    item.answer(),
                    said.verdict().correct(),
                    measure,
                    outcome,
                    said.verdict().score(),
                    reply))
        .toList();
  }

  private static Verdicts.Row row(
      ExamRule exam,
      Marked marked,
      Answer answer,
      Boolean correct,
      String measure,
      String outcome,
      Double score,
      String reply) {
    Question question = marked.question();
    return new Verdicts.Row(
        question.set(),
        question.id(),
        answer.sampleId(),
        exam.groups().isEmpty() ? "" : question.fact(exam.groups().get(0)),
        marked.extracted().value(),
        marked.extracted().how().name().toLowerCase(Locale.ROOT),
        correct,
        measure,
        outcome,
        score,
        reply);
  }
}
