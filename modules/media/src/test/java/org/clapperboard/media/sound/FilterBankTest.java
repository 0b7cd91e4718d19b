package org.clapperboard.media.sound;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.clapperboard.testing.GoldenFixtures;
import org.clapperboard.testing.GoldenRun;
import org.clapperboard.testing.GoldenTests;
import org.junit.jupiter.api.DynamicNode;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

class FilterBankTest {

  @TestFactory
  @Tag("golden")
  Stream<DynamicNode> values_filters_and_window_are_those_of_the_reference() {
    return GoldenTests.of(FilterBankTest.class, "05_kaldi_fbank", FilterBankTest::compare);
  }

  private static void compare(GoldenRun run) {
    FilterBank bank = bank(run.json());
    for (Map.Entry<String, JsonNode> each : run.json().get("cases").properties()) {
      values(run, bank, each.getKey(), each.getValue());
    }
    filters(run, bank);
    String name = "const/povey_window_" + bank.window().length;
    run.close(name, narrow(bank.window()), 1e-6);
    run.json().get("settings").properties();
  }

  /** In double precision, and in single where the reference's own noise allows no more. */
  private static void values(GoldenRun run, FilterBank bank, String name, JsonNode settings) {
    float[] values = bank.compute(run.file().floats(name + "/in/waveform"));
    run.close(
        name + "/out/fbank_from_float64", values, run.tolerance("float32 mel bank): max abs"));
    float[] single = run.file().floats(name + "/out/fbank");
    String what = name + "/out/fbank from 3 on";
    double loud = run.tolerance("(float32 arithmetic): max abs");
    run.close(what, part(values, single, true), part(single, single, true), loud);
    double quiet = run.tolerance("where value >= 3 and");
    what = name + "/out/fbank below 3";
    run.close(what, part(values, single, false), part(single, single, false), quiet);
    int frames = bank.frames(settings.get("samples").asInt());
    run.number(name + "/frames", frames, settings.get("frames").asInt(), 0);
    settings.path("max_abs_float32_vs_float64");
  }

  private static float[] part(float[] values, float[] by, boolean loud) {
    float[] part = new float[values.length];
    int count = 0;
    for (int i = 0; i < values.length; i++) {
      if (by[i] >= 3 == loud) {
        part[count++] = values[i];
      }
    }
    return Arrays.copyOf(part, count);
  }

  private static void filters(GoldenRun run, FilterBank bank) {
    int lines = run.file().floats("const/mel_banks").length / bank.bins();
    float[] filters = new float[bank.bins() * lines];
    List<Integer> empty = new ArrayList<>();
    for (int bin = 0; bin < bank.bins(); bin++) {
      double[] weights = bank.filters().weights[bin];
      for (int i = 0; i < weights.length; i++) {
        filters[bin * lines + bank.filters().first[bin] + i] = (float) weights[i];
      }
      if (weights.length == 0) {
        empty.add(bin);
      }
    }
    run.close("const/mel_banks", filters, run.tolerance("const/mel_banks max abs"));
    List<Integer> theirs = new ArrayList<>();
    run.json().get("empty_mel_bins").forEach(bin -> theirs.add(bin.asInt()));
    run.equal("empty_mel_bins", empty, theirs);
  }

  private static float[] narrow(double[] values) {
    float[] narrow = new float[values.length];
    for (int i = 0; i < narrow.length; i++) {
      narrow[i] = (float) values[i];
    }
    return narrow;
  }

  @Test
  void other_rates_and_bins_agree_with_a_naive_transform() {
    Random random = new Random(3);
    for (int rate : new int[] {8_000, 16_000, 22_050}) {
      float[] samples = new float[rate / 10];
      for (int i = 0; i < samples.length; i++) {
        samples[i] = random.nextFloat() - 0.5f;
      }
      FilterBank bank = new FilterBank(40, rate);
      GoldenFixtures.assertClose(
          "rate " + rate, bank.compute(samples), NaiveFilterBank.compute(samples, 40, rate), 1e-4f);
    }
  }

  @Test
  void only_whole_windows_count() {
    FilterBank bank = new FilterBank(128, 16_000);
    assertThat(bank.frames(399)).isZero();
    assertThat(bank.frames(400)).isEqualTo(1);
    assertThat(bank.frames(559)).isEqualTo(1);
    assertThat(bank.frames(560)).isEqualTo(2);
    assertThat(bank.frames(480_000)).isEqualTo(2998);
    assertThat(bank.compute(new float[399])).isEmpty();
  }

  @Test
  void silence_is_the_floor_everywhere() {
    assertThat(new FilterBank(128, 16_000).compute(new float[800]))
        .containsOnly((float) Math.log(Math.ulp(1f)));
  }

  @Test
  void banks_that_mean_nothing_are_refused() {
    assertThatThrownBy(() -> new FilterBank(0, 16_000))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("cannot make a filter bank of 0 bins at 16000 Hz");
  }

  private static FilterBank bank(JsonNode fixture) {
    JsonNode settings = fixture.get("settings");
    return new FilterBank(
        settings.get("num_mel_bins").asInt(), settings.get("sample_frequency").asInt());
  }
}
