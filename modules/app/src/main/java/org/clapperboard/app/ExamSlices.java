package org.clapperboard.app;

import java.io.IOException;
import java.io.Serializable;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.clapperboard.config.BadData;
import org.clapperboard.config.ConfigFile;
import org.clapperboard.config.Problems;
import org.clapperboard.data.recipe.SampleSpec;
import org.clapperboard.data.shard.PreparedDataset;
import org.clapperboard.data.shard.StoredSample;
import org.clapperboard.data.storage.Folder;
import org.clapperboard.eval.Answer;
import org.clapperboard.eval.Answered;
import org.clapperboard.eval.EvalConfig.Withhold;
import org.clapperboard.eval.ExamSet;
import org.clapperboard.eval.Examiner;
import org.clapperboard.eval.benchmark.Benchmark;
import org.clapperboard.eval.benchmark.Extraction;
import org.clapperboard.eval.benchmark.Mark;
import org.clapperboard.eval.benchmark.Marking;
import org.clapperboard.eval.benchmark.Question;
import org.clapperboard.model.Sampling;
import org.clapperboard.model.VideoLlama2;
import org.clapperboard.model.prompt.Tokenizer;
import org.clapperboard.train.StagePlan;
import org.clapperboard.train.config.ExamSlicesConfig;
import org.clapperboard.train.config.ExamSlicesConfig.Slice;
import org.clapperboard.train.config.StageConfig;
import org.clapperboard.train.loop.SliceExam;

/**
 * The exam slices of a stage, asked by what exams are asked by, always for the likeliest tokens.
 *
 * @param asked the sets, in the order of the stage's file
 */
record ExamSlices(List<Asked> asked) implements SliceExam {

  /**
   * A set of questions.
   *
   * @param set the questions
   * @param marking tells right answers; null where they are compared letter for letter
   */
  record Asked(ExamSet set, Marking marking) implements Serializable {

    /** How some answers are; a question whose right answer nobody here knows does not count. */
    SliceExam.Tally tally(List<Answered> answers) {
      List<Mark> marks = answers.stream().map(Answered::answer).map(this::mark).toList();
      long unknown = marks.stream().filter(mark -> mark == Mark.UNKNOWN).count();
      long right = marks.stream().filter(mark -> mark == Mark.RIGHT).count();
      return new SliceExam.Tally(marks.size() - unknown, right);
    }

    private Mark mark(Answer answer) {
      if (marking == null) {
        return answer.right() ? Mark.RIGHT : Mark.WRONG;
      }
      Question question =
          set.questions().get(answer.sampleId()).stream()
              .filter(one -> one.id().equals(answer.questionId()))
              .findFirst()
              .orElseThrow();
      return marking.mark(question, answer.given()).mark();
    }
  }

  ExamSlices {
    asked = List.copyOf(asked);
  }

  /**
   * Those of a plan, or null if it has none.
   *
   * @throws org.clapperboard.config.BadConfig if a benchmark cannot be asked like this
   */
  static ExamSlices of(StagePlan plan, Configuration hadoop) {
    StageConfig config = plan.config();
    ExamSlicesConfig slices = config.examSlices();
    check(plan, hadoop);
    List<Asked> asked = new ArrayList<>();
    for (Slice slice : slices.sets()) {
      asked.add(
          slice.isBenchmark()
              ? ofBenchmark(config, slice, hadoop)
              : new Asked(
                  new ExamSet(
                      slice.name(),
                      slice.preparedIn(config.data()) + "/" + slice.dataset(),
                      Withhold.NOTHING,
                      asking(config, config.data().frames(), slices.maxNewTokens(), ""),
                      null,
                      null),
                  null));
    }
    return asked.isEmpty() ? null : new ExamSlices(asked);
  }

  private static ExamSet.Asking asking(StageConfig config, int frames, int most, String begun) {
    return new ExamSet.Asking(frames, Sampling.GREEDY, most, config.batch().micro(), begun);
  }

