package org.clapperboard.serve;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import org.eclipse.jetty.io.ManagedSelector;
import org.eclipse.jetty.io.SocketChannelEndPoint;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.util.BufferUtil;
import org.eclipse.jetty.util.thread.Scheduler;

/**
 * A connector that can tell whether a client has left while its request is at work. Jetty reads a
 * connection only for the next request, and so does not see that there will be none.
 */
final class WatchedConnector extends ServerConnector {

  WatchedConnector(Server server, HttpConnectionFactory factory) {
    super(server, 1, 1, factory);
  }

  /**
   * Whether whoever sent a request, of which all was read, has closed the connection. Who closes
   * only the half on which requests come counts as gone too, as with other servers.
   */
  static boolean hasLeft(Request request) {
    return request.getConnectionMetaData().getConnection().getEndPoint() instanceof Watched watched
        && watched.hasLeft();
  }

  @Override
  protected SocketChannelEndPoint newEndPoint(
      SocketChannel channel, ManagedSelector selector, SelectionKey key) {
    Watched watched = new Watched(channel, selector, key, getScheduler());
    watched.setIdleTimeout(getIdleTimeout());
    return watched;
  }

  /** One byte is read ahead to see the end; if it was one, it is kept for the next request. */
  private static final class Watched extends SocketChannelEndPoint {
    private ByteBuffer ahead;

    Watched(
        SocketChannel channel, ManagedSelector selector, SelectionKey key, Scheduler scheduler) {
      super(channel, selector, key, scheduler);
    }

    synchronized boolean hasLeft() {
      if (!isOpen() || isInputShutdown()) {
        return true;
      }
      if (ahead != null) {
        return false;
      }
      ByteBuffer one = ByteBuffer.allocate(1);
      try {
        int read = getChannel().read(one);
        ahead = read > 0 ? one.flip() : null;
        return read < 0;
      } catch (IOException e) {
        return true;
      }
    }

    @Override
    public synchronized int fill(ByteBuffer buffer) throws IOException {
      if (ahead == null) {
        return super.fill(buffer);
      }
      int position = BufferUtil.flipToFill(buffer);
      buffer.put(ahead);
      BufferUtil.flipToFlush(buffer, position);
      ahead = null;
      return 1;
    }

    @Override
    protected void needsFillInterest() {
      boolean there;
      synchronized (this) {
        there = ahead != null;
      }
      if (there) {
        getFillInterest().fillable();
      } else {
        super.needsFillInterest();
      }
    }
  }
}
