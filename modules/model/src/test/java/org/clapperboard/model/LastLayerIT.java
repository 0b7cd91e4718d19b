package org.clapperboard.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import java.util.ArrayList;
import java.util.List;
import org.clapperboard.model.adapter.RowSeeds;
import org.clapperboard.model.engine.Tape;
import org.clapperboard.model.engine.TorchEngine;
import org.clapperboard.model.language.LanguageModel;
import org.clapperboard.model.weights.Dtype;
import org.clapperboard.model.weights.ParameterSpec;
import org.clapperboard.model.weights.Parameters;
import org.clapperboard.model.weights.Parameters.Trainable;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Last layers that leave out what no label asks for, against those that go through all of it. */
class LastLayerIT {
  private static final RowSeeds SEEDS = RowSeeds.ofFirst(17, 3);

  /** Rows of different lengths, labelled in few places, in all, and nowhere. */
  private static final List<Example> ROWS =
      List.of(row(3, 9, 7, -5, 8, -6, 4), row(-2, -5, -8), row(3, 9, 11, 30));

  private record Pass(float total, float[] byRow, List<float[]> gradients) {}

  @BeforeAll
  static void start() {
    TorchEngine.start(1);
  }

  /** Text whose negative ids are labels too. */
  private static Example row(int... signed) {
    int[] ids = new int[signed.length];
    int[] labels = new int[signed.length];
    for (int i = 0; i < signed.length; i++) {
      ids[i] = Math.abs(signed[i]);
      labels[i] = signed[i] < 0 ? ids[i] : Example.IGNORED;
    }
    return new Example(ids, labels, List.of());
  }

  @ParameterizedTest
  @CsvSource({"qwen2, true", "qwen2, false", "llama, true", "mistral, false"})
  void losses_and_gradients_are_those_of_all_positions(String family, boolean lora) {
    Pass narrow = pass(family, lora, (model, scope) -> model.loss(scope, ROWS, SEEDS));
    Pass whole = pass(family, lora, LastLayerIT::throughAll);
    assertThat(narrow.total()).isPositive().isCloseTo(whole.total(), within(1e-5f));
    assertThat(narrow.byRow()).containsExactly(whole.byRow(), within(1e-5f));
    assertThat(narrow.byRow()[2]).isZero();
    for (int i = 0; i < whole.gradients().size(); i++) {
      assertThat(narrow.gradients().get(i))
          .as("gradient %d", i)
          .containsExactly(whole.gradients().get(i), within(1e-5f));
    }
    assertThat(whole.gradients().stream().anyMatch(LastLayerIT::isLarge)).isTrue();
  }

  @Test
  void a_batch_without_a_label_has_no_loss_and_leaves_no_gradient() {
    List<Example> rows = List.of(row(3, 9, 7), row(4));
    Pass none = pass("qwen2", false, (model, scope) -> model.loss(scope, rows, SEEDS));
    assertThat(none.total()).isZero();
    assertThat(none.byRow()).containsOnly(0f);
    assertThat(none.gradients()).allSatisfy(slope -> assertThat(slope).containsOnly(0f));
  }

  private static boolean isLarge(float[] gradient) {
    for (float value : gradient) {
      if (Math.abs(value) > 0.1) {
        return true;
      }
    }
    return false;
  }

  private interface Loss {
    LanguageModel.Loss of(VideoLlama2 model, NDManager scope);
  }

  private static Pass pass(String family, boolean lora, Loss loss) {
    try (VideoLlama2 model = PackedRowsIT.model("family: " + family, Dtype.F32, lora);
        NDManager scope = TorchEngine.newScope()) {
      assertThat(model.languageModel().narrows()).isTrue();
      Parameters learned =
          lora
              ? model.adapters().get(Part.LANGUAGE_MODEL).parameters()
              : model.parameters().get(Part.LANGUAGE_MODEL);
      learned.trainable(Trainable.YES);
      LanguageModel.Loss made =
          TorchEngine.withGradients(
              () -> {
                LanguageModel.Loss taken = loss.of(model, scope);
                GoldenParts.backward(scope, taken.total());
                return taken;
              });
      List<float[]> gradients = new ArrayList<>();
      for (ParameterSpec spec : learned.specs()) {
        try (NDArray gradient = learned.tensor(spec.name()).getGradient()) {
          gradients.add(gradient.toFloatArray());
        }
      }
      return new Pass(made.total().getFloat(), made.byRow().toFloatArray(), gradients);
    }
  }

  private static LanguageModel.Loss throughAll(VideoLlama2 model, NDManager scope) {
    Splice splice = model.splice(ROWS, Splice.Padding.RIGHT);
    NDArray x = model.embed(scope, ROWS, splice);
    LanguageModel language = model.languageModel();
    NDArray hidden = language.hidden(scope, x, SEEDS, new ArrayList<>(), Tape.keeping());
    long[] at = splice.predicting();
    long[] labels = new long[at.length];
    long[] rows = new long[at.length];
    for (int i = 0; i < at.length; i++) {
      labels[i] = splice.labels()[(int) at[i] + 1];
      rows[i] = splice.examples()[(int) at[i]];
    }
    return language.loss(
        scope, hidden, scope.create(at), scope.create(labels), scope.create(rows), ROWS.size());
  }
}
