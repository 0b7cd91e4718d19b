package org.clapperboard.media;

import java.io.FileNotFoundException;
import java.io.UncheckedIOException;
import java.nio.file.NoSuchFileException;
import java.util.EnumSet;
import java.util.Set;
import java.util.function.Function;

/** One call on one file: its limits, its deadline, and the notes for its statistics. */
final class Attempt {

  final MediaSource source;
  final MediaLimits limits;
  private final long startNanos = System.nanoTime();
  private final Set<Warning> warnings = EnumSet.noneOf(Warning.class);

  DecodeStats.Strategy strategy = DecodeStats.Strategy.NONE;
  int framesWanted;
  int framesHit;
  int packets;
  int packetsDamaged;
  String container = "";
  String codec = "";
  int width;
  int height;
  double fps;
  int totalFrames;
  double seconds;
  int rotationDegrees;
  boolean hasSound;

  private Attempt(MediaSource source, MediaLimits limits) {
    this.source = source;
    this.limits = limits;
  }

  /** Runs a reader and turns every failure that a file can cause into its reason. */
  static <T> Decoded<T> run(MediaSource source, MediaLimits limits, Function<Attempt, T> reader) {
    Attempt attempt = new Attempt(source, limits);
    try {
      T value = reader.apply(attempt);
      return new Decoded.Ok<>(value, attempt.stats());
    } catch (MediaRejection e) {
      return attempt.rejected(e.reason(), e.getMessage());
    } catch (UncheckedIOException e) {
      return attempt.rejected(reasonOf(e), e.getCause().toString());
    }
  }

  /** The file's length, after the checks that need nothing else. */
  long checkedSize() {
    long size = source.size();
    if (size == 0) {
      throw new MediaRejection(Reason.EMPTY, "it has no bytes");
    }
    if (size > limits.maxBytes()) {
      throw new MediaRejection(
          Reason.TOO_MANY_BYTES, "%,d bytes (limit: %,d)".formatted(size, limits.maxBytes()));
    }
    return size;
  }

  void checkPixels(long frameWidth, long frameHeight) {
    if (frameWidth * frameHeight > limits.maxPixels()) {
      throw new MediaRejection(
          Reason.TOO_MANY_PIXELS,
          "a frame of %d x %d (limit: %,d pixels)"
              .formatted(frameWidth, frameHeight, limits.maxPixels()));
    }
  }

  void checkSeconds(double seconds) {
    if (seconds > limits.maxDuration().toMillis() / 1000.0) {
      throw new MediaRejection(
          Reason.TOO_LONG,
          "%.1f s (limit: %d s)".formatted(seconds, limits.maxDuration().toSeconds()));
    }
  }

  void checkTime() {
    if (isLate()) {
      throw new MediaRejection(
          Reason.TIMEOUT, "not done after " + limits.timeout().toMillis() + " ms");
    }
  }

  boolean isLate() {
    return System.nanoTime() - startNanos > limits.timeout().toNanos();
  }

  void warn(Warning warning) {
    warnings.add(warning);
  }

  boolean isCutShort() {
    return warnings.contains(Warning.CUT_SHORT);
  }

  void damaged() {
    packetsDamaged++;
    warnings.add(Warning.DAMAGED);
  }

  DecodeStats stats() {
    long milliseconds = (System.nanoTime() - startNanos) / 1_000_000;
    return new DecodeStats(
        strategy,
        framesWanted,
        framesHit,
        packets,
        packetsDamaged,
        milliseconds,
        container,
        codec,
        width,
        height,
        fps,
        totalFrames,
        seconds,
        rotationDegrees,
        hasSound,
        warnings);
  }

  private <T> Decoded<T> rejected(Reason reason, String detail) {
    return new Decoded.Rejected<>(reason, "Cannot read " + source.name() + ": " + detail, stats());
  }

  private static Reason reasonOf(UncheckedIOException e) {
    boolean missing =
        e.getCause() instanceof NoSuchFileException
            || e.getCause() instanceof FileNotFoundException;
    return missing ? Reason.MISSING : Reason.UNREADABLE;
  }
}
