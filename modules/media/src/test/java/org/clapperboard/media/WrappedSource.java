package org.clapperboard.media;

/** A source that reads from another one. */
abstract class WrappedSource implements MediaSource {

  private final MediaSource source;

  WrappedSource(MediaSource source) {
    this.source = source;
  }

  @Override
  public String name() {
    return source.name();
  }

  @Override
  public long size() {
    return source.size();
  }

  @Override
  public int read(long position, byte[] target, int offset, int length) {
    return source.read(position, target, offset, length);
  }

  @Override
  public void close() {
    source.close();
  }
}
