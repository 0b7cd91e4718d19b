package org.clapperboard.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.clapperboard.model.Example.Clip;
import org.clapperboard.model.Example.Media;
import org.clapperboard.model.Splice.Padding;
import org.junit.jupiter.api.Test;

class SpliceTest {
  private static final int TEXT = 7;

  /** In these tests a clip becomes as many vectors as it has frames. */
  private static int clipVectors(Media media) {
    return media.clip() == null ? 0 : media.clip().frames();
  }

  /** And a sound as many as it has samples. */
  private static int soundVectors(Media media) {
    return media.bank() == null ? 0 : media.bank().remaining();
  }

  private static Splice splice(List<Example> rows, Padding padding) {
    return Splice.of(rows, SpliceTest::clipVectors, SpliceTest::soundVectors, padding);
  }

  private static Media clip(int vectors) {
    return new Media(new Clip(null, vectors), null);
  }

  private static Media sound(int vectors) {
    return new Media(null, FloatBuffer.allocate(vectors));
  }

  private static Media both(int clipVectors, int soundVectors) {
    return new Media(new Clip(null, clipVectors), FloatBuffer.allocate(soundVectors));
  }

  private static Example row(List<Media> media, int... ids) {
    int[] labels = new int[ids.length];
    for (int i = 0; i < ids.length; i++) {
      labels[i] = ids[i] < 0 || i % 2 == 0 ? Example.IGNORED : ids[i];
    }
    return new Example(ids, labels, media);
  }

  /** What stands at a position: text with its place in the batch, a vector of a medium, nothing. */
  private static List<String> resolved(List<Example> rows, Splice splice) {
    List<String> vectors = new ArrayList<>();
    for (int i = 0; i < splice.ids().length; i++) {
      vectors.add("text " + i + " = " + splice.ids()[i]);
    }
    List<Media> media = Splice.distinctMedia(rows);
    for (int m = 0; m < media.size(); m++) {
      vectors.addAll(named("frame", m, clipVectors(media.get(m))));
    }
    for (int m = 0; m < media.size(); m++) {
      vectors.addAll(named("sound", m, soundVectors(media.get(m))));
    }
    vectors.add("padding");
    return Arrays.stream(splice.index()).mapToObj(at -> vectors.get((int) at)).toList();
  }

