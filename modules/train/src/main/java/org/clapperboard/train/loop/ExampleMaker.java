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
  private final Prompts prompts;
  private final Prompts.Style style;
  private final MediaBuffers buffers;
  private final int frames;

  /** A maker that shows clips with that many frames. */
  public ExampleMaker(Prompts prompts, Prompts.Style style, MediaBuffers buffers, int frames) {
    this.prompts = prompts;
    this.style = style;
    this.buffers = buffers;
    this.frames = frames;
  }

  /** The whole conversation of a sample, to be learned from. */
  public Example training(StoredSample sample) {
    List<Turn> turns = new ArrayList<>();
    for (Exchange exchange : sample.exchanges()) {
      String shown = turns.isEmpty() ? placeholder(sample.modality()) : "";
      turns.add(Turn.user(shown + exchange.question()));
      turns.add(Turn.assistant(exchange.answer()));
    }
    return prompts.training(turns, style).with(media(sample));
  }

  private static String placeholder(Modality modality) {
    return switch (modality) {
      case IMAGE -> Placeholder.IMAGE.text() + "\n";
      case VIDEO, AUDIO_VISUAL -> Placeholder.VIDEO.text() + "\n";
      case AUDIO -> Placeholder.AUDIO.text() + "\n";
      case TEXT -> "";
    };
  }

  private List<Media> media(StoredSample sample) {
    if (sample.modality() == Modality.TEXT) {
      return List.of();
    }
    Clip clip = sample.modality().seen() ? clip(sample) : null;
    FloatBuffer bank = sample.modality().heard() ? buffers.bank(sample.sound()) : null;
    return List.of(new Media(clip, bank));
  }

  private Clip clip(StoredSample sample) {
    boolean still = sample.modality() == Modality.IMAGE;
    List<byte[]> shown = still ? sample.frames().encoded() : sample.frames().shown(frames);
    return new Clip(buffers.pixels(shown), frames);
  }
}
