package org.clapperboard.media.child;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.ObjectInputFilter;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.io.OutputStream;

/** One end of the pipes between parent and child. */
final class Wire {

  private static final int BUFFER_BYTES = 1 << 16;
  private static final ObjectInputFilter OUR_CLASSES =
      ObjectInputFilter.Config.createFilter(
          "org.clapperboard.media.**;java.lang.*;java.util.*;java.time.*;!*");

  private final ObjectOutputStream out;
  private final ObjectInputStream in;

  /** Both ends write the header of their stream before they read that of the other. */
  Wire(InputStream from, OutputStream to) throws IOException {
    out = new ObjectOutputStream(new BufferedOutputStream(to, BUFFER_BYTES));
    out.flush();
    in = new ObjectInputStream(new BufferedInputStream(from, BUFFER_BYTES));
    in.setObjectInputFilter(OUR_CLASSES);
  }

  void send(Message message) throws IOException {
    out.writeObject(message);
    // Else the stream remembers every message it ever wrote.
    out.reset();
    out.flush();
  }

  Message receive() throws IOException {
    try {
      return (Message) in.readObject();
    } catch (ClassNotFoundException e) {
      throw new IOException("unknown message: " + e.getMessage(), e);
    }
  }
}
