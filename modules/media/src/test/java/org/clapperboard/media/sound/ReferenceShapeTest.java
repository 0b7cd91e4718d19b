package org.clapperboard.media.sound;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Arrays;
import java.util.Map;
import java.util.stream.IntStream;
import org.clapperboard.media.Golden;
import org.clapperboard.testing.GoldenFixtures;
import org.clapperboard.testing.SafetensorsFile;
import org.junit.jupiter.api.Test;

class ReferenceShapeTest {

  private final FilterBank bank = new FilterBank(128, ReferenceShape.RATE);

  @Test
  void sounds_from_files_give_the_filter_banks_of_the_reference() {
    for (GoldenFixtures.Fixture fixture : Golden.fixtures("05_audio_file")) {
      SafetensorsFile tensors = fixture.tensors();
      for (Map.Entry<String, JsonNode> each : fixture.json().get("cases").properties()) {
        String name = each.getKey();
        JsonNode row = each.getValue();
        int rate = row.get("sample_rate").asInt();
        double[] channel =
            firstChannel(tensors.floats(name + "/in/pcm"), row.get("channels").asInt());
        int excess = Math.max(channel.length - 30 * rate, 0);
        double position =
            row.get("crop_start").isNull()
                ? 0
                : (row.get("crop_start").asInt() + 0.5) / (excess + 1);
        double[] samples = ReferenceShape.ofFile(channel, rate, position);
        float[] head = tensors.floats(name + "/out/resampled_head");
        assertThat(samples).hasSize(480_000);
        for (int i = 0; i < head.length; i++) {
          assertThat(samples[i]).as("%s sample %d", name, i).isCloseTo(head[i], within(1e-6));
        }
        float[] values = bank.compute(samples);
        float[] headValues = tensors.floats(name + "/out/fbank_float_head");
        GoldenFixtures.assertClose(
            name, Arrays.copyOf(values, headValues.length), headValues, 5e-4f);
        assertEqualAsBfloat16(name, values, tensors.floats(name + "/out/fbank"), 0.995, 0);
      }
    }
  }

  @Test
  void sounds_of_videos_give_the_filter_banks_of_the_reference() {
    for (GoldenFixtures.Fixture fixture : Golden.fixtures("05_audio_from_video")) {
      SafetensorsFile tensors = fixture.tensors();
      for (Map.Entry<String, JsonNode> each : fixture.json().get("cases").properties()) {
        String name = each.getKey();
        float[] values = bank.compute(ReferenceShape.ofVideo(tensors.floats(name + "/in/pcm16k")));
        assertThat(values).hasSize(2998 * 128);
        float[] stored = tensors.floats(name + "/out/fbank");
        assertEqualAsBfloat16(name, values, stored, 0.99, 3);
        float tail = (float) each.getValue().get("tail_value").asDouble();
        for (int i = stored.length; i < values.length; i++) {
          assertThat(Golden.bfloat16(values[i])).isEqualTo(tail);
        }
        int samples = each.getValue().get("samples").asInt();
        for (int clip = 0; clip < 8; clip++) {
          assertThat(ReferenceShape.clipStart(clip, samples))
              .isEqualTo(each.getValue().get("clip_sample_bounds").get(clip).get(0).asInt());
        }
      }
    }
  }

  @Test
  void the_eight_windows_begin_where_the_reference_begins_them() {
    assertThat(IntStream.range(0, 8).map(clip -> ReferenceShape.clipStart(clip, 96_592)))
        .containsExactly(0, 8_073, 16_147, 24_221, 32_295, 40_369, 48_443, 56_517);
    assertThat(IntStream.range(0, 8).map(clip -> ReferenceShape.clipStart(clip, 20_800)))
        .containsOnly(0);
  }

  @Test
  void a_short_sound_of_a_video_is_repeated_eight_times() {
    float[] ramp = new float[1000];
    for (int i = 0; i < ramp.length; i++) {
      ramp[i] = i + 1;
    }
    float[] samples = ReferenceShape.ofVideo(ramp);
    assertThat(samples).hasSize(480_000);
    assertThat(samples[999]).isEqualTo(1000);
    assertThat(samples[1000]).isEqualTo(1);
    assertThat(samples[7999]).isEqualTo(1000);
    assertThat(samples[8000]).isZero();
  }

  @Test
  void the_crop_position_runs_from_the_first_to_the_last_window() {
    double[] ramp = new double[16_000 * 31];
    for (int i = 0; i < ramp.length; i++) {
      ramp[i] = i;
    }
    assertThat(ReferenceShape.ofFile(ramp, 16_000, 0)[0]).isZero();
    assertThat(ReferenceShape.ofFile(ramp, 16_000, 0.9999999)[0]).isEqualTo(16_000);
    assertThatThrownBy(() -> ReferenceShape.ofFile(ramp, 16_000, 1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("cropPosition is 1.0 (expected: from 0 to below 1)");
  }

  private static double[] firstChannel(float[] interleaved, int channels) {
    return IntStream.range(0, interleaved.length / channels)
        .mapToDouble(i -> interleaved[i * channels])
        .toArray();
  }

  /** Compares as many values as are stored. */
  private static void assertEqualAsBfloat16(
      String name, float[] values, float[] expected, double share, float checkedFrom) {
    int equal = 0;
    for (int i = 0; i < expected.length; i++) {
      float rounded = Golden.bfloat16(values[i]);
      if (rounded == expected[i]) {
        equal++;
      } else if (expected[i] >= checkedFrom || checkedFrom == 0) {
        // Close to zero a step is smaller than the noise allowed before the cast.
        double allowed = Math.max(Golden.bfloat16Step(expected[i]), 5e-4);
        assertThat(Math.abs((double) rounded - expected[i]))
            .as("%s value %d", name, i)
            .isLessThanOrEqualTo(allowed);
      }
    }
    assertThat((double) equal / expected.length).as(name).isGreaterThanOrEqualTo(share);
  }
}
