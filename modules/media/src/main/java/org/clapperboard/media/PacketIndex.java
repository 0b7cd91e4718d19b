package org.clapperboard.media;

import static org.bytedeco.ffmpeg.global.avcodec.AV_PKT_DATA_NEW_EXTRADATA;
import static org.bytedeco.ffmpeg.global.avcodec.AV_PKT_DATA_PARAM_CHANGE;
import static org.bytedeco.ffmpeg.global.avcodec.AV_PKT_FLAG_CORRUPT;
import static org.bytedeco.ffmpeg.global.avcodec.AV_PKT_FLAG_DISCARD;
import static org.bytedeco.ffmpeg.global.avcodec.AV_PKT_FLAG_KEY;
import static org.bytedeco.ffmpeg.global.avcodec.av_packet_alloc;
import static org.bytedeco.ffmpeg.global.avcodec.av_packet_clone;
import static org.bytedeco.ffmpeg.global.avcodec.av_packet_free;
import static org.bytedeco.ffmpeg.global.avcodec.av_packet_get_side_data;
import static org.bytedeco.ffmpeg.global.avcodec.av_packet_unref;
import static org.bytedeco.ffmpeg.global.avutil.AV_NOPTS_VALUE;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.bytedeco.ffmpeg.avcodec.AVPacket;
import org.bytedeco.javacpp.SizeTPointer;

/**
 * All packets of a video stream in the order of the file, numbered from 0: which of them are shown,
 * when, and where decoding may begin.
 *
 * <p>The packets of a file of usual size stay in memory, so that it is read once only.
 */
final class PacketIndex implements AutoCloseable {

  private static final long MAX_HELD_BYTES = 32L << 20;

  private final Attempt attempt;
  private final LongStream.Builder times = LongStream.builder();
  private final BitSet keys = new BitSet();
  private final BitSet shown = new BitSet();
  private final List<AVPacket> held = new ArrayList<>();
  private long heldBytes;
  private boolean holding = true;
  private boolean changesFormat;
  private boolean endsInside;
  private int count;
  private long[] pts;
  private int[] displayOrder;

  private PacketIndex(Attempt attempt) {
    this.attempt = attempt;
  }

  /** Reads the demuxer to its end. */
  static PacketIndex of(Demuxer demuxer, Attempt attempt) {
    PacketIndex index = new PacketIndex(attempt);
    AVPacket packet = av_packet_alloc();
    try {
      while (demuxer.read(packet)) {
        index.add(packet);
        av_packet_unref(packet);
      }
    } catch (RuntimeException e) {
      index.close();
      throw e;
    } finally {
      av_packet_free(packet);
    }
    if (index.endsInside) {
      attempt.warn(Warning.CUT_SHORT);
    }
    index.sort();
    return index;
  }

  int packets() {
    return count;
  }

  /** Frames that are shown, as far as the packets tell. */
  int frames() {
    return displayOrder.length;
  }

  /** Whether every frame can be told by its time stamp. */
  boolean isTimed() {
    for (int i = 0; i < frames(); i++) {
      long time = pts(packetOf(i));
      if (time == AV_NOPTS_VALUE || (i > 0 && time == pts(packetOf(i - 1)))) {
        return false;
      }
    }
    return true;
  }

  /** Whether packets may be left out: one that changes the stream's settings must be seen. */
  boolean allowsSkips() {
    return !changesFormat;
  }

  /** The packet of the frame that is shown as the i-th. */
  int packetOf(int frame) {
    return displayOrder[frame];
  }

  long pts(int packet) {
    return pts[packet];
  }

  boolean isKey(int packet) {
    return keys.get(packet);
  }

  /** Goes through all packets once more, until the visitor returns false. */
  void replay(Visitor visitor) {
    if (holding) {
      for (int i = 0; i < count; i++) {
        attempt.checkTime();
        if (!visitor.visit(i, held.get(i))) {
          return;
        }
      }
    } else {
      replayFromSource(visitor);
    }
  }

  @Override
  public void close() {
    held.forEach(packet -> av_packet_free(packet));
    held.clear();
  }

  /** Takes one packet; returns whether it wants another. */
  interface Visitor {
    boolean visit(int number, AVPacket packet);
  }

  private void replayFromSource(Visitor visitor) {
    try (Demuxer demuxer = Demuxer.open(attempt)) {
      demuxer.chooseVideo();
      AVPacket packet = av_packet_alloc();
      try {
        boolean more = true;
        for (int i = 0; more && demuxer.read(packet); i++) {
          more = visitor.visit(i, packet);
          av_packet_unref(packet);
        }
      } finally {
        av_packet_free(packet);
      }
    }
  }

  private void add(AVPacket packet) {
    if (count == attempt.limits.maxPackets()) {
      throw new MediaRejection(Reason.TOO_MANY_FRAMES, "more than " + count + " packets");
    }
    int flags = packet.flags();
    endsInside = (flags & AV_PKT_FLAG_CORRUPT) != 0;
    if (endsInside) {
      attempt.damaged();
    }
    times.add(packet.pts());
    keys.set(count, (flags & AV_PKT_FLAG_KEY) != 0);
    shown.set(count, (flags & AV_PKT_FLAG_DISCARD) == 0 && packet.size() > 0);
    changesFormat |= count > 0 && hasFormatChange(packet);
    hold(packet);
    count++;
    attempt.packets = count;
  }

  private void hold(AVPacket packet) {
    heldBytes += packet.size();
    if (holding && heldBytes > MAX_HELD_BYTES) {
      close();
      holding = false;
    }
    if (holding) {
      held.add(av_packet_clone(packet));
    }
  }

  private static boolean hasFormatChange(AVPacket packet) {
    return packet.side_data_elems() > 0
        && (av_packet_get_side_data(packet, AV_PKT_DATA_NEW_EXTRADATA, (SizeTPointer) null) != null
            || av_packet_get_side_data(packet, AV_PKT_DATA_PARAM_CHANGE, (SizeTPointer) null)
                != null);
  }

  private void sort() {
    pts = times.build().toArray();
    displayOrder =
        IntStream.range(0, count)
            .filter(shown::get)
            .boxed()
            .sorted((a, b) -> Long.compare(pts[a], pts[b]))
            .mapToInt(Integer::intValue)
            .toArray();
  }
}
