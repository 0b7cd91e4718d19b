package org.clapperboard.data.order;

import java.util.ArrayList;
import java.util.List;

/**
 * Which samples make up each global batch: streams with whole-number shares, every stream in its
 * own order, going on through its own epochs.
 *
 * <p>The first stream leads: its epochs are the epochs of the stage. With shares 2 : 1 : 1 every
 * run of four places holds two samples of the first stream and one of each other (paper section
 * 3.3), so any contiguous part of a batch whose length is a multiple of four keeps the ratio.
 */
public final class Mixture {
  private final List<Stream> streams;
  private final int shares;

  /**
   * One stream.
   *
   * @param name its name in reports, such as {@code audio-visual}
   * @param share its places in every run of the sum of all shares
   * @param order the order of its samples
   */
  public record Stream(String name, int share, SampleOrder order) {}

  /**
   * A sample's place in the mixture.
   *
   * @param stream number of its stream
   * @param epoch epoch of the stream
   * @param address where the sample is, in the stream's blocks
   */
  public record Place(int stream, long epoch, SampleOrder.Address address) {}

  /** A mixture of the given streams, the leading one first. */
  public Mixture(List<Stream> streams) {
    this.streams = List.copyOf(streams);
    this.shares = streams.stream().mapToInt(Stream::share).sum();
  }

  /** The streams, the leading one first. */
  public List<Stream> streams() {
    return streams;
  }

  /** The length of a run that holds every stream's share: global batches are multiples of it. */
  public int shares() {
    return shares;
  }

  /** Samples of a stream in a global batch of that size. */
  public int inBatch(int stream, int globalBatch) {
    return globalBatch / shares * streams.get(stream).share();
  }

  /** Steps in which the leading stream is seen so many times. */
  public long steps(double epochs, int globalBatch) {
    double samples = epochs * streams.get(0).order().size();
    return (long) Math.ceil(samples / inBatch(0, globalBatch));
  }

  /**
   * The samples of places {@code from} to {@code to} of a global batch.
   *
   * @param step number of the batch, from 0
   */
  public List<Place> batch(long step, int globalBatch, int from, int to) {
    if (globalBatch % shares != 0) {
      throw new IllegalArgumentException(
          "a batch of " + globalBatch + " (expected: a multiple of " + shares + ")");
    }
    List<Place> places = new ArrayList<>(to - from);
    for (int at = from; at < to; at++) {
      places.add(place(step, globalBatch, at));
    }
    return places;
  }

  private Place place(long step, int globalBatch, int at) {
    int run = at / shares;
    int inRun = at % shares;
    int stream = 0;
    while (inRun >= streams.get(stream).share()) {
      inRun -= streams.get(stream).share();
      stream++;
    }
    Stream source = streams.get(stream);
    long position = step * inBatch(stream, globalBatch) + (long) run * source.share() + inRun;
    return new Place(stream, position / source.order().size(), source.order().at(position));
  }
}
