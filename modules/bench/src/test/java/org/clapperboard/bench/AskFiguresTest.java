package org.clapperboard.bench;

import static org.assertj.core.api.Assertions.assertThat;

import org.clapperboard.bench.ResidentMemory.Peaks;
import org.junit.jupiter.api.Test;

class AskFiguresTest {
  private static AskFigures figures(Peaks memory) {
    return new AskFigures(
        8_420_000_000L, 16_841_000_000L, 700, 5, "word7", 30.25, 1.5, 90, 4, memory);
  }

  @Test
  void a_table_has_a_cell_for_every_column() {
    AskFigures figures = figures(new Peaks(18_400_000_000L, 1_260_000_000L, 16_950_000_000L));
    assertThat(figures.table().get(2))
        .isEqualTo(
            "| 8.42 B | 16.8 GB | 30.3 s | 1.5 s | 700 tokens | 90.0 s | 0.25 tokens/s | 18.4 GB |"
                + " 1.3 GB | 17.0 GB |");
    assertThat(figures.table()).allMatch(line -> line.chars().filter(c -> c == '|').count() == 11);
  }

  @Test
  void json_has_plain_numbers() {
    assertThat(figures(new Peaks(3, 2, 1)).json())
        .isEqualTo(
            "{\"parameters\":8420000000,\"weight-bytes\":16841000000,\"prompt-tokens\":700,"
                + "\"answer-tokens\":5,\"answer\":\"word7\",\"seconds-to-open\":30.25,"
                + "\"seconds-to-see\":1.5,\"seconds-to-first-token\":90.0,"
                + "\"tokens-per-second-then\":0.25,\"peak-resident-bytes\":3,"
                + "\"peak-anonymous-bytes\":2,\"peak-of-files-bytes\":1}");
  }

  @Test
  void memory_that_is_not_known_is_not_made_up() {
    assertThat(figures(null).json()).endsWith("\"tokens-per-second-then\":0.25}");
    assertThat(figures(null).table().get(2))
        .endsWith("| unknown here | unknown here | unknown here |");
    assertThat(figures(null).table())
        .allMatch(line -> line.chars().filter(c -> c == '|').count() == 11);
  }
}
