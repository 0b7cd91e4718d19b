package org.clapperboard.media;

import java.util.BitSet;

/**
 * Which packets a decoder must see so that the wanted frames come out right, and no more.
 *
 * <p>Before each wanted frame decoding jumps to the last key packet that is neither decoded nor
 * shown after it. The first packet is always decoded: it may carry what the decoder needs to know
 * for the whole file (an old x264 gives wrong colours without it). Packets between that no other
 * frame refers to are skipped by the decoder itself.
 */
final class DecodePlan {

  /** What happens to a packet. */
  enum Step {
    /** Not decoded. */
    LEAVE_OUT,
    /** Decoded after everything before has come out and the decoder was reset. */
    BEGIN,
    /** Decoded unless no other frame refers to it. */
    PASS,
    /** Decoded; its frame is wanted. */
    SHOW
  }

  private final BitSet decoded = new BitSet();
  private final BitSet begins = new BitSet();
  private final BitSet wanted = new BitSet();

  /** A plan for frames by their place in the order of showing. */
  DecodePlan(PacketIndex index, int[] frames) {
    for (int frame : frames) {
      wanted.set(index.packetOf(frame));
    }
    decoded.set(0);
    int next = 1;
    for (int packet = wanted.nextSetBit(0); packet >= 0; packet = wanted.nextSetBit(packet + 1)) {
      int key = keyBefore(index, packet, next);
      if (key > next) {
        begins.set(key);
        next = key;
      }
      decoded.set(next, Math.max(packet + 1, next));
      next = Math.max(next, packet + 1);
    }
  }

  Step step(int packet) {
    if (!decoded.get(packet)) {
      return Step.LEAVE_OUT;
    }
    if (begins.get(packet)) {
      return Step.BEGIN;
    }
    return isWanted(packet) ? Step.SHOW : Step.PASS;
  }

  boolean isWanted(int packet) {
    return wanted.get(packet);
  }

  /** The number of the last packet that is decoded. */
  int last() {
    return decoded.length() - 1;
  }

  private static int keyBefore(PacketIndex index, int packet, int from) {
    for (int key = packet; key > from; key--) {
      if (index.isKey(key) && index.pts(key) <= index.pts(packet)) {
        return key;
      }
    }
    return from;
  }
}
