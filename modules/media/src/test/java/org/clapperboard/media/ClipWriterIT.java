package org.clapperboard.media;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.clapperboard.media.TestMedia.distance;
import static org.clapperboard.media.TestMedia.frames;
import static org.clapperboard.media.TestMedia.source;
import static org.clapperboard.media.TestMedia.tone;
import static org.clapperboard.media.TestMedia.uniform;
import static org.clapperboard.media.TestMedia.value;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.clapperboard.media.pixels.RgbImage;
import org.junit.jupiter.api.Test;

class ClipWriterIT {

  private static final ClipFormat H264 =
      new ClipFormat(new ClipFormat.H264(2_000_000), 16, 8, 64_000);

  @Test
  void frames_come_back_nearly_as_they_were() {
    List<RgbImage> greys =
        IntStream.range(0, 16)
            .mapToObj(k -> RgbImage.filled(112, 112, 15 * k, 15 * k, 15 * k))
            .toList();
    for (ClipFormat format : List.of(ClipFormat.mpeg4(16), H264)) {
      FrameSet set =
          value(
              VideoFrames.read(
                  source(ClipWriter.write(format, greys)), uniform(16), MediaLimits.DEFAULT));
      assertThat(set.fps()).isEqualTo(16);
      assertThat(set.totalFrames()).isEqualTo(16);
      for (FrameSet.Frame frame : set.frames()) {
        assertThat(distance(frame.image(), greys.get(frame.index()))).isLessThan(2.5);
      }
    }
  }

  @Test
  void the_same_input_gives_the_same_bytes() {
    List<RgbImage> frames = frames(16, 96, 64);
    PcmTrack sound = new PcmTrack(tone(1, 22_050), 1, 22_050);
    for (ClipFormat format : List.of(ClipFormat.mpeg4(16), H264)) {
      assertThat(ClipWriter.write(format, frames, sound))
          .isEqualTo(ClipWriter.write(format, frames, sound));
    }
  }

  @Test
  void a_clip_may_have_sound_of_two_channels_or_sound_only() {
    short[] mono = tone(1, 16_000);
    short[] stereo = new short[2 * mono.length];
    for (int i = 0; i < mono.length; i++) {
      stereo[2 * i] = mono[i];
      stereo[2 * i + 1] = mono[i];
    }
    byte[] clip =
        ClipWriter.write(ClipFormat.mpeg4(16), List.of(), new PcmTrack(stereo, 2, 16_000));
    Sound sound =
        value(
            SoundReader.read(
                source(clip), SoundRequest.of(new SoundRoute.Whole()), MediaLimits.DEFAULT));
    double error = 0;
    for (int i = 0; i < mono.length; i++) {
      error += Math.pow(sound.samples()[i] - mono[i] / 32768.0, 2) / mono.length;
    }
    assertThat(Math.sqrt(error)).isLessThan(0.02);
    assertThat(TestMedia.reason(VideoFrames.read(source(clip), uniform(1), MediaLimits.DEFAULT)))
        .isEqualTo(Reason.NO_VIDEO);
  }

  @Test
  void input_that_makes_no_clip_is_refused() {
    assertThatThrownBy(() -> ClipWriter.write(ClipFormat.mpeg4(16), List.of()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("a clip needs frames or sound");
    List<RgbImage> mixed =
        List.of(RgbImage.filled(64, 64, 1, 2, 3), RgbImage.filled(32, 64, 1, 2, 3));
    assertThatThrownBy(() -> ClipWriter.write(ClipFormat.mpeg4(16), mixed))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("frame 1 is 32 x 64 (expected: 64 x 64, the size of the first)");
    assertThatThrownBy(() -> new PcmTrack(new short[3], 2, 16_000))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("3 samples of 2 channels at 16000 Hz are no sound (expected: 1 or 2 channels)");
    assertThatThrownBy(() -> new ClipFormat.Mpeg4(32))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("quantiser is 32 (expected: 1 to 31)");
  }

  @Test
  void a_wav_file_has_the_standard_header() {
    byte[] wav = WavWriter.write(new PcmTrack(new short[] {1, -2, 3, 4}, 2, 8_000));
    assertThat(wav).hasSize(44 + 8);
    assertThat(new String(wav, 0, 4, StandardCharsets.US_ASCII)).isEqualTo("RIFF");
    assertThat(Arrays.copyOfRange(wav, 20, 36))
        .containsExactly(1, 0, 2, 0, 0x40, 0x1f, 0, 0, 0, 0x7d, 0, 0, 4, 0, 16, 0);
    assertThat(Arrays.copyOfRange(wav, 44, 52)).containsExactly(1, 0, -2, -1, 3, 0, 4, 0);
  }
}
