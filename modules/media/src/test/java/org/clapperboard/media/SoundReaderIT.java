package org.clapperboard.media;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.clapperboard.media.TestMedia.detail;
import static org.clapperboard.media.TestMedia.frames;
import static org.clapperboard.media.TestMedia.reason;
import static org.clapperboard.media.TestMedia.source;
import static org.clapperboard.media.TestMedia.tone;
import static org.clapperboard.media.TestMedia.value;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.ShortBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.bytedeco.ffmpeg.ffmpeg;
import org.bytedeco.javacpp.Loader;
import org.clapperboard.media.sound.ReferenceShape;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SoundReaderIT {

  private static final MediaLimits LIMITS = MediaLimits.DEFAULT;
  private static final SoundRequest WHOLE = SoundRequest.of(new SoundRoute.Whole());

  @Test
  void mono_of_16_kilohertz_comes_back_sample_by_sample() {
    short[] samples = tone(1.5, 16_000);
    Sound sound = value(read(wav(samples, 1, 16_000), WHOLE));
    assertThat(sound.toShorts()).isEqualTo(samples);
    assertThat(sound.seconds()).isEqualTo(1.5);
    assertThat(Sound.of(samples).samples()).isEqualTo(sound.samples());
  }

  @Test
  void dts_in_the_guise_of_samples_of_16_bits_is_decoded(@TempDir Path folder) throws Exception {
    short[] samples = tone(2, 44_100);
    Path plain = Files.write(folder.resolve("plain.wav"), wav(samples, 1, 44_100));
    Path dts = folder.resolve("sound.dts");
    List<String> command = List.of("-v", "error", "-i", "" + plain, "-strict", "-2", "" + dts);
    assertThat(ffmpeg(command).waitFor()).isZero();
    ShortBuffer disguised =
        ByteBuffer.wrap(Files.readAllBytes(dts)).order(ByteOrder.LITTLE_ENDIAN).asShortBuffer();
    short[] guise = new short[disguised.remaining() / 2 * 2];
    disguised.get(guise);

    Decoded<Sound> read = read(wav(guise, 2, 44_100), WHOLE);

    assertThat(read.stats().codec()).isEqualTo("dts");
    assertThat(bestShift(value(read).samples(), Sound.of(tone(2, 16_000)).samples()))
        .isBetween(-200, 200);
  }

  private static Process ffmpeg(List<String> arguments) throws IOException {
    List<String> command = new ArrayList<>(List.of(Loader.load(ffmpeg.class)));
    command.addAll(arguments);
    return new ProcessBuilder(command).inheritIO().start();
  }

  @Test
  void channels_are_mixed_and_rates_are_changed() {
    short[] left = tone(1, 48_000);
    short[] both = new short[2 * left.length];
    for (int i = 0; i < left.length; i++) {
      both[2 * i] = left[i];
    }
    Sound sound = value(read(wav(both, 2, 48_000), WHOLE));
    assertThat(sound.samples()).hasSize(16_000);
    float[] expected = Sound.of(tone(1, 16_000)).samples();
    double error = 0;
    for (int i = 1_000; i < 3_900; i++) {
      error = Math.max(error, Math.abs(sound.samples()[i] - expected[i] / 2));
    }
    assertThat(error).isLessThan(1e-3);
  }

  @Test
  void the_sound_of_a_clip_is_not_shifted_by_its_coding() {
    for (int rate : new int[] {16_000, 44_100}) {
      short[] samples = tone(1.3, rate);
      byte[] clip =
          ClipWriter.write(
              ClipFormat.mpeg4(16), frames(16, 64, 64), new PcmTrack(samples, 1, rate));
      float[] decoded = value(read(clip, WHOLE)).samples();
      assertThat(bestShift(decoded, Sound.of(tone(1.3, 16_000)).samples())).isBetween(-2, 2);
      assertThat(decoded.length).isBetween(20_800, 20_800 + 1024);
    }
  }

  @Test
  void a_clip_is_a_part_of_the_whole() {
    byte[] wav = wav(tone(3, 44_100), 1, 44_100);
    byte[] mp4 =
        ClipWriter.write(
            ClipFormat.mpeg4(10), frames(30, 64, 64), new PcmTrack(tone(3, 22_050), 1, 22_050));
    for (byte[] file : List.of(wav, mp4)) {
      float[] whole = value(read(file, WHOLE)).samples();
      float[] part = value(read(file, WHOLE.within(new Clip(0.5, 2.25)))).samples();
      assertThat(part).isEqualTo(Arrays.copyOfRange(whole, 8_000, 36_000));
      float[] end = value(read(file, WHOLE.within(Clip.from(2)))).samples();
      assertThat(end).isEqualTo(Arrays.copyOfRange(whole, 32_000, whole.length));
    }
    Decoded<Sound> behind = read(wav, WHOLE.within(Clip.from(5)));
    assertThat(reason(behind)).isEqualTo(Reason.OUT_OF_RANGE);
    assertThat(detail(behind))
        .isEqualTo("Cannot read test.mp4: the clip begins at 5.000 s, the sound ends at 3.000 s");
  }

  @Test
  void the_papers_route_cuts_or_pads_to_its_length() {
    byte[] wav = wav(tone(3, 16_000), 1, 16_000);
    float[] whole = value(read(wav, WHOLE)).samples();
    SoundRequest paper = SoundRequest.of(new SoundRoute.Paper(2));
    assertThat(value(read(wav, paper)).samples()).isEqualTo(Arrays.copyOf(whole, 32_000));
    float[] padded = value(read(wav, paper.within(Clip.from(2.5)))).samples();
    assertThat(padded).hasSize(32_000);
    assertThat(Arrays.copyOf(padded, 8_000)).isEqualTo(Arrays.copyOfRange(whole, 40_000, 48_000));
    assertThat(Arrays.copyOfRange(padded, 8_000, 32_000)).containsOnly(0);
    float[] cut = value(read(wav, paper.within(new Clip(1, 1.5)))).samples();
    assertThat(Arrays.copyOf(cut, 8_000)).isEqualTo(Arrays.copyOfRange(whole, 16_000, 24_000));
    assertThat(Arrays.copyOfRange(cut, 8_000, 32_000)).containsOnly(0);
    assertThat(Sound.silence(2).samples()).hasSize(32_000).containsOnly(0);
  }

  @Test
  void the_references_route_for_files_takes_the_first_channel_at_its_own_rate() {
    short[] left = tone(31, 8_000);
    short[] both = new short[2 * left.length];
    double[] first = new double[left.length];
    for (int i = 0; i < left.length; i++) {
      both[2 * i] = left[i];
      both[2 * i + 1] = 777;
      first[i] = left[i] / 32768.0;
    }
    for (double position : new double[] {0, 0.4, 0.999}) {
      Sound sound =
          value(read(wav(both, 2, 8_000), SoundRequest.of(new SoundRoute.ReferenceFile(position))));
      double[] expected = ReferenceShape.ofFile(first, 8_000, position);
      assertThat(sound.samples()).hasSize(480_000);
      for (int i = 0; i < expected.length; i++) {
        if (Math.abs(sound.samples()[i] - expected[i]) > 1e-7) {
          throw new AssertionError("sample " + i + " at position " + position);
        }
      }
    }
  }

  @Test
  void the_references_route_for_videos_joins_eight_windows() {
    byte[] wav = wav(tone(6, 16_000), 1, 16_000);
    float[] whole = value(read(wav, WHOLE)).samples();
    Sound sound = value(read(wav, SoundRequest.of(new SoundRoute.ReferenceVideo())));
    assertThat(sound.samples()).isEqualTo(ReferenceShape.ofVideo(whole));
  }

  @Test
  void what_has_no_sound_is_said() {
    byte[] silent = ClipWriter.write(ClipFormat.mpeg4(16), frames(4, 64, 64));
    assertThat(reason(read(silent, WHOLE))).isEqualTo(Reason.NO_SOUND);
    Decoded<Sound> empty = read(wav(new short[0], 1, 16_000), WHOLE);
    assertThat(value(empty).samples()).isEmpty();
    assertThat(empty.stats().warnings()).containsExactly(Warning.NO_SAMPLES);
  }

  @Test
  void the_length_of_the_whole_sound_is_noted_whatever_part_is_read() {
    byte[] wav = wav(tone(3, 16_000), 1, 16_000);
    SoundRequest part = WHOLE.within(new Clip(1, 1.5));
    assertThat(read(wav, part).stats().seconds()).isEqualTo(3);
    assertThat(read(wav, part).stats().hasSound()).isTrue();
  }

  @Test
  void a_cut_file_gives_what_is_there_with_a_warning() {
    byte[] wav = wav(tone(3, 16_000), 1, 16_000);
    Decoded<Sound> half = read(Arrays.copyOf(wav, 44 + 48_000), WHOLE);
    assertThat(value(half).samples()).hasSize(24_000);
    assertThat(half.stats().warnings()).containsExactly(Warning.CUT_SHORT);
  }

  @Test
  void limits_have_their_reasons() {
    byte[] wav = wav(tone(3, 16_000), 1, 16_000);
    assertThat(
            reason(
                SoundReader.read(
                    source(wav), WHOLE, LIMITS.withMaxDuration(Duration.ofSeconds(2)))))
        .isEqualTo(Reason.TOO_LONG);
    assertThat(reason(SoundReader.read(source(wav), WHOLE, LIMITS.withMaxPackets(2))))
        .isEqualTo(Reason.TOO_MANY_FRAMES);
    assertThat(reason(SoundReader.read(new FailingSource(source(wav)), WHOLE, LIMITS)))
        .isEqualTo(Reason.UNREADABLE);
  }

  @Test
  void samples_that_are_no_numbers_become_zero() {
    float[] samples = {0.5f, Float.NaN, -0.25f, Float.POSITIVE_INFINITY, 0.125f};
    Decoded<Sound> decoded = read(floatWav(samples), WHOLE);
    assertThat(value(decoded).samples()).containsExactly(0.5f, 0, -0.25f, 0, 0.125f);
    assertThat(decoded.stats().warnings()).contains(Warning.NOT_FINITE);
  }

  @Test
  void routes_that_know_no_clip_refuse_one() {
    SoundRequest file = SoundRequest.of(new SoundRoute.ReferenceFile(0));
    assertThatThrownBy(() -> file.within(new Clip(1, 2)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("route ReferenceFile[cropPosition=0.0] takes the whole file");
  }

  private static Decoded<Sound> read(byte[] file, SoundRequest request) {
    return SoundReader.read(source(file), request, LIMITS);
  }

  private static byte[] wav(short[] samples, int channels, int rate) {
    return WavWriter.write(new PcmTrack(samples, channels, rate));
  }

  private static byte[] floatWav(float[] samples) {
    byte[] pcm = wav(new short[2 * samples.length], 1, 16_000);
    ByteBuffer file = ByteBuffer.wrap(pcm).order(ByteOrder.LITTLE_ENDIAN);
    file.putShort(20, (short) 3)
        .putInt(28, 64_000)
        .putShort(32, (short) 4)
        .putShort(34, (short) 32);
    for (int i = 0; i < samples.length; i++) {
      file.putFloat(44 + 4 * i, samples[i]);
    }
    return pcm;
  }

  /** By how many samples the first lags behind the second. */
  private static int bestShift(float[] decoded, float[] original) {
    int best = 0;
    double highest = Double.NEGATIVE_INFINITY;
    for (int shift = -1500; shift <= 1500; shift++) {
      double sum = 0;
      for (int i = 2_000; i < 16_000; i++) {
        sum += decoded[i + shift] * original[i];
      }
      if (sum > highest) {
        highest = sum;
        best = shift;
      }
    }
    return best;
  }
}
