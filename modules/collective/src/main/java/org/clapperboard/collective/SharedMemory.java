package org.clapperboard.collective;

import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.List;

/**
 * Lets ranks of one host exchange data through memory: every rank makes a file in memory for what
 * it sends to its neighbours, who map it too. Only its owner's user may open it, and it has no name
 * any more when the ranks have met, so what is in it is as private as what is in the processes.
 *
 * <p>Whether a neighbour that has the same address really sees the same file is found out by trying
 * (containers may not): the file begins with random bytes that are told over the connection. Where
 * anything of this fails, data go over TCP.
 */
final class SharedMemory implements AutoCloseable {
  private static final Logger LOG = System.getLogger(SharedMemory.class.getName());
  private static final Path FOLDER = Path.of("/dev/shm");
  private static final int PROOF_BYTES = 32;
  private static final int RINGS_AT = 64;
  private static final int LEGS = 2;
  private static final long MOST_BYTES = 1L << 30;

  private final Membership members;
  private final CollectiveOptions options;
  private final List<Integer> neighbours;
  private final byte[] proof = new byte[PROOF_BYTES];
  private final ByteBuffer[] opened;
  private Path file;
  private ByteBuffer own;

  SharedMemory(Membership members, CollectiveOptions options) {
    this.members = members;
    this.options = options;
    this.neighbours = members.neighbours(members.rank());
    this.opened = new ByteBuffer[members.worldSize()];
  }

  /** Makes this rank's file; what the others are told of it, nothing if there is none. */
  byte[] offer() {
    long bytes = RINGS_AT + ringBytes() * neighbours.size() * options.streams() * LEGS;
    if (neighbours.isEmpty() || bytes > MOST_BYTES || !Files.isWritable(FOLDER)) {
      return new byte[0];
    }
    try {
      new SecureRandom().nextBytes(proof);
      file =
          Files.createTempFile(
              FOLDER,
              "clapperboard-",
              ".ring",
              PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
      own = fill((int) bytes);
      byte[] name = file.toString().getBytes(StandardCharsets.UTF_8);
      return ByteBuffer.allocate(PROOF_BYTES + name.length).put(proof).put(name).array();
    } catch (IOException | UnsupportedOperationException e) {
      LOG.log(Level.INFO, "Ranks of this host exchange data over TCP: {0}.", e.getMessage());
      close();
      return new byte[0];
    }
  }

  /** All of it is written, since a full file system would end the process later. */
  private ByteBuffer fill(int bytes) throws IOException {
    try (FileChannel channel =
        FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
      ByteBuffer all = ByteBuffer.allocate(bytes).put(0, proof);
      while (all.hasRemaining()) {
        channel.write(all);
      }
      return channel.map(FileChannel.MapMode.READ_WRITE, 0, bytes);
    }
  }

  /** Opens the files of the neighbours; for every rank whether its file can be read here. */
  byte[] open(List<byte[]> offers) {
    byte[] readable = new byte[members.worldSize()];
    for (int peer : neighbours) {
      byte[] offer = offers.get(peer);
      if (offer.length > PROOF_BYTES) {
        opened[peer] = open(offer);
        readable[peer] = (byte) (opened[peer] == null ? 0 : 1);
      }
    }
    return readable;
  }

  private static ByteBuffer open(byte[] offer) {
    String name =
        new String(offer, PROOF_BYTES, offer.length - PROOF_BYTES, StandardCharsets.UTF_8);
    try (FileChannel channel =
        FileChannel.open(Path.of(name), StandardOpenOption.READ, StandardOpenOption.WRITE)) {
      ByteBuffer memory = channel.map(FileChannel.MapMode.READ_WRITE, 0, channel.size());
      byte[] found = new byte[PROOF_BYTES];
      if (memory.capacity() > PROOF_BYTES) {
        memory.get(0, found);
      }
      return MessageDigest.isEqual(found, Arrays.copyOf(offer, PROOF_BYTES)) ? memory : null;
    } catch (IOException | InvalidPathException e) {
      LOG.log(Level.DEBUG, "A neighbour''s memory cannot be shared.", e);
      return null;
    }
  }

  /**
   * Gives the connections to neighbours their rings.
   *
   * @param readable what {@link #open} returned on each rank
   */
  void share(Link[] links, List<byte[]> readable) {
    for (Link link : links) {
      if (own != null && readable.get(link.rank)[members.rank()] == 1) {
        link.sendThrough(rings(own, neighbours.indexOf(link.rank), link.stream));
      }
      if (opened[link.rank] != null) {
        int place = members.neighbours(link.rank).indexOf(members.rank());
        link.receiveThrough(rings(opened[link.rank], place, link.stream));
      }
    }
  }

  private Ring[] rings(ByteBuffer memory, int neighbour, int stream) {
    Ring[] rings = new Ring[LEGS];
    for (int leg = 0; leg < LEGS; leg++) {
      long number = ((long) neighbour * options.streams() + stream) * LEGS + leg;
      int start = (int) (RINGS_AT + number * ringBytes());
      rings[leg] = new Ring(memory, start, options.chunkBytes());
    }
    return rings;
  }

  private long ringBytes() {
    return Ring.bytes(options.chunkBytes());
  }

  /** Takes the file's name away; what is mapped stays. */
  @Override
  public void close() {
    if (file != null) {
      try {
        Files.deleteIfExists(file);
      } catch (IOException e) {
        LOG.log(Level.WARNING, "Cannot delete {0}: {1}.", file, e.getMessage());
      }
    }
  }
}
