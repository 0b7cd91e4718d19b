package org.clapperboard.serve;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.clapperboard.config.BadData;
import org.clapperboard.eval.MediaFiles;
import org.clapperboard.media.Clip;
import org.clapperboard.media.MediaDecoder;
import org.clapperboard.media.MediaLimits;
import org.clapperboard.media.child.GuardedDecoder;
import org.clapperboard.model.prompt.Conversation;

/**
 * Turns what requests show into what the model takes. Nobody knows who made the files, so they are
 * decoded in processes of their own, which may die of them. Bytes out of requests lie in files of a
 * folder of this server alone, as long as they are decoded.
 */
final class MediaIntake implements AutoCloseable {
  private static final int DECODERS = 2;
  private static final int HEAP_MEGABYTES = 768;
  private static final long MOST_PIXELS = 32_000_000;
  private static final Duration LONGEST = Duration.ofMinutes(10);

  private final ServedModel served;
  private final AllowedFolder folder;
  private final MediaLimits limits;
  private final long longestWait;
  private final ServeMetrics metrics;
  private final Path uploads;
  private final BlockingQueue<MediaDecoder> decoders = new ArrayBlockingQueue<>(DECODERS);

  MediaIntake(ServedModel served, ServeConfig config, ServeMetrics metrics) throws IOException {
    this.served = served;
    this.folder = new AllowedFolder(config.folder());
    this.longestWait = config.limits().answer().toMillis();
    this.limits =
        MediaLimits.DEFAULT
            .withMaxBytes(config.limits().mediaBytes())
            .withMaxPixels(MOST_PIXELS)
            .withMaxDuration(LONGEST)
            .withTimeout(config.limits().read());
    this.metrics = metrics;
    this.uploads = Files.createTempDirectory("clapperboard-uploads");
    for (int i = 0; i < DECODERS; i++) {
      decoders.add(GuardedDecoder.of(HEAP_MEGABYTES).distrusting());
    }
  }

  /**
   * What the model is shown of a part.
   *
   * @throws Refusal if there is nothing that can be shown
   */
  Conversation.Medium medium(MediaPart part) {
    if (part.base64() != null) {
      return uploaded(decoded(part), part.place(), file -> medium(part, file));
    }
    Path file = folder.file(part.reference(), part.place());
    requireSize(file.toFile().length(), part.place());
    return medium(part, file);
  }

  private Conversation.Medium medium(MediaPart part, Path file) {
    return read(
        part.within(),
        part.place(),
        file,
        files ->
            switch (part.kind()) {
              case IMAGE -> files.image(file);
              case VIDEO -> files.video(file, part.mute());
              case AUDIO -> files.audio(file);
            });
  }

  /** Has a file read in one of the processes that decode; its complaint is the client's. */
  <T> T read(Clip within, String place, Path file, Function<MediaFiles, T> reading) {
    long start = System.nanoTime();
    MediaDecoder decoder = take();
    try {
      return reading.apply(new MediaFiles(served.folder(), within, decoder, limits));
    } catch (BadData e) {
      // Where it lies here is nobody's business.
      String why = e.getMessage().replaceFirst("^Cannot read the file: ", "");
      throw new Refusal(400, "invalid_media", place, why.replace(file.toString(), "the file"));
    } finally {
      decoders.add(decoder);
      metrics.medium(System.nanoTime() - start);
    }
  }

  /** Has bytes used as a file, which is gone afterwards. */
  <T> T uploaded(byte[] bytes, String place, Function<Path, T> use) {
    requireSize(bytes.length, place);
    try {
      Path file = Files.createTempFile(uploads, "upload", "");
      try {
        Files.write(file, bytes);
        return use.apply(file);
      } finally {
        Files.deleteIfExists(file);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Where bytes out of requests lie while they are looked at. */
  Path uploads() {
    return uploads;
  }

  private byte[] decoded(MediaPart part) {
    requireSize(part.base64().length() / 4 * 3L - 2, part.place());
    try {
      return Base64.getDecoder().decode(part.base64());
    } catch (IllegalArgumentException e) {
      throw new Refusal(400, "invalid_base64", part.place(), "Not base64: " + e.getMessage() + ".");
    }
  }

  private void requireSize(long bytes, String place) {
    if (bytes > limits.maxBytes()) {
      throw Refusal.tooLarge(place, "The file", limits.maxBytes());
    }
  }

  private MediaDecoder take() {
    try {
      MediaDecoder decoder = decoders.poll(longestWait, TimeUnit.MILLISECONDS);
      if (decoder == null) {
        throw Refusal.late();
      }
      return decoder;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw Refusal.stopping();
    }
  }

  /** Ends the processes; no request may be at work any more. */
  @Override
  public void close() {
    decoders.forEach(MediaDecoder::close);
    try {
      Files.deleteIfExists(uploads);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
