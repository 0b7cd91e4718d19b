package org.clapperboard.media;

import org.bytedeco.ffmpeg.avcodec.AVCodecContext;
import org.bytedeco.ffmpeg.global.avcodec;
import org.bytedeco.ffmpeg.global.avutil;
import org.bytedeco.javacpp.ShortPointer;

/**
 * Gives FFmpeg's JPEG encoder the quantisation tables of libjpeg: those of the JPEG standard (annex
 * K) scaled by the quality from 1 to 100. The mean of a block is always kept to one grey value,
 * which libjpeg keeps finer above quality 75.
 */
final class JpegQuality {

  private static final short[] LUMA = {
    16, 11, 10, 16, 24, 40, 51, 61, 12, 12, 14, 19, 26, 58, 60, 55,
    14, 13, 16, 24, 40, 57, 69, 56, 14, 17, 22, 29, 51, 87, 80, 62,
    18, 22, 37, 56, 68, 109, 103, 77, 24, 35, 55, 64, 81, 104, 113, 92,
    49, 64, 78, 87, 103, 121, 120, 101, 72, 92, 95, 98, 112, 100, 103, 99
  };
  private static final short[] CHROMA = {
    17, 18, 24, 47, 99, 99, 99, 99, 18, 21, 26, 66, 99, 99, 99, 99,
    24, 26, 56, 99, 99, 99, 99, 99, 47, 66, 99, 99, 99, 99, 99, 99,
    99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99,
    99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99
  };
  // FFmpeg multiplies its tables by this scale and divides by eight.
  private static final int SCALE_ONE = 8;

  private JpegQuality() {}

  static void apply(int quality, AVCodecContext context) {
    int percent = quality < 50 ? 5000 / quality : 200 - 2 * quality;
    context.intra_matrix(table(LUMA, percent));
    context.chroma_intra_matrix(table(CHROMA, percent));
    context.flags(context.flags() | avcodec.AV_CODEC_FLAG_QSCALE);
    context.qmin(SCALE_ONE).qmax(SCALE_ONE);
    context.global_quality(SCALE_ONE * avutil.FF_QP2LAMBDA);
  }

  /** In memory of FFmpeg, which frees it with the encoder. */
  private static ShortPointer table(short[] standard, int percent) {
    ShortPointer table = new ShortPointer(avutil.av_malloc((long) standard.length * Short.BYTES));
    for (int i = 0; i < standard.length; i++) {
      table.put(i, (short) scaled(standard[i], percent));
    }
    return table;
  }

  private static int scaled(int standard, int percent) {
    return Math.max(1, Math.min(255, (standard * percent + 50) / 100));
  }
}
