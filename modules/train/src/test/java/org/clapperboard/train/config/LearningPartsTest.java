package org.clapperboard.train.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.clapperboard.train.config.StageConfigTest.SHORTEST;
import static org.clapperboard.train.config.StageConfigTest.problems;
import static org.clapperboard.train.config.StageConfigTest.read;

import java.util.List;
import java.util.Map;
import java.util.Set;
import org.clapperboard.config.BadConfig;
import org.clapperboard.config.Problem;
import org.clapperboard.model.Part;
import org.clapperboard.model.adapter.LoraConfig;
import org.clapperboard.train.optimizer.OptimizerConfig;
import org.junit.jupiter.api.Test;

/** What of the model learns in a stage: itself or by an adapter, and at which rate. */
class LearningPartsTest {
  @Test
  void a_part_that_the_model_lacks_or_nobody_knows_cannot_be_trained() {
    assertThat(problems("[audio-projector]", "[audio-projector, vision-connector]"))
        .singleElement()
        .asString()
        .startsWith("conf/stage.yaml:8  train is ")
        .endsWith("(expected: parts that the model has).");
    assertThat(problems("[audio-projector]", "[audio-projecter]"))
        .containsExactly(
            "conf/stage.yaml:8  train[0] is \"audio-projecter\" (expected: vision-encoder,"
                + " vision-connector, audio-encoder, audio-projector or language-model). Did you"
                + " mean \"audio-projector\"?");
    assertThat(problems("[audio-projector]", "[]"))
        .containsExactly("conf/stage.yaml:8  train is [] (expected: at least one value).");
  }

  @Test
  void a_part_that_the_objective_teaches_nothing_cannot_be_trained() {
    String closed = "steps: 10\nobjective: {kind: closed-answers}";
    String rule = "(expected: vision-encoder or audio-encoder alone, with closed answers).";
    assertThat(problems("steps: 10", closed))
        .containsExactly("conf/stage.yaml:8  train is [\"audio-projector\"] " + rule);
    String seeing =
        SHORTEST
            .replace("[audio-projector]", "[vision-encoder, vision-connector]")
            .replace(
                "  audio-encoder: {}",
                "  vision-encoder: {family: clip, image-size: 28, patch-size: 14, width: 16,"
                    + " layers: 2, heads: 2, mlp-width: 8}\n"
                    + "  vision-connector: {type: stc_connector}\n"
                    + "  audio-encoder: {}");
    BadConfig bad = catchThrowableOfType(BadConfig.class, () -> read(seeing));
    assertThat(bad.problems())
        .singleElement()
        .asString()
        .endsWith(
            "(expected: parts that learn from answers). The vision encoder stays frozen then"
                + " (paper section 3).");
  }

  @Test
  void adapters_have_the_references_settings_unless_others_are_given() {
    StageConfig config =
        read(
            SHORTEST.replace(
                "weights: {}",
                "lora: {language-model: {}, audio-encoder: {rank: 4, alpha: 2, dropout: 0,"
                    + " target-modules: [q_proj, fc1]}}\nweights: {}"));
    assertThat(config.lora())
        .isEqualTo(
            Map.of(
                Part.LANGUAGE_MODEL, new LoraConfig(128, 256, 0.05, List.of()),
                Part.AUDIO_ENCODER, new LoraConfig(4, 2, 0, List.of("q_proj", "fc1"))));
    assertThat(config.train()).isEqualTo(Set.of(Part.AUDIO_PROJECTOR));
    assertThat(config.learning())
        .isEqualTo(Set.of(Part.AUDIO_ENCODER, Part.AUDIO_PROJECTOR, Part.LANGUAGE_MODEL));
    assertThat(read(SHORTEST.replace("train: [audio-projector]", "lora: {language-model: {}}")))
        .extracting(StageConfig::train)
        .isEqualTo(Set.of());
  }

