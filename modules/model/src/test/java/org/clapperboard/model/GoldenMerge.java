package org.clapperboard.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.clapperboard.model.Example.Media;
import org.clapperboard.testing.SafetensorsFile;

/** Checks where media vectors, text, labels and padding stand in a merged batch. */
final class GoldenMerge {
  private GoldenMerge() {}

  static void merge(GoldenNumbers numbers) {
    constants(numbers);
    for (Map.Entry<String, JsonNode> each : numbers.cases()) {
      String name = each.getKey() + "/";
      JsonNode settings = each.getValue();
      if (settings.has("model_max_length")) {
        collator(numbers, name, settings);
      } else if (settings.has("error")) {
        fails(numbers, name, settings);
      } else if (settings.get("returned_input_ids").asBoolean()) {
        assertThat(settings.get("inputs_embeds_shape").isNull()).isTrue();
        textOnly(numbers, name);
      } else {
        layout(numbers, name, settings);
      }
    }
  }

  private static void constants(GoldenNumbers numbers) {
    JsonNode json = numbers.json();
    if (json.has("IGNORE_INDEX")) {
      JsonNode placeholders = json.get("MODAL_INDEX_MAP");
      int[] expected = {
        json.get("IGNORE_INDEX").asInt(),
        placeholders.get("<image>").asInt(),
        placeholders.get("<video>").asInt(),
        placeholders.get("<audio>").asInt()
      };
      int[] ours = {Example.IGNORED, Example.IMAGE, Example.VIDEO, Example.AUDIO};
      numbers.run().equal("IGNORE_INDEX and MODAL_INDEX_MAP", ours, expected);
    }
  }

  private static void layout(GoldenNumbers numbers, String name, JsonNode settings) {
    GoldenBatch batch = GoldenBatch.of(numbers, name, settings.path("kinds"));
    int[] shape = GoldenLanguage.ints(numbers.file().shape(name + "out/inputs_embeds"));
    numbers.equal(name + "inputs_embeds_shape", shape, settings.get("inputs_embeds_shape"));
    if (batch.leftPadded()) {
      shifted(numbers, name, batch);
      return;
    }
    double tolerance = numbers.run().tolerance("max abs");
    numbers.run().closeWhere(name + "out/inputs_embeds", batch.embeds(), batch.mask(), tolerance);
    batch.assertAsByHand();
    if (numbers.has(name + "out/attention_mask")) {
      numbers.equal(name + "out/attention_mask", batch.mask());
    }
    if (numbers.has(name + "out/labels")) {
      numbers.equal(name + "out/labels", batch.labels());
    }
    if (name.contains("lost_placeholder")) {
      lost(numbers, batch);
    }
  }

  private static void fails(GoldenNumbers numbers, String name, JsonNode settings) {
    GoldenBatch batch = GoldenBatch.of(numbers, name, settings.path("kinds"));
    numbers
        .run()
        .otherwise(
            "fails in " + name + " with \"" + settings.get("error").asText() + "\"",
            "the batch is merged like any other",
            batch::assertAsByHand);
  }

  /** Where the reference's mask is off, ours marks exactly the positions that hold something. */
  private static void shifted(GoldenNumbers numbers, String name, GoldenBatch batch) {
    SafetensorsFile file = numbers.file();
    float[] theirs = file.floats(name + "out/inputs_embeds");
    long[] mask = file.longs(name + "out/attention_mask");
    long[] labels = file.longs(name + "out/labels");
    numbers
        .run()
        .otherwise(
            "shifts the mask of " + name + " against its left-padded tokens",
            "the mask marks the positions that hold something",
            () -> {
              batch.assertAsByHand();
              assertThat(batch.mask()).isNotEqualTo(mask);
              // Row by row, what it holds, its padding aside, is what the reference's row ends in.
              batch.assertEndsOf(theirs, labels);
            });
  }

