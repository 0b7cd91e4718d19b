package org.clapperboard.media.sound;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Arrays;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.clapperboard.media.Golden;
import org.clapperboard.testing.GoldenRun;
import org.clapperboard.testing.GoldenTests;
import org.junit.jupiter.api.DynamicNode;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

class ReferenceShapeTest {

  private static final int BINS = 128;

  private final FilterBank bank = new FilterBank(BINS, ReferenceShape.RATE);

  @TestFactory
  @Tag("golden")
  Stream<DynamicNode> sounds_from_files_give_the_filter_banks_of_the_reference() {
    return GoldenTests.of(ReferenceShapeTest.class, "05_audio_file", this::files);
  }

  private void files(GoldenRun run) {
    for (Map.Entry<String, JsonNode> each : run.json().get("cases").properties()) {
      String name = each.getKey();
      JsonNode row = each.getValue();
      int rate = row.get("sample_rate").asInt();
      float[] pcm = run.file().floats(name + "/in/pcm");
      double[] channel = firstChannel(pcm, row.get("channels").asInt());
      assertThat(channel.length / (double) rate).isEqualTo(row.get("seconds").asDouble());
      int excess = Math.max(channel.length - 30 * rate, 0);
      // Which part is drawn at random there; here it is asked for.
      row.path("python_random_seed");
      JsonNode start = row.get("crop_start");
      double position = start.isNull() ? 0 : (start.asInt() + 0.5) / (excess + 1);
      double[] samples = ReferenceShape.ofFile(channel, rate, position);
      run.number(name + " samples", samples.length, row.get("resampled_samples").asInt(), 0);
      head(run, name + "/out/resampled_head", samples, "out/resampled_head");
      float[] values = bank.compute(samples);
      float[] stored = run.file().floats(name + "/out/fbank_float_head");
      double noise = run.tolerance("out/fbank_float_head", "max abs");
      run.close(name + "/out/fbank_float_head", Arrays.copyOf(values, stored.length), noise);
      double share = run.tolerance("equal on >=") / 100;
      Golden.compare(run, name + "/out/fbank", values, share, Float.NEGATIVE_INFINITY, noise);
      shape(run, name, values, row.get("output_shape"));
    }
  }

  private static void head(GoldenRun run, String name, double[] samples, String phrase) {
    float[] head = new float[run.file().floats(name).length];
    for (int i = 0; i < head.length; i++) {
      head[i] = (float) samples[i];
    }
    run.close(name, head, run.tolerance(phrase, "max abs"));
  }

  static void shape(GoldenRun run, String name, float[] values, JsonNode expected) {
    int[] theirs =
        StreamSupport.stream(expected.spliterator(), false).mapToInt(JsonNode::asInt).toArray();
    run.equal(name + " shape", new int[] {1, values.length / BINS, BINS}, theirs);
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
}
