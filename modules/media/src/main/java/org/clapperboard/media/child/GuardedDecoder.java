package org.clapperboard.media.child;

import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import java.util.function.Supplier;
import org.clapperboard.config.InternalFailure;
import org.clapperboard.media.Decoded;
import org.clapperboard.media.FrameSet;
import org.clapperboard.media.MediaDecoder;
import org.clapperboard.media.MediaLimits;
import org.clapperboard.media.MediaSource;
import org.clapperboard.media.Pictures;
import org.clapperboard.media.Sound;
import org.clapperboard.media.SoundRequest;
import org.clapperboard.media.VideoRequest;
import org.clapperboard.media.pixels.RgbImage;

/**
 * Decodes in this process as long as that goes well, under a watchdog.
 *
 * <p>A file that does not come back a second after its time limit, or that ends with an error which
 * no file should cause, is read once more in a child process; what that says is the outcome. From
 * then on every file goes to the child: a thread that is stuck in native code cannot be ended, it
 * can only be left behind, and one is enough.
 */
public final class GuardedDecoder implements MediaDecoder {

  private final Supplier<MediaDecoder> elsewhere;
  private MediaDecoder here;
  private MediaDecoder child;
  private ExecutorService worker;

  private GuardedDecoder(MediaDecoder here, Supplier<MediaDecoder> elsewhere) {
    this.here = here;
    this.elsewhere = elsewhere;
  }

  /** A decoder whose child, should it need one, may have that large a Java heap. */
  public static GuardedDecoder of(int childHeapMegabytes) {
    return of(MediaDecoder.inProcess(), () -> new ChildDecoder(childHeapMegabytes));
  }

  /** The same with other decoders for the first and for the second attempt. */
  public static GuardedDecoder of(MediaDecoder here, Supplier<MediaDecoder> elsewhere) {
    return new GuardedDecoder(here, elsewhere);
  }

  /** No file is read in this process any more: something in it may have ended one before. */
  public GuardedDecoder distrusting() {
    giveUpHere();
    return this;
  }

  @Override
  public Decoded<FrameSet> frames(MediaSource source, VideoRequest request, MediaLimits limits) {
    return decode(source, limits, decoder -> decoder.frames(source, request, limits));
  }

  @Override
  public Decoded<RgbImage> picture(
      MediaSource source, Pictures.Orientation orientation, MediaLimits limits) {
    return decode(source, limits, decoder -> decoder.picture(source, orientation, limits));
  }

  @Override
  public Decoded<Sound> sound(MediaSource source, SoundRequest request, MediaLimits limits) {
    return decode(source, limits, decoder -> decoder.sound(source, request, limits));
  }

  @Override
  public void close() {
    giveUpHere();
    if (child != null) {
      child.close();
    }
  }

  private <T> Decoded<T> decode(
      MediaSource source, MediaLimits limits, Function<MediaDecoder, Decoded<T>> read) {
    Decoded<T> decoded = here == null ? null : watched(source, limits, read);
    if (decoded != null) {
      return decoded;
    }
    giveUpHere();
    if (child == null) {
      child = elsewhere.get();
    }
    return read.apply(child);
  }

  /** The outcome of this process, or null where there is none. */
  private <T> Decoded<T> watched(
      MediaSource source, MediaLimits limits, Function<MediaDecoder, Decoded<T>> read) {
    if (worker == null) {
      worker = Executors.newSingleThreadExecutor(GuardedDecoder::thread);
    }
    MediaDecoder decoder = here;
    Future<Decoded<T>> outcome = worker.submit(() -> read.apply(decoder));
    try {
      long patience = limits.timeout().plus(ChildDecoder.GRACE).toMillis();
      return outcome.get(patience, TimeUnit.MILLISECONDS);
    } catch (TimeoutException | ExecutionException e) {
      // An interrupt ends waits for storage; native code does not hear it.
      outcome.cancel(true);
      return null;
    } catch (InterruptedException e) {
      outcome.cancel(true);
      Thread.currentThread().interrupt();
      throw new InternalFailure("Cannot decode " + source.name() + ": interrupted", e);
    }
  }

  private void giveUpHere() {
    if (worker != null) {
      worker.shutdownNow();
      worker = null;
    }
    if (here != null) {
      here.close();
      here = null;
    }
  }

  private static Thread thread(Runnable task) {
    Thread thread = new Thread(task, "media-decoder");
    thread.setDaemon(true);
    return thread;
  }
}
