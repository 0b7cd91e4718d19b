package org.clapperboard.train.loop;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.SplittableRandom;
import org.clapperboard.data.Modality;
import org.clapperboard.model.Example;
import org.clapperboard.model.Example.Clip;
import org.clapperboard.model.Example.Media;
import org.clapperboard.train.config.BatchConfig;
import org.clapperboard.train.config.BatchConfig.Grouping;
import org.junit.jupiter.api.Test;

class MicroBatchesTest {
  private static final FloatBuffer PIXELS = FloatBuffer.allocate(30);
  private static final FloatBuffer BANK = FloatBuffer.allocate(20);

  /** In these tests every number of a medium is a position. */
  private static int length(Item item) {
    int length = item.example().ids().length;
    for (Media media : item.example().media()) {
      length += media.clip() == null ? 0 : 30;
      length += media.bank() == null ? 0 : 20;
    }
    return length;
  }

  private static Item item(int place, int text, boolean seen, boolean heard) {
    boolean shown = seen || heard;
    int[] ids = new int[text];
    ids[0] = shown ? Example.VIDEO : 1;
    Media media = new Media(seen ? new Clip(PIXELS, 1) : null, heard ? BANK : null);
    Example example = new Example(ids, ids, shown ? List.of(media) : List.of());
    return new Item(place, "s", 0, "id-" + place, "d", Modality.TEXT, List.of(), example);
  }

  private static List<Item> items(int count, long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    List<Item> items = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      items.add(item(100 + i, 1 + random.nextInt(40), random.nextBoolean(), random.nextBoolean()));
    }
    return items;
  }

  private static List<MicroBatch> cut(BatchConfig config, List<Item> items) {
    return new MicroBatches(config, MicroBatchesTest::length).of(items);
  }

  private static List<List<Integer>> places(List<MicroBatch> batches) {
    return batches.stream().map(batch -> batch.items().stream().map(Item::place).toList()).toList();
  }

  @Test
  void without_grouping_those_that_follow_each_other_go_together() {
    assertThat(places(cut(BatchConfig.of(8, 3, Grouping.NONE), items(8, 1))))
        .containsExactly(List.of(100, 101, 102), List.of(103, 104, 105), List.of(106, 107));
  }

  @Test
  void grouped_every_sample_is_there_once_beside_its_like_whatever_order_they_came_in() {
    for (long seed = 0; seed < 50; seed++) {
      List<Item> items = items(24, seed);
      List<MicroBatch> cut = cut(BatchConfig.of(24, 4, Grouping.LENGTH), items);
      assertThat(cut).hasSize(6);
      List<Item> all = cut.stream().flatMap(batch -> batch.items().stream()).toList();
      assertThat(all).containsExactlyInAnyOrderElementsOf(items);
      // What is heard changes at most once, what is seen once in each, lengths grow between.
      for (int i = 1; i < all.size(); i++) {
        Item before = all.get(i - 1);
        Item after = all.get(i);
        assertThat(kind(after)).isGreaterThanOrEqualTo(kind(before));
        if (kind(after) == kind(before)) {
          assertThat(length(after)).isGreaterThanOrEqualTo(length(before));
        }
      }
      List<Item> shuffled = new ArrayList<>(items);
      Collections.shuffle(shuffled, new Random(seed));
      assertThat(places(cut(BatchConfig.of(24, 4, Grouping.LENGTH), shuffled)))
          .isEqualTo(places(cut));
      assertThat(padding(cut))
          .isLessThanOrEqualTo(padding(cut(BatchConfig.of(24, 4, Grouping.NONE), items)));
      assertPositions(cut, items);
    }
  }

  private static int kind(Item item) {
    return item.example().media().stream()
        .mapToInt(media -> (media.bank() == null ? 0 : 2) + (media.clip() == null ? 0 : 1))
        .sum();
  }

  private static long padding(List<MicroBatch> batches) {
    return batches.stream().mapToLong(MicroBatch::padding).sum();
  }

  private static void assertPositions(List<MicroBatch> cut, List<Item> items) {
    assertThat(cut.stream().mapToLong(MicroBatch::positions).sum())
        .isEqualTo(items.stream().mapToLong(MicroBatchesTest::length).sum());
    for (MicroBatch batch : cut) {
      List<Integer> lengths =
          batch.rows().stream()
              .map(row -> row.stream().mapToInt(MicroBatchesTest::length).sum())
              .toList();
      long drawn = (long) Collections.max(lengths) * lengths.size();
      assertThat(batch.positions() + batch.padding()).isEqualTo(drawn);
    }
  }

  @Test
  void packed_rows_hold_no_more_than_they_may_and_are_as_many_as_first_fit_decreasing_needs() {
    for (long seed = 0; seed < 50; seed++) {
      List<Item> items = items(30, seed);
      int most = 70;
      BatchConfig config = new BatchConfig(30, 2, Grouping.LENGTH, true, most);
      List<MicroBatch> cut = cut(config, items);
      List<List<Item>> rows = cut.stream().flatMap(batch -> batch.rows().stream()).toList();
      assertThat(rows.stream().flatMap(List::stream)).containsExactlyInAnyOrderElementsOf(items);
      int total = 0;
      for (List<Item> row : rows) {
        int length = row.stream().mapToInt(MicroBatchesTest::length).sum();
        total += length;
        assertThat(length <= most || row.size() == 1).as("%s", length).isTrue();
      }
      for (MicroBatch batch : cut) {
        assertThat(batch.rows()).hasSizeLessThanOrEqualTo(2);
      }
      // Any two rows together are longer than one may be, or they would be one.
      assertThat(rows.size()).isLessThanOrEqualTo(2 * total / most + 1);
      List<Item> shuffled = new ArrayList<>(items);
      Collections.shuffle(shuffled, new Random(seed));
      assertThat(places(cut(config, shuffled))).isEqualTo(places(cut));
      assertThat(padding(cut))
          .isLessThan(padding(cut(BatchConfig.of(30, 2, Grouping.NONE), items)));
      assertPositions(cut, items);
    }
  }

  @Test
  void a_sample_longer_than_a_row_may_be_has_a_row_of_its_own() {
    List<Item> items = List.of(item(0, 5, false, false), item(1, 90, true, false));
    List<MicroBatch> cut = cut(new BatchConfig(2, 2, Grouping.LENGTH, true, 40), items);
    assertThat(cut).hasSize(1);
    assertThat(cut.get(0).rows()).containsExactly(List.of(items.get(1)), List.of(items.get(0)));
    assertThat(cut.get(0).padding()).isEqualTo(115);
  }
}
