package org.clapperboard.serve;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class StopStringsTest {

  @Test
  void the_beginning_of_a_stop_is_held_back_until_it_is_known() {
    StopStrings stops = new StopStrings(List.of("END", "EX"));
    assertThat(stops.add("see E")).isEqualTo("see ");
    assertThat(stops.add("N")).isEmpty();
    assertThat(stops.add("TER")).isEqualTo("ENTER");
    assertThat(stops.add(" E")).isEqualTo(" ");
    assertThat(stops.met()).isFalse();
    assertThat(stops.add("XIT")).isEmpty();
    assertThat(stops.met()).isTrue();
    assertThat(stops.add("more") + stops.end()).isEmpty();
  }

  @Test
  void what_was_held_back_comes_when_the_text_is_over() {
    StopStrings stops = new StopStrings(List.of("END"));
    assertThat(stops.add("the EN")).isEqualTo("the ");
    assertThat(stops.end()).isEqualTo("EN");
  }

  @Test
  void however_a_text_is_cut_it_ends_before_the_first_stop() {
    SplittableRandom random = new SplittableRandom(3);
    for (int trial = 0; trial < 500; trial++) {
      String text = letters(random, 30);
      String stop = letters(random, 1 + random.nextInt(4));
      StopStrings stops = new StopStrings(List.of(stop));
      List<String> out = new ArrayList<>();
      for (int at = 0; at < text.length(); ) {
        int next = Math.min(text.length(), at + 1 + random.nextInt(5));
        out.add(stops.add(text.substring(at, next)));
        at = next;
      }
      out.add(stops.end());
      int first = text.indexOf(stop);
      assertThat(String.join("", out))
          .as("%s before %s", text, stop)
          .isEqualTo(first < 0 ? text : text.substring(0, first));
      assertThat(stops.met()).isEqualTo(first >= 0);
    }
  }

  private static String letters(SplittableRandom random, int length) {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < length; i++) {
      text.append("ab".charAt(random.nextInt(2)));
    }
    return text.toString();
  }
}
