package org.clapperboard.collective;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.Selector;
import java.nio.charset.StandardCharsets;

/** All connections of one rank, and their end. */
final class Mesh {

  final Selector selector;

  /** Connections for data, those to the next rank first. */
  final Link[] links;

  /** One per peer. */
  final Lifeline[] lifelines;

  Mesh(Selector selector, Link[] links, Lifeline[] lifelines) {
    this.selector = selector;
    this.links = links;
    this.lifelines = lifelines;
  }

  /** Lets the selector watch all connections; closes it if one is broken already. */
  void register() throws IOException {
    try {
      for (Link link : links) {
        link.register(selector);
      }
      for (Lifeline lifeline : lifelines) {
        lifeline.register(selector);
      }
    } catch (IOException e) {
      closeQuietly(selector);
      throw e;
    }
  }

  Lifeline lifeline(int rank) {
    for (Lifeline lifeline : lifelines) {
      if (lifeline.rank == rank) {
        return lifeline;
      }
    }
    throw new IllegalArgumentException("There is no connection to rank " + rank + ".");
  }

  /** Tells all peers why the job ends, and closes everything. */
  void abort(String reason) {
    end(Frame.last(Frame.ABORT, reason.getBytes(StandardCharsets.UTF_8)));
  }

  /** Tells all peers that this rank has finished, and closes; sent data still arrive. */
  void goodbye() {
    end(Frame.last(Frame.GOODBYE, new byte[0]));
  }

  private void end(ByteBuffer lastFrame) {
    for (Lifeline lifeline : lifelines) {
      try {
        lifeline.say(lastFrame.duplicate());
      } catch (IOException e) {
        log(e); // It has gone before.
      }
    }
    for (Link link : links) {
      link.end();
      closeQuietly(link);
    }
    for (Lifeline lifeline : lifelines) {
      closeQuietly(lifeline);
    }
    closeQuietly(selector);
  }

  static void closeQuietly(AutoCloseable resource) {
    try {
      resource.close();
    } catch (Exception e) {
      log(e);
    }
  }

  private static void log(Exception e) {
    System.getLogger(Mesh.class.getName())
        .log(System.Logger.Level.DEBUG, "A connection did not end in good order.", e);
  }
}
