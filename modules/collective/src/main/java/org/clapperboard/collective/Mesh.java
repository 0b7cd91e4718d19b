package org.clapperboard.collective;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.Selector;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;

/** All connections of one rank, and their end. */
final class Mesh {

  final Selector selector;

  /** Connections for data, those to the next rank first. */
  final Link[] links;

  /** One per peer. */
  final Lifeline[] lifelines;

  private final Map<Integer, Lifeline> byRank = new HashMap<>();

  Mesh(Selector selector, Link[] links, Lifeline[] lifelines) {
    this.selector = selector;
    this.links = links;
    this.lifelines = lifelines;
    for (Lifeline lifeline : lifelines) {
      byRank.put(lifeline.rank, lifeline);
    }
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
    return byRank.get(rank);
  }

  /** Tells a peer that it may fill memory again that it waits for. */
  void wake(int rank) throws IOException {
    lifeline(rank).tell(Frame.spoken(Frame.WAKE, new byte[0]));
  }

  /** Tells all peers what this rank works on. */
  void note(String text) {
    ByteBuffer frame = Frame.spoken(Frame.NOTE, text.getBytes(StandardCharsets.UTF_8));
    for (Lifeline lifeline : lifelines) {
      try {
        lifeline.tell(frame.duplicate());
      } catch (IOException e) {
        log(e); // The next operation says so.
      }
    }
  }

  /** Tells all peers why the job ends, and closes everything. */
  void abort(String reason) {
    end(Frame.spoken(Frame.ABORT, reason.getBytes(StandardCharsets.UTF_8)));
  }

  /** Tells all peers that this rank has finished, and closes; sent data still arrive. */
  void goodbye() {
    end(Frame.spoken(Frame.GOODBYE, new byte[0]));
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