  private static List<String> named(String kind, int medium, int count) {
    List<String> names = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      names.add(kind + " " + medium + "." + i);
    }
    return names;
  }

  /** The same, by walking over the rows with nothing clever: one list of names for each row. */
  private static final class Naive {
    final List<List<String>> vectors = new ArrayList<>();
    final List<List<Integer>> labels = new ArrayList<>();
    final int longest;

    Naive(List<Example> rows) {
      List<Media> seen = new ArrayList<>();
      int text = 0;
      for (Example row : rows) {
        List<String> names = new ArrayList<>();
        List<Integer> learned = new ArrayList<>();
        int next = 0;
        for (int i = 0; i < row.ids().length; i++) {
          if (row.ids()[i] >= 0) {
            names.add("text " + text++ + " = " + row.ids()[i]);
            learned.add(row.labels()[i]);
          } else {
            Media media = row.media().get(next++);
            int number = numberOf(media, seen);
            List<String> block = new ArrayList<>(named("frame", number, clipVectors(media)));
            block.addAll(named("sound", number, soundVectors(media)));
            names.addAll(block);
            learned.addAll(Collections.nCopies(block.size(), Example.IGNORED));
          }
        }
        vectors.add(names);
        labels.add(learned);
      }
      longest = vectors.stream().mapToInt(List::size).max().orElse(0);
    }

    @SuppressWarnings("ReferenceEquality") // Two media of the same content are two media.
    private static int numberOf(Media media, List<Media> seen) {
      for (int i = 0; i < seen.size(); i++) {
        if (seen.get(i) == media) {
          return i;
        }
      }
      seen.add(media);
      return seen.size() - 1;
    }

    <T> List<T> padded(List<List<T>> rows, T filler, Padding padding) {
      List<T> all = new ArrayList<>();
      for (List<T> row : rows) {
        List<T> fill = Collections.nCopies(longest - row.size(), filler);
        all.addAll(padding == Padding.LEFT ? fill : row);
        all.addAll(padding == Padding.LEFT ? row : fill);
      }
      return all;
    }
  }

  private static void assertLikeNaive(List<Example> rows) {
    Naive naive = new Naive(rows);
    for (Padding padding : Padding.values()) {
      Splice splice = splice(rows, padding);
      assertThat(splice.rows()).isEqualTo(rows.size());
      assertThat(splice.length()).isEqualTo(naive.longest);
      assertThat(splice.lengths())
          .containsExactly(naive.vectors.stream().mapToInt(List::size).toArray());
      assertThat(resolved(rows, splice)).isEqualTo(naive.padded(naive.vectors, "padding", padding));
      List<Integer> labels = naive.padded(naive.labels, Example.IGNORED, padding);
      assertThat(splice.labels()).containsExactly(labels.stream().mapToInt(i -> i).toArray());
      assertThat(splice.predicting()).containsExactly(naivePredicting(labels, naive.longest));
    }
  }

  /** A label is predicted at the position before it; the first of a row by nothing. */
  private static long[] naivePredicting(List<Integer> labels, int length) {
    List<Long> at = new ArrayList<>();
    for (int i = 0; i < labels.size(); i++) {
      if (i % length > 0 && labels.get(i) != Example.IGNORED) {
        at.add(i - 1L);
      }
    }
    return at.stream().mapToLong(Long::longValue).toArray();
  }

  @Test
  void a_clip_with_sound_is_one_placeholder_the_clip_first() {
    Example row = row(List.of(both(2, 3)), 5, Example.VIDEO, 6);
    assertThat(resolved(List.of(row), splice(List.of(row), Padding.RIGHT)))
        .containsExactly(
            "text 0 = 5",
            "frame 0.0",
            "frame 0.1",
            "sound 0.0",
            "sound 0.1",
            "sound 0.2",
            "text 1 = 6");
    assertLikeNaive(List.of(row));
  }

  @Test
  void several_media_in_several_turns_stand_where_their_placeholders_stood() {
    Example turns =
        row(
            List.of(clip(3), sound(2), both(1, 1)),
            1,
            Example.VIDEO,
            2,
            3,
            Example.AUDIO,
            4,
            Example.VIDEO);
    Example picture = row(List.of(clip(4)), Example.IMAGE, 8);
    assertLikeNaive(List.of(turns, picture));
  }

  @Test
  void rows_of_text_only_beside_others_or_alone_have_no_media() {
    Example text = row(List.of(), 1, 2, 3);
    assertLikeNaive(List.of(text));
    assertLikeNaive(List.of(text, row(List.of(sound(5)), Example.AUDIO, 4), text));
  }

  @Test
  void a_medium_that_several_rows_show_is_encoded_once() {
    Media shared = both(2, 2);
    List<Example> rows =
        List.of(row(List.of(shared), Example.VIDEO, 1), row(List.of(shared), 2, Example.VIDEO, 3));
    assertThat(Splice.distinctMedia(rows)).hasSize(1);
    assertLikeNaive(rows);
    // Two clips of the same content are two media all the same.
    assertThat(
            Splice.distinctMedia(
                List.of(row(List.of(clip(2), clip(2)), Example.VIDEO, Example.VIDEO))))
        .hasSize(2);
  }

  @Test
  void rows_longer_than_any_first_guess_grow() {
    assertLikeNaive(List.of(row(List.of(clip(1500), sound(700)), Example.VIDEO, 1, Example.AUDIO)));
  }

  @Test
  void random_batches_are_laid_out_as_by_walking_over_them() {
    Random random = new Random(8);
    for (int round = 0; round < 300; round++) {
      List<Media> shown = new ArrayList<>();
      List<Example> rows = new ArrayList<>();
      for (int row = 0; row <= random.nextInt(4); row++) {
        rows.add(randomRow(random, shown));
      }
      assertLikeNaive(rows);
    }
  }

  private static Example randomRow(Random random, List<Media> shown) {
    List<Media> media = new ArrayList<>();
    int[] ids = new int[1 + random.nextInt(12)];
    for (int i = 0; i < ids.length; i++) {
      ids[i] = random.nextInt(100);
      if (random.nextInt(4) == 0) {
        ids[i] = Example.IMAGE - random.nextInt(3);
        boolean again = !shown.isEmpty() && random.nextInt(3) == 0;
        media.add(again ? shown.get(random.nextInt(shown.size())) : randomMedia(random));
        shown.add(media.get(media.size() - 1));
      }
    }
    return row(media, ids);
  }

  private static Media randomMedia(Random random) {
    return switch (random.nextInt(3)) {
      case 0 -> clip(1 + random.nextInt(5));
      case 1 -> sound(1 + random.nextInt(5));
      default -> both(1 + random.nextInt(5), 1 + random.nextInt(5));
    };
  }

  @Test
  void cutting_keeps_the_beginning_and_never_loses_a_placeholder() {
    Random random = new Random(9);
    int refused = 0;
    for (int round = 0; round < 300; round++) {
      Example whole = randomRow(random, new ArrayList<>());
      int longest = 1 + random.nextInt(12);
      int kept = Math.min(longest, whole.ids().length);
      if (Arrays.stream(whole.ids()).skip(kept).anyMatch(id -> id < 0)) {
        refused++;
        assertThatThrownBy(() -> whole.truncate(longest))
            .isInstanceOf(IllegalArgumentException.class)
            .hasMessage(
                "Cannot cut a row of %d ids to %d: it would lose a placeholder of its media.",
                whole.ids().length, longest);
      } else {
        Example cut = whole.truncate(longest);
        assertThat(cut.ids()).containsExactly(Arrays.copyOf(whole.ids(), kept));
        assertThat(cut.labels()).containsExactly(Arrays.copyOf(whole.labels(), kept));
        assertThat(cut.media()).isEqualTo(whole.media());
      }
    }
    assertThat(refused).isBetween(20, 280);
  }

  @Test
  void a_row_counts_what_can_be_predicted() {
    int[] ids = {TEXT, TEXT, TEXT};
    int[] labels = {TEXT, Example.IGNORED, TEXT};
    // Nothing stands before the first one.
    assertThat(new Example(ids, labels, List.of()).labelled()).isEqualTo(1);
  }

  @Test
  void ids_labels_and_media_must_match() {
    assertThatThrownBy(() -> new Example(new int[] {1, -201}, new int[2], List.of()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "2 ids with 1 placeholders, 2 labels, 0 media"
                + " (expected: a label for each id, a medium for each placeholder)");
    assertThatThrownBy(() -> new Example(new int[] {1, 2}, new int[1], List.of()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("2 ids with 0 placeholders, 1 labels, 0 media");
  }

  @Test
  void samples_in_one_row_keep_their_places_and_nothing_predicts_the_first_of_the_next() {
    Example text = new Example(new int[] {3, 4}, new int[] {3, 4}, List.of());
    Example seen = row(List.of(clip(2)), 5, Example.VIDEO, 6, 7);
    Example other = new Example(new int[] {8}, new int[] {8}, List.of());
    Splice splice =
        Splice.packed(
            List.of(List.of(text, seen, text), List.of(other, text)),
            SpliceTest::clipVectors,
            SpliceTest::soundVectors,
            Padding.RIGHT);
    int no = Example.IGNORED;
    assertThat(splice.isPacked()).isTrue();
    assertThat(splice.lengths()).containsExactly(9, 3);
    assertThat(splice.places())
        .containsExactly(0, 1, 0, 1, 2, 3, 4, 0, 1, /* row 1 */ 0, 0, 1, 0, 1, 2, 3, 4, 5);
    assertThat(Arrays.copyOf(splice.examples(), 12))
        .containsExactly(0, 0, 1, 1, 1, 1, 1, 2, 2, /* row 1 */ 3, 4, 4);
    assertThat(splice.labels())
        .containsExactly(
            3, 4, no, no, no, no, 7, no, 4, /* row 1 */ 8, no, 4, no, no, no, no, no, no);
    // The same vectors as in rows of their own, where the second and last are the first example.
    Splice apart = splice(List.of(text, seen, text, other, text), Padding.RIGHT);
    assertThat(apart.isPacked()).isFalse();
    assertThat(splice.ids()).isEqualTo(apart.ids());
    assertThat(splice.predicting()).containsExactly(0, 5, 7, 10);
  }
}
