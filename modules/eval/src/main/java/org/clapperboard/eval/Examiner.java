package org.clapperboard.eval;

import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import org.clapperboard.data.Exchange;
import org.clapperboard.data.Modality;
import org.clapperboard.data.shard.MediaBuffers;
import org.clapperboard.data.shard.StoredSample;
import org.clapperboard.eval.EvalConfig.QuestionSet;
import org.clapperboard.eval.EvalConfig.Withhold;
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
final class Examiner implements AutoCloseable {
  private final VideoLlama2 model;
  private final Tokenizer tokenizer;
  private final Prompts prompts;
  private final Generator generator;
  private final MediaBuffers buffers;
  private final int frames;

  Examiner(VideoLlama2 model, Tokenizer tokenizer, int frames, int maxNewTokens) {
    this.model = model;
    this.tokenizer = tokenizer;
    this.prompts = tokenizer.prompts();
    this.generator = new Generator(model, Set.of(tokenizer.endId()), maxNewTokens);
    VisionConfig vision = model.config().sight() == null ? null : model.config().sight().encoder();
    boolean siglip = vision != null && vision.family() == VisionConfig.Family.SIGLIP;
    this.buffers =
        new MediaBuffers(
            siglip ? Preprocess.Encoder.SIGLIP : Preprocess.Encoder.CLIP,
            vision == null ? 1 : vision.imageSize(),
            VideoLlama2.MEL_BINS);
    this.frames = frames;
  }

  /** Answers all questions of some samples in one batch; a sample's media are encoded once. */
  List<Answer> ask(QuestionSet set, List<StoredSample> samples) {
    List<Example> questions = new ArrayList<>();
    for (StoredSample sample : samples) {
      List<Media> media = media(sample, set.withhold());
      for (Exchange exchange : sample.exchanges()) {
        String shown = media.isEmpty() ? "" : placeholder(media.get(0), sample.modality());
        Turn question = Turn.user(shown + exchange.question());
        questions.add(prompts.question(List.of(question)).with(media));
      }
    }
    List<int[]> given = generator.answer(questions);
    List<Answer> answers = new ArrayList<>();
    int next = 0;
    for (StoredSample sample : samples) {
      for (Exchange exchange : sample.exchanges()) {
        answers.add(
            new Answer(
                set.name(),
                sample.id(),
                sample.media(),
                exchange.question(),
                exchange.answer(),
                text(given.get(next++))));
      }
    }
    return answers;
  }

  private String text(int[] ids) {
    boolean ended = ids.length > 0 && ids[ids.length - 1] == tokenizer.endId();
    return tokenizer.decode(ended ? Arrays.copyOf(ids, ids.length - 1) : ids);
  }

  private List<Media> media(StoredSample sample, Withhold withhold) {
    Modality modality = sample.modality();
    Clip clip = modality.seen() && withhold != Withhold.SIGHT ? clip(sample) : null;
    FloatBuffer bank =
        modality.heard() && withhold != Withhold.SOUND ? buffers.bank(sample.sound()) : null;
    return clip == null && bank == null ? List.of() : List.of(new Media(clip, bank));
  }

  private Clip clip(StoredSample sample) {
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

  @Override
  public void close() {
    model.close();
    tokenizer.close();
  }
}
