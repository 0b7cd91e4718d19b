package org.clapperboard.testing;

import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Properties;

/**
 * A server that speaks S3 and checks signatures, in a process of its own. Buckets are folders, and
 * objects files in them, so that tests can bring them and look at them past any client.
 *
 * <p>Modules whose tests start one have {@code clapperboard-s3-server} among their dependencies.
 */
public final class S3Server implements AutoCloseable {
  private static final String USER = "somebody";
  private static final String SECRET = "secret-of-somebody";
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private final Process process;
  private final int port;
  private final Path buckets;

  private S3Server(Process process, int port, Path buckets) {
    this.process = process;
    this.port = port;
    this.buckets = buckets;
  }

  /** Starts a server whose files lie in a folder. */
  public static S3Server start(Path folder) throws IOException, InterruptedException {
    int port = freePort();
    Path buckets = Files.createDirectories(folder.resolve("buckets"));
    Path settings = folder.resolve("s3-server.properties");
    try (var out = Files.newOutputStream(settings)) {
      ownSettings(port, buckets).store(out, null);
    }
    Path jars = Path.of(System.getProperty("basedir")).resolve("../s3-server/target/jars/*");
    Path log = folder.resolve("s3-server.log");
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin/java").toString(),
                "-Xmx256m",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-cp",
                jars.normalize().toString(),
                "org.gaul.s3proxy.Main",
                "--properties",
                settings.toString())
            .redirectErrorStream(true)
            .redirectOutput(Redirect.to(log.toFile()))
            .start();
    S3Server server = new S3Server(process, port, buckets);
    server.await(log);
    return server;
  }

  /** Makes a bucket and returns where its objects lie. */
  public Path create(String name) throws IOException {
    return Files.createDirectory(buckets.resolve(name));
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  private static Properties ownSettings(int port, Path buckets) {
    Properties settings = new Properties();
    settings.setProperty("s3proxy.authorization", "aws-v2-or-v4");
    settings.setProperty("s3proxy.endpoint", "http://127.0.0.1:" + port);
    for (String of : List.of("s3proxy", "jclouds")) {
      settings.setProperty(of + ".identity", USER);
      settings.setProperty(of + ".credential", SECRET);
    }
    settings.setProperty("jclouds.provider", "filesystem-nio2");
    settings.setProperty("jclouds.filesystem.basedir", buckets.toString());
    return settings;
  }

  private void await(Path log) throws IOException, InterruptedException {
    long end = System.nanoTime() + PATIENCE.toNanos();
    while (true) {
      try {
        new Socket(InetAddress.getLoopbackAddress(), port).close();
        return;
      } catch (IOException e) {
        if (!process.isAlive() || System.nanoTime() > end) {
          process.destroyForcibly();
          throw new IOException("The S3 server does not start: " + Files.readString(log), e);
        }
        Thread.sleep(100);
      }
    }
  }

  /** The port it listens on, at the loopback address. */
  public int port() {
    return port;
  }

  /**
   * Hadoop's settings with which s3a:// leads to a port, which is the server's own or one before
   * it. What a process has reached a bucket through once it uses until its end.
   */
  public static Map<String, String> settings(int port) {
    return Map.ofEntries(
        Map.entry("fs.s3a.impl", "org.apache.hadoop.fs.s3a.S3AFileSystem"),
        Map.entry("fs.s3a.endpoint", "http://127.0.0.1:" + port),
        Map.entry("fs.s3a.endpoint.region", "us-east-1"),
        Map.entry("fs.s3a.path.style.access", "true"),
        Map.entry("fs.s3a.connection.ssl.enabled", "false"),
        Map.entry(
            "fs.s3a.aws.credentials.provider",
            "org.apache.hadoop.fs.s3a.SimpleAWSCredentialsProvider"),
        Map.entry("fs.s3a.access.key", USER),
        Map.entry("fs.s3a.secret.key", SECRET),
        // As often as usual, but not as patiently: what would be waited for is over at once.
        Map.entry("fs.s3a.attempts.maximum", "2"),
        Map.entry("fs.s3a.retry.limit", "12"),
        Map.entry("fs.s3a.retry.interval", "20ms"),
        Map.entry("fs.s3a.retry.throttle.interval", "20ms"));
  }

  @Override
  public void close() {
    process.destroyForcibly();
  }
}
