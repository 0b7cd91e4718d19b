package org.clapperboard.collective;

import java.nio.ByteBuffer;
import java.util.List;

/**
 * What the ranks of one job do together: every rank calls the same operations in the same order.
 *
 * <p>Buffers are direct. The data are what lies between position and limit, both of which are the
 * same on return. Floats are little-endian float32, so a buffer may alias a tensor. Results are the
 * same bits on every rank and on every run, because sums are taken in rank order.
 *
 * <p>One thread at a time may run operations; {@link #close}, {@link #abort} and {@link #stats} may
 * be called by any. Operations throw {@link org.clapperboard.config.WorkerLost} when a rank is
 * late, gone, or runs something else; the message names it. A blocked operation also ends that way
 * when its thread is interrupted (the flag stays set) or the collective is closed. After that every
 * later operation fails with the same cause, on all ranks.
 */
public interface Collective extends AutoCloseable {

  /** This rank, from 0. */
  int rank();

  /** How many ranks there are. */
  int worldSize();

  /**
   * Names what the next operations belong to, for messages and to detect ranks out of step.
   *
   * @param name the same on every rank, e.g. {@code step 120 gradients}
   */
  void phase(String name);

  /**
   * Tells the others what this rank is about to work on, so that they can say it should they wait
   * for this rank in vain. Costs a small message to each; nobody waits.
   *
   * @param text e.g. the samples of a micro-batch; at most 1024 bytes of UTF-8 are kept
   */
  void working(String text);

  /**
   * Leaves in the slice of this rank the sum over all ranks; the rest of the buffer is unspecified.
   *
   * <p>The sum is float32, rank 0 + rank 1 + rank 2 and so on, whatever arrives first. With {@link
   * Wire#BF16} every term is rounded to bfloat16 before, this rank's own too.
   *
   * @throws IllegalArgumentException if the buffer is not direct, not little-endian, or not of the
   *     slices' size
   */
  void reduceScatter(ByteBuffer floats, Slices slices);

  /**
   * Fills the slices of all other ranks with what those ranks hold there.
   *
   * @throws IllegalArgumentException as in {@link #reduceScatter}
   */
  void allGather(ByteBuffer floats, Slices slices);

  /**
   * Replaces the buffer by its sum over all ranks, added as in {@link #reduceScatter}. With {@link
   * Wire#BF16} the sum is rounded to bfloat16 as well, on all ranks.
   *
   * @throws IllegalArgumentException if the buffer is not direct, not little-endian, or not a whole
   *     number of floats
   */
  void allReduce(ByteBuffer floats);

  /**
   * Replaces the buffer by the one of the root.
   *
   * @throws IllegalArgumentException if the buffer is not direct or there is no such root
   */
  void broadcast(ByteBuffer bytes, int root);

  /** Returns when every rank has called it. */
  void barrier();

  /** The small objects of all ranks in rank order; they may differ in size. */
  List<byte[]> allGather(byte[] small);

  /** The sums over all ranks, in float64 and rank order; every rank passes as many values. */
  double[] sum(double... values);

  /**
   * Fails if a rank is known to have aborted or to be gone; waits for nobody. For whoever waits for
   * the other ranks by other means, while no operation runs. A rank that has left in good order is
   * no failure: it may have what this one still waits for.
   *
   * @param what what this rank waits for, for the message
   */
  void check(String what);

  /** What was moved and how long it took, since the ranks met. */
  CollectiveStats stats();

  /**
   * Ends the job on all ranks: their running or next operation fails and names this rank.
   *
   * @param cause why this rank cannot go on; the other ranks see its text
   */
  void abort(Throwable cause);

  /** Leaves. Ranks that still expect something of this one fail and name it. */
  @Override
  void close();
}
