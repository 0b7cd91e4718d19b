package org.clapperboard.media;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.clapperboard.media.TestMedia.detail;
import static org.clapperboard.media.TestMedia.frames;
import static org.clapperboard.media.TestMedia.reason;
import static org.clapperboard.media.TestMedia.source;
import static org.clapperboard.media.TestMedia.uniform;
import static org.clapperboard.media.TestMedia.value;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.bytedeco.ffmpeg.global.avutil;
import org.clapperboard.media.DecodeStats.Strategy;
import org.clapperboard.media.pixels.Preprocess;
import org.clapperboard.media.pixels.RgbImage;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class VideoFramesIT {

  private static final MediaLimits LIMITS = MediaLimits.DEFAULT;

  @TempDir Path folder;

  @Test
  void chosen_frames_are_those_of_a_decode_from_the_beginning() throws IOException {
    List<ClipFormat.VideoCodec> codecs =
        List.of(new ClipFormat.Mpeg4(3), new ClipFormat.H264(600_000));
    for (ClipFormat.VideoCodec codec : codecs) {
      for (int keyInterval : new int[] {1, 7, 250}) {
        ClipFormat format = new ClipFormat(codec, 25, keyInterval, 64_000);
        for (int count : new int[] {1, 2, 5, 60, 61}) {
          Path file = write(ClipWriter.write(format, frames(count, 96, 64)));
          NaiveVideo naive = NaiveVideo.of(file, frame -> true);
          for (VideoRequest request : List.of(uniform(1), uniform(8), uniform(3, 8, 16))) {
            Decoded<FrameSet> decoded = read(file, request);
            FrameSet set = value(decoded);
            assertThat(set.totalFrames()).isEqualTo(count).isEqualTo(naive.total());
            for (FrameSet.Frame frame : set.frames()) {
              assertThat(frame.image())
                  .as("%s, key every %d, frame %d of %d", codec, keyInterval, frame.index(), count)
                  .isEqualTo(naive.frame(frame.index()));
            }
            assertThat(decoded.stats().strategy()).isEqualTo(Strategy.SELECTED);
            assertThat(decoded.stats().framesHit()).isEqualTo(set.frames().size());
            assertThat(decoded.stats().warnings()).isEmpty();
          }
        }
      }
    }
  }

  /** Where the table of chunks of an mp4 points behind the end, FFmpeg follows it. */
  @Test
  void what_lies_behind_the_end_is_never_asked_of_a_storage() {
    byte[] clip = TestMedia.clip();
    int table = new String(clip, StandardCharsets.ISO_8859_1).indexOf("stco");
    assertThat(table).isPositive();
    ByteBuffer box = ByteBuffer.wrap(clip);
    for (int chunk = 0; chunk < box.getInt(table + 8); chunk++) {
      box.putInt(table + 12 + 4 * chunk, 2 * clip.length);
    }
    List<Long> positions = new ArrayList<>();
    MediaSource strict =
        new BytesSource("clip.mp4", clip) {
          @Override
          public int read(long position, byte[] target, int offset, int length) {
            positions.add(position);
            return super.read(position, target, offset, length);
          }
        };
    assertThat(reason(VideoFrames.read(strict, uniform(4), LIMITS)))
        .isEqualTo(reason(VideoFrames.read(source(clip), uniform(4), LIMITS)))
        .isNotEqualTo(Reason.UNREADABLE);
    assertThat(positions).isNotEmpty().allSatisfy(at -> assertThat(at).isLessThan(clip.length));
  }

  @Test
  void the_length_of_the_whole_video_and_its_sound_are_noted_whatever_part_is_read() {
    VideoRequest part = uniform(2).within(new Clip(0.5, 0.75));
    DecodeStats stats = VideoFrames.read(source(TestMedia.clip()), part, LIMITS).stats();
    assertThat(stats.seconds()).isCloseTo(1, within(1e-9));
    assertThat(stats.hasSound()).isTrue();
    byte[] silent = ClipWriter.write(ClipFormat.mpeg4(25), frames(40, 64, 64));
    stats = VideoFrames.read(source(silent), uniform(2), LIMITS).stats();
    assertThat(stats.seconds()).isCloseTo(1.6, within(1e-9));
    assertThat(stats.hasSound()).isFalse();
  }

  @Test
  void one_decode_serves_several_numbers_of_frames() {
    byte[] clip = ClipWriter.write(ClipFormat.mpeg4(25), frames(40, 64, 64));
    FrameSet both = value(VideoFrames.read(source(clip), uniform(8, 16), LIMITS));
    for (int count : new int[] {8, 16}) {
      FrameSet alone = value(VideoFrames.read(source(clip), uniform(count), LIMITS));
      assertThat(both.uniform(count)).hasSize(count).isEqualTo(alone.uniform(count));
    }
    assertThatThrownBy(() -> both.uniform(5))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("5 frames were not asked for: frame 20 is not here");
  }

  @Test
  void a_video_of_fewer_frames_than_wanted_repeats_them_by_the_rule_of_the_reference() {
    byte[] clip = ClipWriter.write(ClipFormat.mpeg4(25), frames(3, 64, 64));
    FrameSet set = value(VideoFrames.read(source(clip), uniform(8), LIMITS));
    assertThat(set.frames()).hasSize(3);
    List<RgbImage> eight = set.uniform(8);
    assertThat(eight).hasSize(8);
    assertThat(eight.get(1)).isSameAs(eight.get(0));
    assertThat(eight.get(7)).isNotEqualTo(eight.get(0));
  }

  @Test
  void clips_and_frames_per_second_choose_within_the_file() {
    byte[] clip = ClipWriter.write(ClipFormat.mpeg4(10), frames(50, 64, 64));
    FrameSet second = value(read(clip, uniform(4).within(new Clip(2, 3))));
    assertThat(second.range()).isEqualTo(new FrameSampler.Range(19, 29));
    assertThat(second.frames()).extracting(FrameSet.Frame::index).containsExactly(20, 23, 25, 28);
    VideoRequest everySecond = VideoRequest.of(new FrameSampling.PerSecond(4));
    assertThat(value(read(clip, everySecond)).frames())
        .extracting(FrameSet.Frame::index)
        .containsExactly(5, 15, 25, 35);
    Decoded<FrameSet> behind = read(clip, uniform(4).within(Clip.from(6)));
    assertThat(reason(behind)).isEqualTo(Reason.OUT_OF_RANGE);
    assertThat(detail(behind))
        .isEqualTo(
            "Cannot read test.mp4: the clip begins at 6.000 s, behind the last of its 50 frames at"
                + " 10.000 per second");
  }

  @Test
  void a_transform_sees_each_frame_once() {
    byte[] clip = ClipWriter.write(ClipFormat.mpeg4(25), frames(20, 96, 64));
    Preprocess recipe = new Preprocess(Preprocess.Encoder.CLIP, 56, Preprocess.Aspect.PAD);
    FrameSet plain = value(read(clip, uniform(8)));
    FrameSet small = value(read(clip, uniform(8).with(recipe)));
    for (int i = 0; i < 8; i++) {
      assertThat(small.frames().get(i).image())
          .isEqualTo(recipe.apply(plain.frames().get(i).image()));
    }
  }

  @Test
  void a_stream_without_time_stamps_is_counted() throws IOException {
    byte[] raw = rawH264(frames(30, 64, 64));
    Path file = write(raw);
    NaiveVideo naive = NaiveVideo.of(file, frame -> true);
    Decoded<FrameSet> decoded = read(file, uniform(8));
    FrameSet set = value(decoded);
    assertThat(decoded.stats().strategy()).isEqualTo(Strategy.COUNTED);
    assertThat(set.totalFrames()).isEqualTo(30);
    // Raw H.264 has no duration: what is known is its frames and their rate.
    assertThat(decoded.stats().seconds()).isCloseTo(30 / decoded.stats().fps(), within(1e-9));
    set.frames().forEach(frame -> assertThat(frame.image()).isEqualTo(naive.frame(frame.index())));
  }

  @Test
  void a_file_too_large_to_stay_in_memory_is_read_twice() throws IOException {
    Random random = new Random(4);
    List<RgbImage> noise =
        IntStream.range(0, 100)
            .mapToObj(
                k -> {
                  byte[] rgb = new byte[3 * 640 * 480];
                  random.nextBytes(rgb);
                  return new RgbImage(640, 480, rgb);
                })
            .toList();
    ClipFormat format = new ClipFormat(new ClipFormat.Mpeg4(1), 25, 10, 64_000);
    Path file = write(ClipWriter.write(format, noise));
    assertThat(Files.size(file)).isGreaterThan(33L << 20);
    FrameSet set = value(read(file, uniform(2)));
    NaiveVideo naive = NaiveVideo.of(file, frame -> true);
    assertThat(set.frames()).extracting(FrameSet.Frame::index).containsExactly(25, 74);
    set.frames().forEach(frame -> assertThat(frame.image()).isEqualTo(naive.frame(frame.index())));
  }

  @Test
  void a_rotated_video_comes_out_upright() {
    byte[] clip = ClipWriter.write(ClipFormat.mpeg4(25), frames(4, 96, 64));
    RgbImage plain = value(read(clip, uniform(1))).frames().get(0).image();
    int one = 1 << 16;
    Map<Integer, int[]> matrices =
        Map.of(
            90, new int[] {0, one, -one, 0},
            180, new int[] {-one, 0, 0, -one},
            270, new int[] {0, -one, one, 0});
    matrices.forEach(
        (degrees, matrix) -> {
          Decoded<FrameSet> decoded = read(withMatrix(clip, matrix), uniform(1));
          RgbImage turned = value(decoded).frames().get(0).image();
          assertThat(decoded.stats().rotationDegrees()).isEqualTo(degrees);
          assertThat(turned).isEqualTo(turnedByHand(plain, degrees));
        });
  }

  @Test
  void a_folder_of_pictures_is_a_video_in_the_order_of_names() {
    List<RgbImage> images = frames(9, 40, 30);
    List<MediaSource> pictures = new ArrayList<>();
    try (FrameCodec codec = new FrameCodec(new FrameEncoding.Png())) {
      for (int i = 0; i < images.size(); i++) {
        pictures.add(MediaSource.of("frame_%02d.png".formatted(i), codec.encode(images.get(i))));
      }
    }
    Collections.shuffle(pictures, new Random(1));
    FrameSet set = value(VideoFrames.readPictures("folder", pictures, uniform(4), LIMITS));
    assertThat(set.fps()).isEqualTo(3);
    assertThat(set.frames()).extracting(FrameSet.Frame::index).containsExactly(1, 3, 5, 7);
    set.frames().forEach(frame -> assertThat(frame.image()).isEqualTo(images.get(frame.index())));
    Decoded<FrameSet> none = VideoFrames.readPictures("folder", List.of(), uniform(4), LIMITS);
    assertThat(reason(none)).isEqualTo(Reason.EMPTY);
    List<MediaSource> broken = List.of(MediaSource.of("a.png", new byte[40]));
    Decoded<FrameSet> bad = VideoFrames.readPictures("folder", broken, uniform(4), LIMITS);
    assertThat(detail(bad))
        .isEqualTo(
            "Cannot read folder: Cannot read a.png: its bytes are of no known picture format");
  }

  @Test
  void every_limit_has_its_reason() {
    byte[] clip = ClipWriter.write(ClipFormat.mpeg4(10), frames(20, 96, 64));
    assertLimit(clip, LIMITS.withMaxBytes(100), Reason.TOO_MANY_BYTES);
    assertLimit(clip, LIMITS.withMaxPixels(96 * 64 - 1), Reason.TOO_MANY_PIXELS);
    assertLimit(clip, LIMITS.withMaxPackets(19), Reason.TOO_MANY_FRAMES);
    assertLimit(clip, LIMITS.withMaxDuration(Duration.ofMillis(1900)), Reason.TOO_LONG);
    MediaLimits exact =
        new MediaLimits(clip.length, 96 * 64, 20, Duration.ofSeconds(2), Duration.ofMinutes(1));
    assertThat(value(VideoFrames.read(source(clip), uniform(4), exact)).frames()).hasSize(4);
  }

  /** The binding has room for ten callback objects of a kind in a process. */
  @Test
  void many_threads_read_at_once() throws InterruptedException, ExecutionException {
    byte[] clip = ClipWriter.write(ClipFormat.mpeg4(10), frames(20, 96, 64));
    FrameSet expected = value(read(clip, uniform(8)));
    int threads = 24;
    CountDownLatch allInside = new CountDownLatch(threads);
    ExecutorService pool = Executors.newFixedThreadPool(threads);
    try {
      List<Future<Decoded<FrameSet>>> results = new ArrayList<>();
      for (int i = 0; i < threads; i++) {
        MediaSource together = new MeetingSource(source(clip), allInside);
        results.add(pool.submit(() -> VideoFrames.read(together, uniform(8), LIMITS)));
      }
      for (Future<Decoded<FrameSet>> result : results) {
        assertThat(value(result.get())).isEqualTo(expected);
      }
    } finally {
      pool.shutdownNow();
    }
  }

  @Test
  void a_slow_source_ends_at_the_time_limit() {
    byte[] clip = ClipWriter.write(ClipFormat.mpeg4(10), frames(20, 96, 64));
    MediaSource slow = new SlowSource(source(clip), Duration.ofMillis(150));
    long start = System.nanoTime();
    Decoded<FrameSet> decoded =
        VideoFrames.read(slow, uniform(4), LIMITS.withTimeout(Duration.ofMillis(200)));
    assertThat(reason(decoded)).isEqualTo(Reason.TIMEOUT);
    assertThat(detail(decoded)).isEqualTo("Cannot read test.mp4: not done after 200 ms");
    assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(3));
  }

  @Test
  void what_is_missing_or_unreadable_is_said() {
    try (MediaSource missing = MediaSource.of(folder.resolve("none.mp4"))) {
      assertThat(reason(VideoFrames.read(missing, uniform(8), LIMITS))).isEqualTo(Reason.MISSING);
    }
    byte[] clip = TestMedia.clip();
    assertThat(reason(VideoFrames.read(new FailingSource(source(clip)), uniform(8), LIMITS)))
        .isEqualTo(Reason.UNREADABLE);
    assertThat(reason(read(new byte[0], uniform(8)))).isEqualTo(Reason.EMPTY);
  }

  @Test
  void broken_files_are_rejected_and_never_repeat_frames() {
    byte[] clip = ClipWriter.write(ClipFormat.mpeg4(25), frames(40, 96, 64));
    assertThat(reason(read(Arrays.copyOf(clip, clip.length / 2), uniform(8))))
        .isEqualTo(Reason.TRUNCATED);
    assertThat(reason(read(Arrays.copyOf(clip, 17), uniform(8))))
        .isIn(Reason.CORRUPT, Reason.TRUNCATED, Reason.NOT_MEDIA);
    assertThat(
            reason(
                read(
                    "#EXTM3U\nfile:///etc/passwd\n".repeat(9).getBytes(StandardCharsets.UTF_8),
                    uniform(8))))
        .isIn(Reason.NOT_MEDIA, Reason.UNSUPPORTED);
    String concat = "ffconcat version 1.0\nfile other.mp4\n".repeat(5);
    assertThat(reason(read(concat.getBytes(StandardCharsets.UTF_8), uniform(8))))
        .isEqualTo(Reason.UNSUPPORTED);
    assertThat(reason(read("plain text, ".repeat(99).getBytes(StandardCharsets.UTF_8), uniform(8))))
        .isEqualTo(Reason.NOT_MEDIA);
    byte[] wav = WavWriter.write(new PcmTrack(TestMedia.tone(1, 16_000), 1, 16_000));
    assertThat(reason(read(wav, uniform(8)))).isEqualTo(Reason.NO_VIDEO);
  }

  @Test
  void damaged_frames_are_noted_or_the_file_is_rejected() {
    byte[] clip =
        ClipWriter.write(
            new ClipFormat(new ClipFormat.H264(600_000), 25, 12, 64_000), frames(40, 96, 64));
    int noted = 0;
    Random random = new Random(2);
    for (int round = 0; round < 40; round++) {
      byte[] damaged = clip.clone();
      int from = 100 + random.nextInt(clip.length * 3 / 4 - 200);
      for (int i = 0; i < 60; i++) {
        damaged[from + i] = (byte) random.nextInt();
      }
      Decoded<FrameSet> decoded = read(damaged, uniform(16));
      if (decoded instanceof Decoded.Ok<FrameSet> ok) {
        assertThat(ok.value().frames()).hasSize(ok.stats().framesWanted());
        noted += ok.stats().warnings().contains(Warning.DAMAGED) ? 1 : 0;
      }
    }
    assertThat(noted).isPositive();
  }

  private Decoded<FrameSet> read(Path file, VideoRequest request) {
    try (MediaSource source = MediaSource.of(file)) {
      return VideoFrames.read(source, request, LIMITS);
    }
  }

  private static Decoded<FrameSet> read(byte[] file, VideoRequest request) {
    return VideoFrames.read(source(file), request, LIMITS);
  }

  private Path write(byte[] bytes) throws IOException {
    return Files.write(Files.createTempFile(folder, "clip", ".mp4"), bytes);
  }

  private static void assertLimit(byte[] clip, MediaLimits limits, Reason reason) {
    assertThat(reason(VideoFrames.read(source(clip), uniform(4), limits))).isEqualTo(reason);
  }

  private static byte[] rawH264(List<RgbImage> frames) {
    ByteArrayOutputStream raw = new ByteArrayOutputStream();
    try (StreamEncoder encoder =
            new StreamEncoder(
                "libopenh264",
                context -> {
                  context.width(frames.get(0).width()).height(frames.get(0).height());
                  context.pix_fmt(avutil.AV_PIX_FMT_YUV420P).gop_size(10).bit_rate(600_000);
                  context.time_base().num(1).den(25);
                },
                Map.of());
        YuvFrame frame = new YuvFrame(frames.get(0).width(), frames.get(0).height())) {
      for (int i = 0; i < frames.size(); i++) {
        encoder.encode(
            frame.fill(frames.get(i), i), packet -> raw.writeBytes(FrameEncoder.content(packet)));
      }
      encoder.encode(null, packet -> raw.writeBytes(FrameEncoder.content(packet)));
    }
    return raw.toByteArray();
  }

  /** Writes the display matrix of the only track. */
  private static byte[] withMatrix(byte[] clip, int[] matrix) {
    byte[] changed = clip.clone();
    int track = new String(clip, StandardCharsets.ISO_8859_1).indexOf("tkhd");
    ByteBuffer at = ByteBuffer.wrap(changed);
    int matrixAt = track - 4 + 48;
    at.putInt(matrixAt, matrix[0]).putInt(matrixAt + 4, matrix[1]);
    at.putInt(matrixAt + 12, matrix[2]).putInt(matrixAt + 16, matrix[3]);
    return changed;
  }

  private static RgbImage turnedByHand(RgbImage image, int degrees) {
    RgbImage turned = image;
    for (int quarter = 0; quarter < degrees / 90; quarter++) {
      int width = turned.height();
      int height = turned.width();
      byte[] rgb = new byte[turned.rgb().length];
      for (int y = 0; y < turned.height(); y++) {
        for (int x = 0; x < turned.width(); x++) {
          for (int channel = 0; channel < 3; channel++) {
            rgb[3 * (x * width + width - 1 - y) + channel] =
                turned.rgb()[3 * (y * turned.width() + x) + channel];
          }
        }
      }
      turned = new RgbImage(width, height, rgb);
    }
    return turned;
  }
}
