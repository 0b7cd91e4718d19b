package org.clapperboard.media.child;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.NoSuchFileException;
import org.clapperboard.media.MediaSource;

/** In the child: the parent's source, read through the wire. */
final class RemoteSource implements MediaSource {

  private final String name;
  private final Wire wire;

  RemoteSource(String name, Wire wire) {
    this.name = name;
    this.wire = wire;
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public long size() {
    return ((Message.Size) ask(new Message.AskSize())).bytes();
  }

  @Override
  public int read(long position, byte[] target, int offset, int length) {
    byte[] bytes = ((Message.Bytes) ask(new Message.AskBytes(position, length))).block().bytes;
    System.arraycopy(bytes, 0, target, offset, bytes.length);
    return bytes.length == 0 ? -1 : bytes.length;
  }

  @Override
  public void close() {}

  private Message ask(Message question) {
    try {
      wire.send(question);
      Message answer = wire.receive();
      if (answer instanceof Message.Unreadable failure) {
        throw failure.missing()
            ? new NoSuchFileException(failure.why())
            : new IOException(failure.why());
      }
      return answer;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
