package org.clapperboard.media.sound;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Iterator;
import java.util.Random;
import org.clapperboard.media.Golden;
import org.clapperboard.testing.GoldenFixtures;
import org.clapperboard.testing.SafetensorsFile;
import org.junit.jupiter.api.Test;

class FilterBankTest {

  @Test
  void values_are_those_of_the_reference_in_double_and_in_single_precision() {
    for (GoldenFixtures.Fixture fixture : Golden.fixtures("05_kaldi_fbank")) {
      FilterBank bank = bank(fixture.json());
      SafetensorsFile tensors = fixture.tensors();
      Iterator<String> cases = fixture.json().get("cases").fieldNames();
      while (cases.hasNext()) {
        String name = cases.next();
        float[] values = bank.compute(tensors.floats(name + "/in/waveform"));
        GoldenFixtures.assertClose(
            name, values, tensors.floats(name + "/out/fbank_from_float64"), 5e-4f);
        float[] single = tensors.floats(name + "/out/fbank");
        for (int i = 0; i < single.length; i++) {
          assertThat(values[i])
              .as("%s value %d", name, i)
              .isCloseTo(single[i], within(single[i] >= 3 ? 5e-3f : 3e-2f));
        }
      }
    }
    assertThat(Golden.fixtures("05_kaldi_fbank")).isNotEmpty();
  }

  @Test
  void filters_and_window_are_those_of_the_reference() {
    for (GoldenFixtures.Fixture fixture : Golden.fixtures("05_kaldi_fbank")) {
      FilterBank bank = bank(fixture.json());
      float[] filters = fixture.tensors().floats("const/mel_banks");
      int lines = filters.length / bank.bins();
      for (int bin = 0; bin < bank.bins(); bin++) {
        for (int line = 0; line < lines; line++) {
          int at = line - bank.filters().first[bin];
          double[] weights = bank.filters().weights[bin];
          double weight = at >= 0 && at < weights.length ? weights[at] : 0;
          assertThat(weight).isCloseTo(filters[bin * lines + line], within(2e-5));
        }
      }
      String windowName = "const/povey_window_" + bank.window().length;
      float[] window = fixture.tensors().floats(windowName);
      for (int i = 0; i < window.length; i++) {
        assertThat(bank.window()[i]).isCloseTo(window[i], within(1e-6));
      }
      for (JsonNode empty : fixture.json().get("empty_mel_bins")) {
        assertThat(bank.filters().weights[empty.asInt()]).isEmpty();
      }
    }
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
