package org.clapperboard.media.child;

import java.io.IOException;
import org.bytedeco.javacpp.BytePointer;
import org.clapperboard.media.Decoded;
import org.clapperboard.media.FrameSet;
import org.clapperboard.media.MediaDecoder;
import org.clapperboard.media.MediaLimits;
import org.clapperboard.media.MediaSource;
import org.clapperboard.media.Pictures;
import org.clapperboard.media.Sound;
import org.clapperboard.media.SoundRequest;
import org.clapperboard.media.VideoRequest;
import org.clapperboard.media.pixels.RgbImage;

/** A child that fails as the native library might, where the file's name asks for it. */
final class FaultyWorker implements MediaDecoder {

  private final MediaDecoder decoder = MediaDecoder.inProcess();

  /** Entry of the process. */
  public static void main(String[] args) throws IOException {
    ChildWorker.serve(new FaultyWorker());
  }

  @Override
  public Decoded<FrameSet> frames(MediaSource source, VideoRequest request, MediaLimits limits) {
    switch (source.name()) {
      case "halt" -> Runtime.getRuntime().halt(99);
      case "wild pointer" -> new WildPointer().put((byte) 1);
      case "hang" -> hang();
      case "bug" -> throw new IllegalStateException("a bug");
      default -> {}
    }
    return decoder.frames(source, request, limits);
  }

  /** For ever, and deaf to interrupts as native code is. */
  private static void hang() {
    while (true) {
      try {
        Thread.sleep(1000);
      } catch (InterruptedException deaf) {
        // Goes on.
      }
    }
  }

  @Override
  public Decoded<RgbImage> picture(
      MediaSource source, Pictures.Orientation orientation, MediaLimits limits) {
    return decoder.picture(source, orientation, limits);
  }

  @Override
  public Decoded<Sound> sound(MediaSource source, SoundRequest request, MediaLimits limits) {
    return decoder.sound(source, request, limits);
  }

  @Override
  public void close() {
    decoder.close();
  }

  private static final class WildPointer extends BytePointer {
    WildPointer() {
      address = 8;
    }
  }
}
