package org.clapperboard.media;

import java.util.ArrayList;
import java.util.List;
import org.clapperboard.media.DecodeStats.Strategy;
import org.clapperboard.media.FrameSet.Frame;
import org.clapperboard.media.pixels.RgbImage;

/** A video that lies there as one picture per frame. */
final class FolderFrames {

  private static final double FPS = 3;

  private final Attempt attempt;
  private final List<MediaSource> pictures;
  private final VideoRequest request;

  FolderFrames(Attempt attempt, List<MediaSource> pictures, VideoRequest request) {
    this.attempt = attempt;
    this.pictures = pictures;
    this.request = request;
  }

  FrameSet read() {
    if (pictures.isEmpty()) {
      throw new MediaRejection(Reason.EMPTY, "there are no pictures in it");
    }
    if (pictures.size() > attempt.limits.maxPackets()) {
      throw new MediaRejection(
          Reason.TOO_MANY_FRAMES,
          "%,d pictures (limit: %,d)".formatted(pictures.size(), attempt.limits.maxPackets()));
    }
    attempt.fps = FPS;
    attempt.totalFrames = pictures.size();
    attempt.seconds = pictures.size() / FPS;
    attempt.strategy = Strategy.SELECTED;
    FrameSampler.Range range = FrameSampler.range(request.clip(), pictures.size(), FPS);
    if (range == null) {
      throw new MediaRejection(
          Reason.OUT_OF_RANGE,
          "the clip begins behind the last of " + pictures.size() + " pictures");
    }
    int[] wanted = request.sampling().choose(range, FPS);
    attempt.framesWanted = wanted.length;
    List<Frame> frames = new ArrayList<>();
    for (int index : wanted) {
      attempt.checkTime();
      frames.add(new Frame(index, request.transform().apply(picture(pictures.get(index)))));
      attempt.framesHit++;
    }
    return new FrameSet(frames, pictures.size(), range, FPS);
  }

  private RgbImage picture(MediaSource source) {
    Decoded<RgbImage> decoded = Pictures.read(source, attempt.limits);
    if (decoded instanceof Decoded.Ok<RgbImage> ok) {
      attempt.packets++;
      attempt.codec = ok.stats().codec();
      attempt.width = ok.stats().width();
      attempt.height = ok.stats().height();
      ok.stats().warnings().forEach(attempt::warn);
      return ok.value();
    }
    Decoded.Rejected<RgbImage> rejected = (Decoded.Rejected<RgbImage>) decoded;
    throw new MediaRejection(rejected.reason(), rejected.detail());
  }
}