  @Test
  void mistakes_with_adapters_are_told() {
    String train = "train: [audio-projector]";
    assertThat(problems(train, "train: [language-model]\nlora: {language-model: {rank: 4}}"))
        .containsExactly(
            "conf/stage.yaml:8  train is [\"language-model\"] (expected: no part that has an adapter"
                + " under lora: language-model). With an adapter its own weights stay frozen: name it"
                + " in one of the two.");
    assertThat(problems(train, "lora: {language-model: {rank: 0, target-modules: [q_proj]}}"))
        .containsExactly(
            "conf/stage.yaml:8  lora.language-model.rank is 0 (expected: at least 1).");
    assertThat(problems(train, "lora: {language-model: {target-modules: [q_proj, qproj]}}"))
        .containsExactly(
            "conf/stage.yaml:8  lora.language-model.target-modules is [\"q_proj\",\"qproj\"]"
                + " (expected: names of linear layers, or ends of them: q_proj, k_proj, v_proj,"
                + " o_proj, gate_proj, up_proj, down_proj). There is no qproj.");
    assertThat(problems(train, train + "\nlora: {vision-encoder: {}}"))
        .containsExactly(
            "conf/stage.yaml:9  lora.vision-encoder is not a known key (expected: audio-encoder or"
                + " language-model).");
    assertThat(
            problems(
                "  audio-encoder: {}\n  audio-projector: {type: linear}\n" + train,
                "lora: {audio-encoder: {}}"))
        .containsExactly(
            "conf/stage.yaml:6  lora.audio-encoder is a section (expected: adapters of parts that the model"
                + " has).");
  }

  @Test
  void parts_that_learn_may_have_rates_of_their_own() {
    String rates =
        "optimizer: {lr: 1e-3, weight-decay: 0.1, parts: {audio-projector: {lr: 1e-4},"
            + " language-model: {weight-decay: 0}}}";
    StageConfig config =
        read(
            SHORTEST
                .replace("weights: {}", "lora: {language-model: {}}\nweights: {}")
                .replace("optimizer: {lr: 1e-3}", rates));
    OptimizerConfig optimizer = config.optimizer();
    assertThat(optimizer.of(Part.AUDIO_PROJECTOR))
        .isEqualTo(new OptimizerConfig(1e-4, 0.9, 0.999, 1e-8, 0.1, 1, 3, 1, Map.of()));
    assertThat(optimizer.of(Part.LANGUAGE_MODEL))
        .isEqualTo(new OptimizerConfig(1e-3, 0.9, 0.999, 1e-8, 0, 1, 3, 1, Map.of()));
    assertThat(optimizer.of(Part.AUDIO_ENCODER))
        .isEqualTo(new OptimizerConfig(1e-3, 0.9, 0.999, 1e-8, 0.1, 1, 3, 1, Map.of()));
  }

  @Test
  void mistakes_with_rates_of_parts_are_told() {
    String optimizer = "optimizer: {lr: 1e-3}";
    assertThat(problems(optimizer, "optimizer: {lr: 1e-3, parts: {audio-encoder: {lr: 1e-4}}}"))
        .containsExactly(
            "conf/stage.yaml:14  optimizer.parts.audio-encoder is a section (expected: settings of"
                + " parts that learn). It is frozen: name it under train or lora, or leave this out.");
    assertThat(
            problems(
                optimizer,
                "optimizer: {lr: 1e-3, parts: {audio-projector: {lr: 0, weight-decay: -1}}}"))
        .containsExactly(
            "conf/stage.yaml:14  optimizer.parts.audio-projector.lr is 0 (expected: a number above 0).",
            "conf/stage.yaml:14  optimizer.parts.audio-projector.weight-decay is -1 (expected: at"
                + " least 0).");
    String encoder = "lora: {audio-encoder: {}}\nweights: {}";
    BadConfig bad =
        catchThrowableOfType(
            BadConfig.class,
            () ->
                read(
                    SHORTEST
                        .replace("weights: {}", encoder)
                        .replace(
                            optimizer,
                            "optimizer: {lr: 1e-3, parts: {audio-encoder: {layer-decay: 1.5},"
                                + " audio-projector: {layer-decay: 0.9}}}")));
    assertThat(bad.problems())
        .extracting(Problem::toString)
        .containsExactlyInAnyOrder(
            "conf/stage.yaml:15  optimizer.parts.audio-encoder.layer-decay is 1.5 (expected: between 0 and"
                + " 1).",
            "conf/stage.yaml:15  optimizer.parts.audio-projector.layer-decay is not a known key"
                + " (expected: lr or weight-decay).");
  }

  @Test
  void an_encoders_layers_may_learn_the_slower_the_lower_they_are() {
    StageConfig config =
        read(
            SHORTEST
                .replace("[audio-projector]", "[audio-projector, audio-encoder]")
                .replace(
                    "optimizer: {lr: 1e-3}",
                    "optimizer: {lr: 1e-3, parts: {audio-encoder: {layer-decay: 0.8}}}"));
    assertThat(config.optimizer().of(Part.AUDIO_ENCODER).layerDecay()).isEqualTo(0.8);
    assertThat(config.optimizer().of(Part.AUDIO_ENCODER).lr()).isEqualTo(1e-3);
    assertThat(config.optimizer().of(Part.AUDIO_PROJECTOR).layerDecay()).isEqualTo(1);
  }
}
