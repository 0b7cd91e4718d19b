package org.clapperboard.eval;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.hadoop.conf.Configuration;
import org.clapperboard.data.Modality;
import org.clapperboard.data.recipe.SampleHash;
import org.clapperboard.data.shard.MediaBuffers;
import org.clapperboard.data.shard.StoredSample;
import org.clapperboard.data.storage.Folder;
import org.clapperboard.eval.EvalConfig.Withhold;
import org.clapperboard.eval.benchmark.Question;
import org.clapperboard.media.FrameSampler;
import org.clapperboard.media.pixels.Preprocess;
import org.clapperboard.model.Example;
import org.clapperboard.model.Example.Clip;
import org.clapperboard.model.Example.Media;
import org.clapperboard.model.Generator;
import org.clapperboard.model.VideoLlama2;
import org.clapperboard.model.prompt.Placeholder;
import org.clapperboard.model.prompt.Prompts;
import org.clapperboard.model.prompt.Tokenizer;
import org.clapperboard.model.prompt.Turn;
import org.clapperboard.model.vision.VisionConfig;

/** Asks a loaded model the questions of stored samples, each by itself. One thread at a time. */
public final class Examiner implements AutoCloseable {
  private final VideoLlama2 model;
  private final Tokenizer tokenizer;
  private final Prompts prompts;
  private final MediaBuffers buffers;
  private final Configuration hadoop;

  /** An examiner of a model that is in memory. */
  public Examiner(VideoLlama2 model, Tokenizer tokenizer, Configuration hadoop) {
    this.hadoop = hadoop;
    this.model = model;
    this.tokenizer = tokenizer;
    this.prompts = tokenizer.prompts();
    VisionConfig vision = model.config().sight() == null ? null : model.config().sight().encoder();
    boolean siglip = vision != null && vision.family() == VisionConfig.Family.SIGLIP;
    this.buffers =
        new MediaBuffers(
            siglip ? Preprocess.Encoder.SIGLIP : Preprocess.Encoder.CLIP,
            vision == null ? 1 : vision.imageSize(),
            VideoLlama2.MEL_BINS);
  }

  /** An examiner of the model in those files. */
  static Examiner load(ModelFiles files, Configuration hadoop) {
    return new Examiner(files.load(hadoop), Tokenizer.open(Path.of(files.tokenizer())), hadoop);
  }

  /** A question, with the sample it is about. */
  private record Asked(StoredSample sample, Question question) {}

  /** Answers all questions about some samples, a batch at a time. */
  public synchronized List<Answered> ask(ExamSet set, List<StoredSample> samples) {
    List<Asked> asked = new ArrayList<>();
    for (StoredSample sample : samples) {
      set.about(sample).forEach(question -> asked.add(new Asked(sample, question)));
    }
    List<Answered> answers = new ArrayList<>();
    Map<String, List<Media>> shown = new HashMap<>();
    for (int from = 0; from < asked.size(); from += set.asking().batch()) {
      List<Asked> batch = asked.subList(from, Math.min(asked.size(), from + set.asking().batch()));
      // A sample may have questions in several batches; in one, its media are encoded once.
      shown.keySet().retainAll(batch.stream().map(one -> one.sample().id()).toList());
      answers.addAll(batch(set, batch, shown));
    }
    return answers;
  }

  private List<Answered> batch(ExamSet set, List<Asked> batch, Map<String, List<Media>> shown) {
    long start = System.nanoTime();
    List<String> asked = new ArrayList<>();
    List<Example> examples = new ArrayList<>();
    for (Asked one : batch) {
      List<Media> media =
          shown.computeIfAbsent(
              one.sample().id(), id -> media(one.sample(), set.withhold(), set.asking().frames()));
      String placeholder =
          media.isEmpty() ? "" : placeholder(media.get(0), one.sample().modality());
      String prompt = placeholder + text(set, one.question(), one.sample());
      asked.add(prompt);
      examples.add(prompts.question(List.of(Turn.user(prompt)), set.asking().begun()).with(media));
    }
    List<int[]> given =
        new Generator(model, Set.of(tokenizer.endId()), set.asking().maxNewTokens())
            .choosing(set.asking().sampling())
            .seeded(batch.stream().mapToLong(one -> seed(set, one.question())).toArray())
            .answer(examples);
    double seconds = (System.nanoTime() - start) / 1e9 / batch.size();
    List<Answered> answers = new ArrayList<>();
    for (int i = 0; i < batch.size(); i++) {
      answers.add(answered(set, batch.get(i), asked.get(i), given.get(i), seconds));
    }
    return answers;
  }

  private String text(ExamSet set, Question question, StoredSample sample) {
    if (set.subtitles() == null) {
      return question.prompt();
    }
    List<Integer> frames = shown(sample.frames(), set.asking().frames());
    try {
      return set.subtitles()
          .prompt(question, sample, frames, Folder.of(set.subtitles().root(), hadoop));
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot read the subtitles of " + sample.media(), e);
    }
  }

  /** Where tokens are drawn, those of an answer do not depend on what it was asked beside. */
  private static long seed(ExamSet set, Question question) {
    return SampleHash.of(set.asking().sampling().seed(), "answer", question.id());
  }

  private Answered answered(ExamSet set, Asked asked, String prompt, int[] ids, double seconds) {
    StoredSample sample = asked.sample();
    Question question = asked.question();
    boolean seen = prompt.startsWith(Placeholder.VIDEO.text());
    return new Answered(
        new Answer(
            set.name(),
            question.id(),
            sample.id(),
            sample.media(),
            question.prompt(),
            question.references().isEmpty() ? "" : question.references().get(0),
            set.asking().begun() + text(ids)),
        sample.startSeconds(),
        sample.endSeconds(),
        seen ? shown(sample.frames(), set.asking().frames()) : List.of(),
        prompt,
        ids.length,
        seconds);
  }

  private static List<Integer> shown(StoredSample.Frames frames, int count) {
    FrameSampler.Range range = new FrameSampler.Range(frames.firstFrame(), frames.lastFrame());
    return Arrays.stream(FrameSampler.uniform(range, count)).boxed().toList();
  }

  private String text(int[] ids) {
    boolean ended = ids.length > 0 && ids[ids.length - 1] == tokenizer.endId();
    return tokenizer.decode(ended ? Arrays.copyOf(ids, ids.length - 1) : ids);
  }

  private List<Media> media(StoredSample sample, Withhold withhold, int frames) {
    Modality modality = sample.modality();
    Clip clip = modality.seen() && withhold != Withhold.SIGHT ? clip(sample, frames) : null;
    FloatBuffer bank =
        modality.heard() && withhold != Withhold.SOUND ? buffers.bank(sample.sound()) : null;
    return clip == null && bank == null ? List.of() : List.of(new Media(clip, bank));
  }

  private Clip clip(StoredSample sample, int frames) {
    boolean still = sample.modality() == Modality.IMAGE;
    List<byte[]> shown = still ? sample.frames().encoded() : sample.frames().shown(frames);
    return new Clip(buffers.pixels(shown), frames);
  }

  private static String placeholder(Media media, Modality modality) {
    Placeholder placeholder =
        media.clip() == null
            ? Placeholder.AUDIO
            : modality == Modality.IMAGE ? Placeholder.IMAGE : Placeholder.VIDEO;
    return placeholder.text() + "\n";
  }

  /** Closes model and tokenizer. */
  @Override
  public void close() {
    model.close();
    tokenizer.close();
  }
}
