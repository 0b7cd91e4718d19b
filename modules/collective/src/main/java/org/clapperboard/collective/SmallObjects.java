package org.clapperboard.collective;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Values of a few bytes, which every rank gets from every rank. */
final class SmallObjects {

  /** Runs an operation in which owners send to everyone. */
  interface Gathering {
    void run(Operation operation, ByteBuffer data, Slices slices, int elementBytes);
  }

  private final int rank;
  private final int worldSize;
  private final Gathering gathering;

  SmallObjects(Membership members, Gathering gathering) {
    this.rank = members.rank();
    this.worldSize = members.worldSize();
    this.gathering = gathering;
  }

  /** Lengths first, then the objects. */
  List<byte[]> allGather(byte[] own) {
    ByteBuffer lengths = ByteBuffer.allocateDirect(worldSize * Integer.BYTES);
    lengths.putInt(rank * Integer.BYTES, own.length);
    Slices one = Slices.even(worldSize, worldSize);
    gathering.run(Operation.ALL_GATHER_LENGTHS, lengths, one, Integer.BYTES);

    long[] sizes = new long[worldSize];
    Arrays.setAll(sizes, peer -> lengths.getInt(peer * Integer.BYTES));
    Slices slices = Slices.ofLengths(sizes);
    ByteBuffer objects = ByteBuffer.allocateDirect(Math.toIntExact(slices.elements()));
    objects.put((int) slices.start(rank), own);
    gathering.run(Operation.ALL_GATHER_OBJECTS, objects, slices, 1);

    List<byte[]> all = new ArrayList<>();
    for (int peer = 0; peer < worldSize; peer++) {
      byte[] object = new byte[(int) slices.length(peer)];
      objects.get((int) slices.start(peer), object);
      all.add(object);
    }
    return all;
  }

  /** Every rank gets all terms and adds them itself, in rank order. */
  double[] sum(double... values) {
    int count = values.length;
    ByteBuffer terms =
        ByteBuffer.allocateDirect(Math.multiplyExact(worldSize * Double.BYTES, count));
    for (int i = 0; i < count; i++) {
      terms.putDouble((rank * count + i) * Double.BYTES, values[i]);
    }
    Slices slices = Slices.even((long) worldSize * count, worldSize);
    gathering.run(Operation.SUM, terms, slices, Double.BYTES);

    double[] sums = new double[count];
    for (int peer = 0; peer < worldSize; peer++) {
      for (int i = 0; i < count; i++) {
        sums[i] += terms.getDouble((peer * count + i) * Double.BYTES);
      }
    }
    return sums;
  }
}
