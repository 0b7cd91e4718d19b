package org.clapperboard.serve;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Path;
import org.clapperboard.config.InternalFailure;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.handler.GracefulHandler;
import org.eclipse.jetty.util.thread.QueuedThreadPool;

/** A server that answers for a model, which stays the caller's. */
public final class ModelServer implements AutoCloseable {
  private static final long STOP_MILLIS = 10_000;

  private final Server server;
  private final WatchedConnector connector;
  private final Desk desk;
  private final MediaIntake intake;

  private ModelServer(ServedModel served, ServeConfig config) throws IOException {
    ServeLimits limits = config.limits();
    ServeMetrics metrics = new ServeMetrics();
    this.intake = new MediaIntake(served, config, metrics);
    this.desk = new Desk(served, limits, metrics);
    // A request keeps its thread while it waits, so there are some more than can wait.
    QueuedThreadPool threads = new QueuedThreadPool(limits.waiting() + limits.batch() + 32, 8);
    threads.setName("http");
    this.server = new Server(threads);
    HttpConfiguration http = new HttpConfiguration();
    http.setSendServerVersion(false);
    this.connector = new WatchedConnector(server, new HttpConnectionFactory(http));
    connector.setHost(config.host());
    connector.setPort(config.port());
    connector.setIdleTimeout(limits.read().toMillis());
    server.addConnector(connector);
    server.setHandler(new GracefulHandler(new Api(served, config, metrics, desk, intake)));
    server.setErrorHandler(new HttpErrors());
    server.setStopTimeout(STOP_MILLIS);
  }

  /**
   * Starts to answer.
   *
   * @throws UncheckedIOException if the address cannot be had
   */
  public static ModelServer start(ServedModel served, ServeConfig config) {
    try {
      ModelServer started = new ModelServer(served, config);
      try {
        started.server.start();
        return started;
      } catch (IOException e) {
        started.close();
        throw e;
      } catch (Exception e) {
        started.close();
        throw new InternalFailure("Cannot start the server: " + e.getMessage(), e);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Where it answers. */
  public URI address() {
    String host =
        connector.getHost().contains(":") ? "[" + connector.getHost() + "]" : connector.getHost();
    return URI.create("http://" + host + ":" + connector.getLocalPort());
  }

  Path uploads() {
    return intake.uploads();
  }

  /**
   * Stops: nothing new is taken, and what is at work has ten seconds to end. What is not done by
   * then is told so.
   */
  @Override
  public void close() {
    Thread late = new Thread(this::endLate, "stop");
    late.setDaemon(true);
    late.start();
    try {
      server.stop();
    } catch (Exception e) {
      throw new InternalFailure("Cannot stop the server: " + e.getMessage(), e);
    } finally {
      late.interrupt();
      desk.close();
      intake.close();
    }
  }

  /** Shortly before Jetty cuts its connections, so that clients still hear why. */
  private void endLate() {
    try {
      Thread.sleep(STOP_MILLIS * 8 / 10);
      desk.close();
    } catch (InterruptedException e) {
      // All ended in time.
      return;
    }
  }
}
