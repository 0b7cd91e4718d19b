package org.clapperboard.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.clapperboard.bench.Originals.Original;
import org.junit.jupiter.api.Test;

class DamagedFilesTest {
  private static final Originals ORIGINALS =
      new Originals(of("video", "film"), of("picture"), of("sound"));
  private static final DamagedFiles FILES = new DamagedFiles(ORIGINALS, 1);

  private static List<Original> of(String... names) {
    return List.of(names).stream()
        .map(name -> new Original(name, name.repeat(100).getBytes(StandardCharsets.UTF_8)))
        .toList();
  }

  @Test
  void a_number_gives_the_same_file_in_whatever_order_they_are_made() {
    for (int number = 40; number >= 0; number--) {
      Original file = FILES.file(number);
      Original again = new DamagedFiles(ORIGINALS, 1).file(number);
      assertThat(again.name()).isEqualTo(file.name());
      assertThat(again.bytes()).isEqualTo(file.bytes());
    }
  }

  @Test
  void the_first_of_each_kind_is_sound_and_nearly_all_others_differ_from_what_they_were() {
    assertThat(List.of(FILES.file(0), FILES.file(1), FILES.file(2)))
        .containsExactly(
            ORIGINALS.videos().get(0), ORIGINALS.pictures().get(0), ORIGINALS.sounds().get(0));
    int damaged = 0;
    Set<String> names = new TreeSet<>();
    for (int number = 3; number < 303; number += 3) {
      Original file = FILES.file(number);
      names.add(file.name());
      assertThat(file.bytes()).isNotEmpty();
      damaged += original(file.name()).equals(text(file)) ? 0 : 1;
    }
    assertThat(damaged).isGreaterThan(90);
    assertThat(names)
        .as("a video is expected, and now and then something else comes")
        .containsExactly("film", "picture", "sound", "video");
  }

  private static String original(String name) {
    return name.repeat(100);
  }

  private static String text(Original file) {
    return new String(file.bytes(), StandardCharsets.ISO_8859_1);
  }

  @Test
  void another_seed_gives_other_damage() {
    assertThat(new DamagedFiles(ORIGINALS, 2).file(10).bytes())
        .isNotEqualTo(FILES.file(10).bytes());
  }
}
