package org.clapperboard.train.loop;

import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.List;
import org.clapperboard.data.Exchange;
import org.clapperboard.data.Modality;
import org.clapperboard.data.shard.MediaBuffers;
import org.clapperboard.data.shard.StoredSample;
import org.clapperboard.model.Example;
import org.clapperboard.model.Example.Clip;
import org.clapperboard.model.Example.Media;
import org.clapperboard.model.prompt.Placeholder;
import org.clapperboard.model.prompt.Prompts;
import org.clapperboard.model.prompt.Turn;

/** Stored samples to rows of a batch: prompts to tokens, media to floats. One thread at a time. */
public final class ExampleMaker {
  private final Text text;
  private final MediaBuffers buffers;
  private final int frames;

  /** What is written around a sample's media. */
  public interface Text {
    /** The ids and labels of a sample; any thread may ask. */
    Prompts.Tokens of(StoredSample sample);

    /** The whole conversation, to be learned from. */
    static Text conversations(Prompts prompts, Prompts.Style style) {
      return sample -> prompts.training(turns(sample.modality(), sample.exchanges()), style);
    }

    /** The first question alone, to be answered. */
    static Text questions(Prompts prompts) {
      return sample -> prompts.question(turns(sample.modality(), sample.exchanges()).subList(0, 1));
    }

    /** The placeholder alone: for encoders, which never see text. */
    static Text none() {
      return sample -> {
        int id = placeholder(sample.modality()).id();
        return new Prompts.Tokens(new int[] {id}, new int[] {Example.IGNORED});
      };
    }
  }

  /** A maker that shows clips with that many frames. */
  public ExampleMaker(Text text, MediaBuffers buffers, int frames) {
    this.text = text;
    this.buffers = buffers;
    this.frames = frames;
  }

  /** A sample as a row of a batch. */
  public Example training(StoredSample sample) {
    return training(sample, null);
  }

  /**
   * The same where the vision encoder has seen the sample before.
   *
   * @param features what it made of it, or null if it has not
   */
  Example training(StoredSample sample, FloatBuffer features) {
    return text.of(sample).with(media(sample, features));
  }

  /** What is said of a medium, which the first question shows. */
  public static List<Turn> turns(Modality modality, List<Exchange> exchanges) {
    List<Turn> turns = new ArrayList<>();
    for (Exchange exchange : exchanges) {
      boolean shows = turns.isEmpty() && modality != Modality.TEXT;
      String shown = shows ? placeholder(modality).text() + "\n" : "";
      turns.add(Turn.user(shown + exchange.question()));
      turns.add(Turn.assistant(exchange.answer()));
    }
    return turns;
  }

  private static Placeholder placeholder(Modality modality) {
    return switch (modality) {
      case IMAGE -> Placeholder.IMAGE;
      case VIDEO, AUDIO_VISUAL -> Placeholder.VIDEO;
      case AUDIO -> Placeholder.AUDIO;
      case TEXT -> throw new IllegalArgumentException("a text has no media");
    };
  }

  /** The encoded frames of a sample that a clip of so many shows; of a picture it is the one. */
  static List<byte[]> shown(StoredSample sample, int frames) {
    boolean still = sample.modality() == Modality.IMAGE;
    return still ? sample.frames().encoded() : sample.frames().shown(frames);
  }

  private List<Media> media(StoredSample sample, FloatBuffer features) {
    if (sample.modality() == Modality.TEXT) {
      return List.of();
    }
    Clip clip = sample.modality().seen() ? clip(sample, features) : null;
    FloatBuffer bank = sample.modality().heard() ? buffers.bank(sample.sound()) : null;
    return List.of(new Media(clip, bank));
  }

  private Clip clip(StoredSample sample, FloatBuffer features) {
    return features == null
        ? new Clip(buffers.pixels(shown(sample, frames)), frames)
        : Clip.encoded(features, frames);
  }
}