  private static Benchmark benchmark(StageConfig config, Slice slice) {
    return ConfigFile.read(
        Path.of(slice.benchmark()),
        List.of(),
        file -> Benchmark.read(file, slice.root(), config.seed()));
  }

  private static int frames(Benchmark benchmark, StageConfig config) {
    int wanted = benchmark.exam().frames();
    return wanted == 0 ? config.data().frames() : wanted;
  }

  /**
   * Tells what is wrong with benchmarks before anything is started; what is not prepared yet is
   * told by the plan.
   */
  static void check(StagePlan plan, Configuration hadoop) {
    StageConfig config = plan.config();
    Problems problems = new Problems();
    for (int i = 0; i < config.examSlices().sets().size(); i++) {
      Slice slice = config.examSlices().sets().get(i);
      if (slice.isBenchmark()) {
        String key = "exam-slices.sets[" + i + "].benchmark";
        check(plan.file(), key, benchmark(config, slice), slice, config, hadoop, problems);
      }
    }
    problems.throwIfAny();
  }

  private static void check(
      ConfigFile file,
      String key,
      Benchmark benchmark,
      Slice slice,
      StageConfig config,
      Configuration hadoop,
      Problems problems) {
    if (benchmark.exam().metric().judged()) {
      problems.add(
          file.problem(
              key,
              "a benchmark whose answers are compared",
              "A judge is asked about those of "
                  + benchmark.name()
                  + ": evaluate a checkpoint instead."));
    }
    Folder folder = Folder.of(slice.preparedIn(config.data()), hadoop).folder(slice.dataset());
    PreparedDataset dataset = PreparedDataset.in(folder);
    int frames = frames(benchmark, config);
    boolean stills = dataset == null || dataset.frameCounts().isEmpty();
    if (!stills && !dataset.frameCounts().contains(frames)) {
      problems.add(
          file.problem(
              key,
              "a benchmark that shows one of "
                  + dataset.frameCounts()
                  + " frames, which "
                  + folder
                  + " was prepared for",
              "It shows " + frames + "."));
    }
  }

  private static Asked ofBenchmark(StageConfig config, Slice slice, Configuration hadoop) {
    Benchmark benchmark = benchmark(config, slice);
    int most =
        Math.min(config.examSlices().maxNewTokens(), benchmark.exam().decoding().maxNewTokens());
    ExamSet set =
        new ExamSet(
            slice.name(),
            slice.preparedIn(config.data()) + "/" + slice.dataset(),
            Withhold.NOTHING,
            asking(config, frames(benchmark, config), most, benchmark.exam().answerPrefix()),
            questions(benchmark, hadoop),
            benchmark.exam().subtitles() == null
                ? null
                : new ExamSet.SubtitleFiles(benchmark.exam().subtitles(), slice.root()));
    return new Asked(set, Marking.of(benchmark.exam(), Extraction.Rule.CAREFUL));
  }

  /** Samples are named after their question, or after a medium that several are about. */
  private static Map<String, List<Question>> questions(Benchmark benchmark, Configuration hadoop) {
    Map<String, List<Question>> questions = new LinkedHashMap<>();
    try {
      for (SampleSpec sample : benchmark.samples(hadoop)) {
        Question question = benchmark.question(sample);
        Stream.of(sample.id(), sample.medium(benchmark.recipe().root()))
            .distinct()
            .forEach(
                name -> questions.computeIfAbsent(name, each -> new ArrayList<>()).add(question));
      }
    } catch (IOException e) {
      throw new BadData("Cannot ask " + benchmark.name() + ": " + e.getMessage(), e);
    }
    return questions;
  }

  @Override
  public Questioner on(VideoLlama2 model, Tokenizer tokenizer, Configuration hadoop) {
    Examiner examiner = new Examiner(model, tokenizer, hadoop);
    return (number, samples) -> tally(examiner, number, samples);
  }

  private Tally tally(Examiner examiner, int number, List<StoredSample> samples) {
    Asked one = asked.get(number);
    return one.tally(examiner.ask(one.set(), samples));
  }
}
