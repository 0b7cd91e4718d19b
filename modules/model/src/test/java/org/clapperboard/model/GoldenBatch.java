package org.clapperboard.model;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import com.fasterxml.jackson.databind.JsonNode;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.clapperboard.model.Example.Clip;
import org.clapperboard.model.Example.Media;
import org.clapperboard.model.engine.TorchEngine;
import org.clapperboard.model.language.DecoderConfig;
import org.clapperboard.model.language.LanguageModel;
import org.clapperboard.model.weights.Parameters;
import org.clapperboard.testing.SafetensorsFile;

/**
 * A batch of a fixture of merging: its rows, merged by the product and by hand.
 *
 * @param rows without their padding
 * @param byHand the vectors of each row, one after the other
 * @param embeds (B, L, width) as the product lays them out, padded on the right
 * @param mask (B, L) 1 where it says that a row has something
 * @param labels (B, L)
 * @param leftPadded whether the fixture's rows are padded on the left
 */
record GoldenBatch(
    List<Example> rows,
    List<float[]> byHand,
    float[] embeds,
    long[] mask,
    long[] labels,
    boolean leftPadded) {

  static GoldenBatch of(GoldenNumbers numbers, String name, JsonNode kinds) {
    try (NDManager scope = TorchEngine.newScope()) {
      return new Reader(numbers, scope, name, kinds).read();
    }
  }

  /** Every row holds its vectors and then nothing, and the mask says so. */
  void assertAsByHand() {
    int length = mask.length / rows.size();
    int width = embeds.length / mask.length;
    assertThat(length * width)
        .isEqualTo(byHand.stream().mapToInt(vectors -> vectors.length).max().orElseThrow());
    for (int row = 0; row < rows.size(); row++) {
      float[] expected = Arrays.copyOf(byHand.get(row), length * width);
      long[] marked = new long[length];
      Arrays.fill(marked, 0, byHand.get(row).length / width, 1);
      int from = row * length;
      assertThat(Arrays.copyOfRange(embeds, from * width, (from + length) * width))
          .isEqualTo(expected);
      assertThat(Arrays.copyOfRange(mask, from, from + length)).isEqualTo(marked);
    }
  }

  /** Every row's vectors and labels are the last ones of a row that is padded on the left. */
  void assertEndsOf(float[] otherEmbeds, long[] otherLabels) {
    int length = mask.length / rows.size();
    int width = embeds.length / mask.length;
    assertThat(otherLabels).hasSameSizeAs(mask);
    for (int row = 0; row < rows.size(); row++) {
      int real = byHand.get(row).length / width;
      int end = (row + 1) * length;
      assertThat(Arrays.copyOfRange(otherEmbeds, (end - real) * width, end * width))
          .isEqualTo(byHand.get(row));
      assertThat(Arrays.copyOfRange(labels, row * length, row * length + real))
          .isEqualTo(Arrays.copyOfRange(otherLabels, end - real, end));
    }
  }

  /** Reads one case. */
  private static final class Reader {
    private static final String TABLE = "model.embed_tokens.weight";

    private final GoldenNumbers numbers;
    private final NDManager scope;
    private final String name;
    private final JsonNode kinds;
    private final float[] table;
    private final int width;
    private final List<NDArray> clips = new ArrayList<>();
    private final List<NDArray> sounds = new ArrayList<>();
    private int nextEntry;
    private int nextClip;
    private int nextSound;
    private boolean leftPadded;

    Reader(GoldenNumbers numbers, NDManager scope, String name, JsonNode kinds) {
      this.numbers = numbers;
      this.scope = scope;
      this.name = name;
      this.kinds = kinds;
      this.table = numbers.file().floats(TABLE);
      this.width = Math.toIntExact(numbers.file().shape(TABLE)[1]);
      for (String kind : List.of("mm_features.", "video_features.")) {
        fill(clips, "in/" + kind);
      }
      fill(sounds, "in/audio_features.");
    }

    private void fill(List<NDArray> list, String kind) {
      for (int i = 0; numbers.has(name + kind + i); i++) {
        list.add(numbers.tensor(scope, name + kind + i));
      }
    }

    GoldenBatch read() {
      List<Example> rows = new ArrayList<>();
      List<float[]> byHand = new ArrayList<>();
      List<NDArray> usedClips = new ArrayList<>();
      List<NDArray> usedSounds = new ArrayList<>();
      for (int[][] row : unpadded()) {
        List<Media> media = new ArrayList<>();
        List<float[]> vectors = new ArrayList<>();
        for (int id : row[0]) {
          if (id >= 0) {
            vectors.add(Arrays.copyOfRange(table, id * width, (id + 1) * width));
            continue;
          }
          String kind = nextKind();
          NDArray clip = kind.equals("a") ? null : clips.get(nextClip++);
          NDArray sound = kind.startsWith("a") ? sounds.get(nextSound++) : null;
          media.add(media(clip, sound));
          if (clip != null) {
            usedClips.add(clip);
            vectors.add(clip.toFloatArray());
          }
          if (sound != null) {
            usedSounds.add(sound);
            vectors.add(sound.toFloatArray());
          }
        }
        if (media.isEmpty()) {
          skip();
        }
        rows.add(new Example(row[0], row[1], media));
        byHand.add(joined(vectors));
      }
      usedClips.addAll(usedSounds);
      return merged(rows, byHand, usedClips);
    }

    /** Every placeholder shows the next entry; a row without one owns an entry that nobody sees. */
    private String nextKind() {
      String kind = kinds.isEmpty() ? "v" : kinds.get(nextEntry).asText();
      nextEntry++;
      return kind;
    }

    private void skip() {
      if (nextClip < clips.size() || nextSound < sounds.size()) {
        String kind = nextKind();
        nextClip += kind.equals("a") ? 0 : 1;
        nextSound += kind.startsWith("a") ? 1 : 0;
      }
    }

    private static Media media(NDArray clip, NDArray sound) {
      return new Media(
          clip == null ? null : new Clip(null, vectors(clip)),
          sound == null ? null : FloatBuffer.allocate(vectors(sound)));
    }

    private static int vectors(NDArray features) {
      return Math.toIntExact(features.getShape().get(0));
    }

    /** Ids and labels of each row where its mask is 1. */
    private List<int[][]> unpadded() {
      SafetensorsFile file = numbers.file();
      int length = Math.toIntExact(file.shape(name + "in/input_ids")[1]);
      int[] ids = GoldenLanguage.ints(file.longs(name + "in/input_ids"));
      int[] labels = new int[ids.length];
      Arrays.fill(labels, Example.IGNORED);
      if (numbers.has(name + "in/labels")) {
        labels = GoldenLanguage.ints(file.longs(name + "in/labels"));
      }
      long[] mask = new long[ids.length];
      Arrays.fill(mask, 1);
      if (numbers.has(name + "in/attention_mask")) {
        mask = file.longs(name + "in/attention_mask");
      }
      List<int[][]> rows = new ArrayList<>();
      for (int at = 0; at < ids.length; at += length) {
        int real = (int) Arrays.stream(mask, at, at + length).sum();
        leftPadded |= mask[at] == 0;
        int from = mask[at] == 1 ? at : at + length - real;
        rows.add(
            new int[][] {
              Arrays.copyOfRange(ids, from, from + real),
              Arrays.copyOfRange(labels, from, from + real)
            });
      }
      return rows;
    }

    private GoldenBatch merged(List<Example> rows, List<float[]> byHand, List<NDArray> media) {
      Splice splice =
          Splice.of(
              rows,
              each -> each.clip() == null ? 0 : each.clip().frames(),
              each -> each.bank() == null ? 0 : each.bank().remaining(),
              Splice.Padding.RIGHT);
      NDArray index = scope.create(splice.index(), new Shape(splice.rows(), splice.length()));
      try (Parameters parameters = Parameters.allocate(LanguageModel.specs(config()))) {
        Parameters.floats(parameters.tensor(TABLE)).put(table);
        NDArray embeds =
            new LanguageModel(config(), parameters)
                .splice(scope, scope.create(splice.ids()), media, index);
        long[] mask = new long[splice.rows() * splice.length()];
        for (int row = 0; row < splice.rows(); row++) {
          int at = row * splice.length();
          Arrays.fill(mask, at, at + splice.lengths()[row], 1);
        }
        long[] labels = Arrays.stream(splice.labels()).asLongStream().toArray();
        return new GoldenBatch(rows, byHand, embeds.toFloatArray(), mask, labels, leftPadded);
      }
    }

    /** A language model without layers: only its table of embeddings counts. */
    private DecoderConfig config() {
      return new DecoderConfig(
          DecoderConfig.Family.LLAMA,
          table.length / width,
          width,
          0,
          1,
          1,
          width,
          1,
          1e-6,
          10000,
          true,
          64,
          0,
          null,
          null,
          DecoderConfig.EMBEDDING_START);
    }

    private static float[] joined(List<float[]> vectors) {
      FloatBuffer all = FloatBuffer.allocate(vectors.stream().mapToInt(v -> v.length).sum());
      vectors.forEach(all::put);
      return all.array();
    }
  }
}
