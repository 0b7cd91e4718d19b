package org.clapperboard.media;

import static org.bytedeco.ffmpeg.global.avutil.AV_PIX_FMT_BGRA;
import static org.bytedeco.ffmpeg.global.avutil.AV_PIX_FMT_RGB24;
import static org.bytedeco.ffmpeg.global.avutil.AV_PIX_FMT_YUVJ444P;
import static org.bytedeco.ffmpeg.global.avutil.av_frame_alloc;
import static org.bytedeco.ffmpeg.global.avutil.av_frame_free;
import static org.bytedeco.ffmpeg.global.avutil.av_frame_get_buffer;
import static org.bytedeco.ffmpeg.global.avutil.av_frame_make_writable;

import java.io.ByteArrayOutputStream;
import java.util.Map;
import java.util.function.Consumer;
import org.bytedeco.ffmpeg.avcodec.AVCodecContext;
import org.bytedeco.ffmpeg.avcodec.AVPacket;
import org.bytedeco.ffmpeg.avutil.AVFrame;
import org.clapperboard.media.pixels.RgbImage;

/** Pictures of one size to JPEG, PNG or WebP. */
final class FrameEncoder implements AutoCloseable {

  static {
    Ffmpeg.load();
  }

  private final int width;
  private final int height;
  private final int pixelFormat;
  private final StreamEncoder encoder;
  private final AVFrame frame = av_frame_alloc();
  private long frames;

  FrameEncoder(FrameEncoding encoding, int width, int height) {
    this.width = width;
    this.height = height;
    if (encoding instanceof FrameEncoding.Jpeg jpeg) {
      pixelFormat = AV_PIX_FMT_YUVJ444P;
      encoder = open("mjpeg", context -> JpegQuality.apply(jpeg.quality(), context), Map.of());
    } else if (encoding instanceof FrameEncoding.Webp) {
      pixelFormat = AV_PIX_FMT_BGRA;
      encoder = open("libwebp", context -> {}, Map.of("lossless", "1", "compression_level", "2"));
    } else {
      pixelFormat = AV_PIX_FMT_RGB24;
      encoder = open("png", context -> context.compression_level(3), Map.of("pred", "mixed"));
    }
    frame.width(width).height(height).format(pixelFormat);
    Ffmpeg.require(av_frame_get_buffer(frame, 0), "av_frame_get_buffer");
  }

  boolean fits(RgbImage image) {
    return image.width() == width && image.height() == height;
  }

  byte[] encode(RgbImage image) {
    Ffmpeg.require(av_frame_make_writable(frame), "av_frame_make_writable");
    switch (pixelFormat) {
      case AV_PIX_FMT_YUVJ444P -> fillPlanes(image);
      case AV_PIX_FMT_BGRA -> fill(0, withAlpha(image.rgb()), 4 * width);
      default -> fill(0, image.rgb(), 3 * width);
    }
    frame.pts(frames++);
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    encoder.encode(frame, packet -> bytes.writeBytes(content(packet)));
    return bytes.toByteArray();
  }

  @Override
  public void close() {
    av_frame_free(frame);
    encoder.close();
  }

  static byte[] content(AVPacket packet) {
    byte[] bytes = new byte[packet.size()];
    packet.data().get(bytes);
    return bytes;
  }

  private StreamEncoder open(
      String name, Consumer<AVCodecContext> settings, Map<String, String> options) {
    return new StreamEncoder(
        name,
        context -> {
          context.width(width).height(height).pix_fmt(pixelFormat);
          context.time_base().num(1).den(25);
          settings.accept(context);
        },
        options);
  }

  private void fillPlanes(RgbImage image) {
    byte[][] planes = new byte[3][width * height];
    YccColour.fromRgb(image.rgb(), planes[0], planes[1], planes[2]);
    for (int plane = 0; plane < 3; plane++) {
      fill(plane, planes[plane], width);
    }
  }

  private void fill(int plane, byte[] rows, int rowBytes) {
    for (int y = 0; y < height; y++) {
      frame
          .data(plane)
          .position((long) y * frame.linesize(plane))
          .put(rows, y * rowBytes, rowBytes);
    }
  }

  private static byte[] withAlpha(byte[] rgb) {
    byte[] bgra = new byte[rgb.length / 3 * 4];
    for (int in = 0, out = 0; in < rgb.length; in += 3, out += 4) {
      bgra[out] = rgb[in + 2];
      bgra[out + 1] = rgb[in + 1];
      bgra[out + 2] = rgb[in];
      bgra[out + 3] = (byte) 0xff;
    }
    return bgra;
  }
}
