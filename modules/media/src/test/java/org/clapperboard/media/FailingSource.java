package org.clapperboard.media;

import java.io.IOException;
import java.io.UncheckedIOException;

/** A source whose storage fails after the first bytes. */
public final class FailingSource extends WrappedSource {

  /** Reads from another source. */
  public FailingSource(MediaSource source) {
    super(source);
  }

  @Override
  public int read(long position, byte[] target, int offset, int length) {
    if (position > 200) {
      throw new UncheckedIOException(new IOException("the disk is on fire"));
    }
    return super.read(position, target, offset, Math.min(length, 100));
  }
}
