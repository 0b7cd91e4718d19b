package org.clapperboard.media;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.bytedeco.ffmpeg.avutil.AVFrame;
import org.clapperboard.media.FrameSet.Frame;
import org.clapperboard.media.pixels.FrameTransform;
import org.clapperboard.media.pixels.RgbImage;

/** Takes decoded frames, makes them pictures as the request wants them, and keeps those. */
final class FrameCollector implements AutoCloseable {

  private final Attempt attempt;
  private final Turn turn;
  private final FrameTransform transform;
  private final RgbConverter converter = new RgbConverter();
  private final Map<Integer, RgbImage> images = new TreeMap<>();

  FrameCollector(Attempt attempt, Turn turn, FrameTransform transform) {
    this.attempt = attempt;
    this.turn = turn;
    this.transform = transform;
  }

  void clear() {
    images.clear();
  }

  void take(int index, AVFrame frame) {
    attempt.checkPixels(frame.width(), frame.height());
    attempt.width = frame.width();
    attempt.height = frame.height();
    images.put(index, transform.apply(turn.apply(converter.convert(frame))));
  }

  boolean hasAll(int[] indexes) {
    for (int index : indexes) {
      if (!images.containsKey(index)) {
        return false;
      }
    }
    return true;
  }

  List<Frame> frames() {
    List<Frame> frames = new ArrayList<>();
    images.forEach((index, image) -> frames.add(new Frame(index, image)));
    attempt.framesHit = frames.size();
    return frames;
  }

  @Override
  public void close() {
    converter.close();
  }
}
