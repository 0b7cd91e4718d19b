package org.clapperboard.media.child;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.NoSuchFileException;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.clapperboard.config.InternalFailure;
import org.clapperboard.media.DecodeStats;
import org.clapperboard.media.Decoded;
import org.clapperboard.media.FrameSet;
import org.clapperboard.media.MediaDecoder;
import org.clapperboard.media.MediaLimits;
import org.clapperboard.media.MediaSource;
import org.clapperboard.media.Pictures;
import org.clapperboard.media.Reason;
import org.clapperboard.media.Sound;
import org.clapperboard.media.SoundRequest;
import org.clapperboard.media.VideoRequest;
import org.clapperboard.media.pixels.RgbImage;

/**
 * Decodes in a child process. A file that hangs the native library is ended at its time limit, and
 * one that crashes it costs the child only; the next file gets a new one.
 *
 * <p>The child asks for the file's bytes through a pipe, so any source will do. It stays alive
 * between files: a start takes about half a second, a file a few milliseconds more than here.
 */
public final class ChildDecoder implements MediaDecoder {

  // The child knows its limit too, and then answers with more detail than a kill leaves.
  static final Duration GRACE = Duration.ofSeconds(1);
  private static final Duration START_LIMIT = Duration.ofSeconds(60);

  private final Class<?> mainClass;
  private final int maxHeapMegabytes;
  private final ExecutorService server =
      Executors.newCachedThreadPool(
          task -> {
            Thread thread = new Thread(task, "media-child");
            thread.setDaemon(true);
            return thread;
          });
  private ChildProcess child;

  /** The first file starts the child, with this limit on its Java heap. */
  public ChildDecoder(int maxHeapMegabytes) {
    this(ChildWorker.class, maxHeapMegabytes);
  }

  ChildDecoder(Class<?> mainClass, int maxHeapMegabytes) {
    this.mainClass = mainClass;
    this.maxHeapMegabytes = maxHeapMegabytes;
  }

  @Override
  public Decoded<FrameSet> frames(MediaSource source, VideoRequest request, MediaLimits limits) {
    return decode(source, new Message.Frames(request), limits, FrameSet.class);
  }

  @Override
  public Decoded<RgbImage> picture(
      MediaSource source, Pictures.Orientation orientation, MediaLimits limits) {
    return decode(source, new Message.Picture(orientation), limits, RgbImage.class);
  }

  @Override
  public Decoded<Sound> sound(MediaSource source, SoundRequest request, MediaLimits limits) {
    return decode(source, new Message.Sounds(request), limits, Sound.class);
  }

  /** Ends the child. */
  @Override
  public void close() {
    drop();
    server.shutdownNow();
  }

  private <T> Decoded<T> decode(
      MediaSource source, Message.Wish wish, MediaLimits limits, Class<T> type) {
    ChildProcess running = running();
    Message.Task task = new Message.Task(source.name(), wish, limits);
    Future<Decoded<?>> outcome = server.submit(() -> converse(running.wire(), task, source));
    try {
      Decoded<?> decoded =
          outcome.get(limits.timeout().plus(GRACE).toMillis(), TimeUnit.MILLISECONDS);
      return typed(decoded, type);
    } catch (TimeoutException e) {
      drop();
      // A source that waits for its storage hears of the end, too.
      outcome.cancel(true);
      return rejected(source, Reason.TIMEOUT, "ended after " + limits.timeout().toMillis() + " ms");
    } catch (ExecutionException e) {
      return broken(source, running, e.getCause());
    } catch (InterruptedException e) {
      drop();
      Thread.currentThread().interrupt();
      throw new InternalFailure("Cannot decode " + source.name() + ": interrupted", e);
    }
  }

  private <T> Decoded<T> broken(MediaSource source, ChildProcess running, Throwable cause) {
    String end = cause instanceof IOException ? running.epitaph() : "";
    drop();
    if (cause instanceof IOException) {
      return rejected(source, Reason.CRASHED, "the decoding process died: " + end);
    }
    throw new InternalFailure("Cannot decode " + source.name() + ": " + cause, cause);
  }

  /** Answers the child's questions until it has an outcome. */
  private static Decoded<?> converse(Wire wire, Message.Task task, MediaSource source)
      throws IOException {
    wire.send(task);
    while (true) {
      Message message = wire.receive();
      if (message instanceof Message.Done done) {
        return done.outcome();
      }
      if (message instanceof Message.Died died) {
        return rejected(source, Reason.CRASHED, "decoding failed with " + died.why());
      }
      wire.send(answer(message, source));
    }
  }

  private static Message answer(Message question, MediaSource source) {
    try {
      if (question instanceof Message.AskBytes ask) {
        byte[] bytes = new byte[ask.length()];
        int count = source.read(ask.position(), bytes, 0, bytes.length);
        return new Message.Bytes(new Message.Block(Arrays.copyOf(bytes, Math.max(count, 0))));
      }
      return new Message.Size(source.size());
    } catch (UncheckedIOException e) {
      boolean missing =
          e.getCause() instanceof NoSuchFileException
              || e.getCause() instanceof FileNotFoundException;
      return new Message.Unreadable(missing, e.getCause().getMessage());
    }
  }

  @SuppressWarnings("unchecked")
  private static <T> Decoded<T> typed(Decoded<?> decoded, Class<T> type) {
    if (decoded instanceof Decoded.Ok<?> ok) {
      return new Decoded.Ok<>(type.cast(ok.value()), ok.stats());
    }
    return (Decoded<T>) decoded;
  }

  private static <T> Decoded<T> rejected(MediaSource source, Reason reason, String why) {
    return new Decoded.Rejected<>(
        reason, "Cannot read " + source.name() + ": " + why, DecodeStats.NONE);
  }

  private ChildProcess running() {
    if (child != null) {
      return child;
    }
    try {
      child = ChildProcess.spawn(mainClass, maxHeapMegabytes);
      server.submit(child::greet).get(START_LIMIT.toSeconds(), TimeUnit.SECONDS);
      return child;
    } catch (IOException | ExecutionException | TimeoutException e) {
      drop();
      throw new InternalFailure("Cannot start a decoding process: " + e, e);
    } catch (InterruptedException e) {
      drop();
      Thread.currentThread().interrupt();
      throw new InternalFailure("Cannot start a decoding process: interrupted", e);
    }
  }

  private void drop() {
    if (child != null) {
      child.close();
      child = null;
    }
  }
}
