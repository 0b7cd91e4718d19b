package org.clapperboard.app;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Ports at which a process of this machine listens, as Linux tells. */
final class Ports {
  private static final String LISTENING = "0A";

  private Ports() {}

  static Set<Integer> of(ProcessHandle process) {
    Path folder = Path.of("/proc", String.valueOf(process.pid()));
    try {
      Set<String> sockets = sockets(folder.resolve("fd"));
      Set<Integer> ports = new TreeSet<>();
      for (String table : List.of("net/tcp", "net/tcp6")) {
        for (String line : Files.readAllLines(folder.resolve(table))) {
          // Number, own address, other address, state, ..., inode.
          String[] columns = line.trim().split(" +", -1);
          if (columns[3].equals(LISTENING) && sockets.contains("socket:[" + columns[9] + "]")) {
            ports.add(Integer.parseInt(columns[1].replaceFirst(".*:", ""), 16));
          }
        }
      }
      return ports;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Set<String> sockets(Path descriptors) throws IOException {
    try (Stream<Path> all = Files.list(descriptors)) {
      return all.map(Ports::target).collect(Collectors.toSet());
    }
  }

  private static String target(Path descriptor) {
    try {
      return Files.readSymbolicLink(descriptor).toString();
    } catch (NoSuchFileException e) {
      return "closed since";
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