  /** A row that lost its placeholder before the merge cannot come about here. */
  private static void lost(GoldenNumbers numbers, GoldenBatch batch) {
    Example textOnly =
        batch.rows().stream().filter(row -> row.media().isEmpty()).findFirst().orElseThrow();
    numbers
        .run()
        .otherwise(
            "cuts a placeholder off and takes its row for text",
            "the row is refused",
            () -> {
              int length = textOnly.ids().length;
              int[] ids = Arrays.copyOf(textOnly.ids(), length + 1);
              int[] labels = Arrays.copyOf(textOnly.labels(), length + 1);
              ids[length] = Example.IMAGE;
              labels[length] = Example.IGNORED;
              assertRefused(new Example(ids, labels, List.of(new Media(null, null))), length);
            });
  }

  /** What the reference hands on untouched: rows of text, as they are. */
  private static void textOnly(GoldenNumbers numbers, String name) {
    GoldenBatch batch = GoldenBatch.of(numbers, name, numbers.json().path("none"));
    long[] mask = batch.mask();
    numbers.equal(name + "out/attention_mask", mask);
    numbers.equal(name + "out/labels", batch.labels());
    long[] ids = numbers.file().longs(name + "out/input_ids");
    long[] real = new long[ids.length];
    int count = 0;
    for (int i = 0; i < ids.length; i++) {
      if (mask[i] == 1) {
        real[count++] = ids[i];
      }
    }
    long[] ours =
        batch.rows().stream().flatMapToInt(r -> Arrays.stream(r.ids())).asLongStream().toArray();
    numbers.run().equal(name + "ids without padding", ours, Arrays.copyOf(real, count));
    batch.assertAsByHand();
  }

  /** Cutting to the longest row: as the reference, but never through a placeholder. */
  private static void collator(GoldenNumbers numbers, String name, JsonNode settings) {
    int longest = settings.get("model_max_length").asInt();
    long filler = settings.get("pad_token_id").asLong();
    assertThat(settings.get("modal_order")).hasSizeGreaterThan(0);
    SafetensorsFile file = numbers.file();
    long[] mask = file.longs(name + "out/attention_mask");
    int columns = Math.toIntExact(file.shape(name + "out/input_ids")[1]);
    for (int row = 0; numbers.has(name + "in/input_ids." + row); row++) {
      int[] ids = GoldenLanguage.ints(file.longs(name + "in/input_ids." + row));
      int[] labels = GoldenLanguage.ints(file.longs(name + "in/labels." + row));
      List<Media> media = new ArrayList<>();
      Arrays.stream(ids).filter(id -> id < 0).forEach(id -> media.add(new Media(null, null)));
      Example whole = new Example(ids, labels, media);
      if (Arrays.stream(ids).skip(longest).anyMatch(id -> id < 0)) {
        numbers
            .run()
            .otherwise(
                "cuts the placeholder of row " + row + " of " + name + " off",
                "the row is refused",
                () -> assertRefused(whole, longest));
        continue;
      }
      Example cut = whole.truncate(longest);
      int at = row * columns;
      String which = name + "row " + row;
      numbers
          .run()
          .equal(
              which + " ids",
              filled(cut.ids(), columns, filler),
              part(file.longs(name + "out/input_ids"), at, columns));
      numbers
          .run()
          .equal(
              which + " labels",
              filled(cut.labels(), columns, Example.IGNORED),
              part(file.longs(name + "out/labels"), at, columns));
      int[] ones = new int[cut.ids().length];
      Arrays.fill(ones, 1);
      numbers.run().equal(which + " mask", filled(ones, columns, 0), part(mask, at, columns));
    }
  }

  private static long[] filled(int[] values, int length, long filler) {
    long[] filled = new long[length];
    Arrays.fill(filled, filler);
    for (int i = 0; i < values.length; i++) {
      filled[i] = values[i];
    }
    return filled;
  }

  private static long[] part(long[] values, int from, int length) {
    return Arrays.copyOfRange(values, from, from + length);
  }

  private static void assertRefused(Example row, int longest) {
    assertThatThrownBy(() -> row.truncate(longest))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "Cannot cut a row of %d ids to %d: it would lose a placeholder of its media.",
            row.ids().length, longest);
  }
}
