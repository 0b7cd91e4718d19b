package org.clapperboard.data.prepare;

import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Properties;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.s3a.S3AFileSystem;
import org.apache.hadoop.fs.s3a.SimpleAWSCredentialsProvider;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.http.apache.ApacheHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.s3.S3Client;

/** A server that speaks S3 and checks signatures, in a process of its own; buckets in memory. */
final class S3Server implements AutoCloseable {
  private static final String USER = "somebody";
  private static final String SECRET = "secret of somebody";
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private final Process process;
  private final int port;

  private S3Server(Process process, int port) {
    this.process = process;
    this.port = port;
  }

  /** Starts a server whose files lie in a folder. */
  static S3Server start(Path folder) throws IOException, InterruptedException {
    int port = freePort();
    Path settings = folder.resolve("s3-server.properties");
    try (var out = Files.newOutputStream(settings)) {
      settings(port).store(out, null);
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
    S3Server server = new S3Server(process, port);
    server.await(log);
    return server;
  }

  /** Makes a bucket. */
  void create(String name) {
    try (S3Client client = client()) {
      client.createBucket(bucket -> bucket.bucket(name));
    }
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  private static Properties settings(int port) {
    Properties settings = new Properties();
    settings.setProperty("s3proxy.authorization", "aws-v2-or-v4");
    settings.setProperty("s3proxy.endpoint", "http://127.0.0.1:" + port);
    for (String of : List.of("s3proxy", "jclouds")) {
      settings.setProperty(of + ".identity", USER);
      settings.setProperty(of + ".credential", SECRET);
    }
    settings.setProperty("jclouds.provider", "transient-nio2");
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

  private S3Client client() {
    return S3Client.builder()
        .endpointOverride(URI.create("http://127.0.0.1:" + port))
        .region(Region.US_EAST_1)
        .forcePathStyle(true)
        .httpClient(ApacheHttpClient.create())
        .credentialsProvider(
            StaticCredentialsProvider.create(AwsBasicCredentials.create(USER, SECRET)))
        .build();
  }

  int port() {
    return port;
  }

  /**
   * Makes s3a:// lead to a port, which is the server's own or one before it. What a process has
   * reached a bucket through once it uses until its end.
   */
  static void set(Configuration hadoop, int port) {
    hadoop.set("fs.s3a.impl", S3AFileSystem.class.getName());
    hadoop.set("fs.s3a.endpoint", "http://127.0.0.1:" + port);
    hadoop.set("fs.s3a.endpoint.region", Region.US_EAST_1.id());
    hadoop.setBoolean("fs.s3a.path.style.access", true);
    hadoop.setBoolean("fs.s3a.connection.ssl.enabled", false);
    hadoop.set("fs.s3a.aws.credentials.provider", SimpleAWSCredentialsProvider.NAME);
    hadoop.set("fs.s3a.access.key", USER);
    hadoop.set("fs.s3a.secret.key", SECRET);
    // As often as usual, but not as patiently: what would be waited for is over at once.
    hadoop.set("fs.s3a.attempts.maximum", "2");
    hadoop.set("fs.s3a.retry.limit", "12");
    hadoop.set("fs.s3a.retry.interval", "20ms");
    hadoop.set("fs.s3a.retry.throttle.interval", "20ms");
  }

  @Override
  public void close() {
    process.destroyForcibly();
  }
}
