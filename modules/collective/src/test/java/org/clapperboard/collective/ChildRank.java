package org.clapperboard.collective;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;

/** Ranks in JVMs of their own that find each other through files in a shared folder. */
final class ChildRank {

  private ChildRank() {}

  /** Starts a JVM that runs a main class of the test tree. */
  static ProcessBuilder java(Class<?> main, List<String> arguments) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-Xmx256m", "-XX:MaxDirectMemorySize=2g", "-XX:+UseSerialGC"));
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), main.getName()));
    command.addAll(arguments);
    return new ProcessBuilder(command).redirectErrorStream(true);
  }

  /** Connects this JVM as a rank; all ranks write their ports into the folder. */
  static TcpCollective connect(Path folder, int rank, int worldSize, CollectiveOptions options)
      throws IOException, InterruptedException {
    InetAddress local = InetAddress.getLoopbackAddress();
    ServerSocketChannel listener = TcpCollective.listen(local);
    int port = ((InetSocketAddress) listener.getLocalAddress()).getPort();
    publish(folder, "port-" + rank, String.valueOf(port));
    List<Peer> peers = new ArrayList<>();
    for (int peer = 0; peer < worldSize; peer++) {
      int peerPort = Integer.parseInt(await(folder, "port-" + peer));
      peers.add(new Peer(local.getHostAddress(), peerPort));
    }
    JobKey key = JobKey.of("child-ranks", new byte[JobKey.SECRET_BYTES]);
    return TcpCollective.connect(listener, rank, peers, key, options);
  }

  static void publish(Path folder, String name, String text) throws IOException {
    Path half = folder.resolve(name + ".half");
    Files.writeString(half, text);
    Files.move(half, folder.resolve(name), StandardCopyOption.ATOMIC_MOVE);
  }

  static String await(Path folder, String name) throws IOException, InterruptedException {
    Path file = folder.resolve(name);
    long end = System.nanoTime() + 60_000_000_000L;
    while (!Files.exists(file)) {
      if (System.nanoTime() - end > 0) {
        throw new IOException(file + " did not appear within 60 s.");
      }
      Thread.sleep(5);
    }
    return Files.readString(file);
  }
}
