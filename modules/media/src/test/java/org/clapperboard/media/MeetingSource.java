package org.clapperboard.media;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.concurrent.CountDownLatch;

/** A source whose reads wait until other files are being read, too. */
final class MeetingSource extends WrappedSource {

  private final CountDownLatch others;
  private boolean met;

  MeetingSource(MediaSource source, CountDownLatch others) {
    super(source);
    this.others = others;
  }

  @Override
  public int read(long position, byte[] target, int offset, int length) {
    if (position > 0 && !met) {
      met = true;
      others.countDown();
      try {
        others.await();
      } catch (InterruptedException e) {
        throw new UncheckedIOException(new IOException("interrupted"));
      }
    }
    return super.read(position, target, offset, length);
  }
}
