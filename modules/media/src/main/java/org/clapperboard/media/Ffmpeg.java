package org.clapperboard.media;

import static org.bytedeco.ffmpeg.global.avcodec.avcodec_version;
import static org.bytedeco.ffmpeg.global.avformat.avformat_version;
import static org.bytedeco.ffmpeg.global.avutil.AV_LOG_QUIET;
import static org.bytedeco.ffmpeg.global.avutil.av_log_set_level;
import static org.bytedeco.ffmpeg.global.avutil.av_strerror;
import static org.bytedeco.ffmpeg.global.avutil.av_version_info;
import static org.bytedeco.ffmpeg.global.swresample.swresample_version;
import static org.bytedeco.ffmpeg.global.swscale.swscale_version;

import java.nio.charset.StandardCharsets;
import org.clapperboard.config.InternalFailure;

/** The native library: loaded silently, its error codes in words. */
final class Ffmpeg {

  static {
    // By default JavaCPP refuses to allocate once the process is 4 times as large as its heap,
    // which
    // says nothing about this module. The limits here bound what one file may take.
    if (System.getProperty("org.bytedeco.javacpp.maxphysicalbytes") == null) {
      System.setProperty("org.bytedeco.javacpp.maxphysicalbytes", "0");
    }
    av_log_set_level(AV_LOG_QUIET);
  }

  private Ffmpeg() {}

  /** Makes sure that the native libraries are there; the first call takes 0.1 to 0.3 s. */
  static void load() {
    avcodec_version();
    avformat_version();
    swresample_version();
    swscale_version();
  }

  /** What the build calls itself. */
  static String version() {
    return av_version_info().getString();
  }

  /** FFmpeg's own words for an error code. */
  static String message(int code) {
    byte[] text = new byte[128];
    av_strerror(code, text, text.length);
    int length = 0;
    while (length < text.length && text[length] != 0) {
      length++;
    }
    return new String(text, 0, length, StandardCharsets.UTF_8);
  }

  /** For calls that fail only when memory or our own arguments are wrong. */
  static int require(int code, String call) {
    if (code < 0) {
      throw new InternalFailure("Cannot run " + call + ": " + message(code));
    }
    return code;
  }
}
