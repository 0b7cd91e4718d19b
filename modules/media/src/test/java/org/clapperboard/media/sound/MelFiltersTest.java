package org.clapperboard.media.sound;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.SplittableRandom;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class MelFiltersTest {
  private static final int LENGTH = 512;

  @ParameterizedTest
  @CsvSource({"1, 16000", "23, 8000", "80, 16000", "128, 16000", "200, 44100"})
  void energies_are_those_of_every_filter_by_itself(int bins, int rate) {
    MelFilters filters = MelFilters.between(20, rate / 2.0, bins, LENGTH, rate);
    double[] spectrum = new SplittableRandom(bins).doubles(LENGTH, -1000, 1000).toArray();
    double[] energies = new double[bins + 1];
    filters.energies(spectrum, energies);
    for (int bin = 0; bin < bins; bin++) {
      assertThat(energies[bin]).as("bin %d", bin).isEqualTo(energy(filters, bin, spectrum));
    }
  }

  private static double energy(MelFilters filters, int bin, double[] spectrum) {
    double energy = 0;
    for (int i = 0; i < filters.weights[bin].length; i++) {
      int line = filters.first[bin] + i;
      double power =
          spectrum[2 * line] * spectrum[2 * line] + spectrum[2 * line + 1] * spectrum[2 * line + 1];
      energy += filters.weights[bin][i] * power;
    }
    return energy;
  }
}
