package org.clapperboard.media;

import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.bytedeco.ffmpeg.avformat.AVStream;
import org.bytedeco.ffmpeg.avutil.AVFrame;
import org.clapperboard.media.DecodeStats.Strategy;

/**
 * Chosen frames of a video, quickly and exactly.
 *
 * <p>An index of all packets tells which frames there are; only packets that the wanted frames need
 * are decoded. Every wanted frame must come out with its own time stamp and no complaint of the
 * decoder, else the file is decoded from its beginning, and where even that does not find them the
 * frames are counted as they come out. A frame is never replaced by another one.
 */
public final class VideoFrames {

  // The reference takes 25 frames per second for every GIF, whatever its delays say.
  private static final double GIF_FPS = 25;

  private final Attempt attempt;
  private final VideoRequest request;
  private final AVStream stream;
  private final PacketIndex index;
  private final FrameCollector collector;
  private FrameSampler.Range range;
  private int[] wanted;

  private VideoFrames(
      Attempt attempt,
      VideoRequest request,
      AVStream stream,
      PacketIndex index,
      FrameCollector collector) {
    this.attempt = attempt;
    this.request = request;
    this.stream = stream;
    this.index = index;
    this.collector = collector;
  }

  /** Frames of a video file or an animated GIF. */
  public static Decoded<FrameSet> read(
      MediaSource source, VideoRequest request, MediaLimits limits) {
    return Attempt.run(source, limits, attempt -> read(attempt, request));
  }

  /**
   * Frames of a folder of pictures, taken in the order of their names as 3 frames per second, which
   * is what the reference assumes.
   */
  public static Decoded<FrameSet> readPictures(
      String name, List<MediaSource> pictures, VideoRequest request, MediaLimits limits) {
    List<MediaSource> sorted =
        pictures.stream().sorted(Comparator.comparing(MediaSource::name)).toList();
    return Attempt.run(
        MediaSource.of(name, new byte[0]),
        limits,
        attempt -> new FolderFrames(attempt, sorted, request).read());
  }

  private static FrameSet read(Attempt attempt, VideoRequest request) {
    try (Demuxer demuxer = Demuxer.open(attempt)) {
      demuxer.chooseVideo();
      AVStream stream = demuxer.stream();
      Turn turn = Turn.of(stream.codecpar());
      try (PacketIndex index = PacketIndex.of(demuxer, attempt);
          FrameCollector collector = new FrameCollector(attempt, turn, request.transform())) {
        describe(attempt, demuxer, turn, index);
        return new VideoFrames(attempt, request, stream, index, collector).read();
      } catch (MediaRejection e) {
        boolean tooLarge = demuxer.declaredPixels() > attempt.limits.maxPixels();
        throw e.reason() == Reason.CORRUPT && tooLarge
            ? new MediaRejection(
                Reason.TOO_MANY_PIXELS,
                "a frame of %,d pixels (limit: %,d)"
                    .formatted(demuxer.declaredPixels(), attempt.limits.maxPixels()))
            : e;
      }
    }
  }

  private static void describe(Attempt attempt, Demuxer demuxer, Turn turn, PacketIndex index) {
    AVStream stream = demuxer.stream();
    attempt.width = stream.codecpar().width();
    attempt.height = stream.codecpar().height();
    attempt.rotationDegrees = turn.degrees();
    attempt.checkPixels(attempt.width, attempt.height);
    attempt.fps = Demuxer.seconds(stream.avg_frame_rate());
    if (attempt.container.equals("gif")) {
      attempt.fps = GIF_FPS;
    } else if (attempt.fps == 0 && demuxer.declaredSeconds() > 0) {
      attempt.fps = index.frames() / demuxer.declaredSeconds();
    }
    if (attempt.seconds == 0 && attempt.fps > 0) {
      attempt.seconds = index.frames() / attempt.fps;
    }
  }

  private FrameSet read() {
    if (attempt.isCutShort()) {
      throw new MediaRejection(
          Reason.TRUNCATED, "the file ends after " + index.frames() + " frames, before its end");
    }
    if (index.frames() == 0) {
      throw new MediaRejection(Reason.CORRUPT, "its video track has no frames");
    }
    if (index.isTimed()) {
      choose(index.frames());
      if ((index.allowsSkips() && selected()) || through()) {
        return result();
      }
      attempt.warn(Warning.FELL_BACK);
    }
    counted();
    return result();
  }

