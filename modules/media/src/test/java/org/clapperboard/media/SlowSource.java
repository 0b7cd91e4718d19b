package org.clapperboard.media;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;

/** A source that takes its time for each read. */
public final class SlowSource extends WrappedSource {

  private final Duration delay;

  /** Reads from another source. */
  public SlowSource(MediaSource source, Duration delay) {
    super(source);
    this.delay = delay;
  }

  @Override
  public int read(long position, byte[] target, int offset, int length) {
    try {
      Thread.sleep(delay.toMillis());
    } catch (InterruptedException e) {
      throw new UncheckedIOException(new IOException("interrupted"));
    }
    return super.read(position, target, offset, length);
  }
}