  private void choose(int total) {
    if (attempt.fps <= 0 && !request.clip().isWhole()) {
      throw new MediaRejection(
          Reason.CORRUPT, "its frame rate is unknown, so no clip can be cut out of it");
    }
    range = FrameSampler.range(request.clip(), total, attempt.fps);
    if (range == null) {
      throw new MediaRejection(
          Reason.OUT_OF_RANGE,
          "the clip begins at %.3f s, behind the last of its %d frames at %.3f per second"
              .formatted(request.clip().startSeconds(), total, attempt.fps));
    }
    wanted = request.sampling().choose(range, attempt.fps);
    attempt.totalFrames = total;
    attempt.framesWanted = wanted.length;
  }

  /** Decodes what the wanted frames need; false where that did not work without a complaint. */
  private boolean selected() {
    attempt.strategy = Strategy.SELECTED;
    DecodePlan plan = new DecodePlan(index, wanted);
    try (StreamDecoder decoder = new StreamDecoder(stream, attempt, byTime())) {
      index.replay(
          (number, packet) -> {
            switch (plan.step(number)) {
              case LEAVE_OUT -> {}
              case BEGIN -> {
                decoder.drain();
                decoder.reset();
                if (plan.isWanted(number)) {
                  decoder.decode(packet);
                } else {
                  decoder.decodeReference(packet);
                }
              }
              case PASS -> decoder.decodeReference(packet);
              case SHOW -> decoder.decode(packet);
            }
            return number < plan.last();
          });
      decoder.drain();
      return decoder.errors() == 0 && collector.hasAll(wanted);
    }
  }

  /** Decodes from the beginning to the last wanted frame; false where not all came out. */
  private boolean through() {
    attempt.strategy = Strategy.THROUGH;
    collector.clear();
    int last = Arrays.stream(wanted).map(index::packetOf).max().orElseThrow();
    try (StreamDecoder decoder = new StreamDecoder(stream, attempt, byTime())) {
      index.replay(
          (number, packet) -> {
            decoder.decode(packet);
            return number < last;
          });
      decoder.drain();
      if (!collector.hasAll(wanted)) {
        return false;
      }
      noteErrors(decoder);
      return true;
    }
  }

  /** Decodes everything and takes frames by their number, twice where the number was not known. */
  private void counted() {
    attempt.strategy = Strategy.COUNTED;
    int expected = index.frames();
    int found = count(expected);
    if (found == 0) {
      throw new MediaRejection(Reason.CORRUPT, "none of its frames can be decoded");
    }
    if (found != expected) {
      found = count(found);
    }
    if (!collector.hasAll(wanted)) {
      throw new MediaRejection(Reason.CORRUPT, "its frames do not come out twice the same");
    }
  }

  private int count(int assumed) {
    choose(assumed);
    collector.clear();
    int[] next = {0};
    try (StreamDecoder decoder =
        new StreamDecoder(
            stream,
            attempt,
            frame -> {
              if (Arrays.binarySearch(wanted, next[0]) >= 0) {
                collector.take(next[0], frame);
              }
              next[0]++;
            })) {
      index.replay(
          (number, packet) -> {
            decoder.decode(packet);
            return true;
          });
      decoder.drain();
      noteErrors(decoder);
    }
    return next[0];
  }

  private Consumer<AVFrame> byTime() {
    Map<Long, Integer> byTime = new HashMap<>();
    for (int frame : wanted) {
      byTime.put(index.pts(index.packetOf(frame)), frame);
    }
    return frame -> {
      Integer number = byTime.get(frame.pts());
      if (number != null) {
        collector.take(number, frame);
      }
    };
  }

  private void noteErrors(StreamDecoder decoder) {
    for (int i = 0; i < decoder.errors(); i++) {
      attempt.damaged();
    }
  }

  private FrameSet result() {
    return new FrameSet(collector.frames(), attempt.totalFrames, range, attempt.fps);
  }
}
