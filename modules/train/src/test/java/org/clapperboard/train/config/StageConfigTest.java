package org.clapperboard.train.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.clapperboard.collective.Route;
import org.clapperboard.collective.SameHost;
import org.clapperboard.collective.Wire;
import org.clapperboard.config.BadConfig;
import org.clapperboard.config.ConfigFile;
import org.clapperboard.config.Problem;
import org.clapperboard.model.Part;
import org.clapperboard.model.engine.Tape.Activations;
import org.clapperboard.model.prompt.Prompts;
import org.clapperboard.train.checkpoint.AsyncCheckpoints.Mode;
import org.clapperboard.train.config.ClusterConfig.Encrypted;
import org.clapperboard.train.config.ClusterConfig.Exchanges;
import org.clapperboard.train.config.ClusterConfig.Processor;
import org.clapperboard.train.config.ObjectiveConfig.Answers;
import org.clapperboard.train.config.ObjectiveConfig.ClosedAnswers;
import org.clapperboard.train.optimizer.Schedule;
import org.junit.jupiter.api.Test;

class StageConfigTest {
  private static final Path FILE = Path.of("conf/stage.yaml");
  static final String SHORTEST =
      """
      stage: stage5
      run: runs/x
      seed: 3
      model:
        language-model: {family: qwen2, vocabulary: 40, width: 16, layers: 1, heads: 2, kv-heads: 1, mlp-width: 8, rope-theta: 100}
        audio-encoder: {}
        audio-projector: {type: linear}
      train: [audio-projector]
      weights: {}
      data:
        streams: [{name: sounds, datasets: [a]}]
      batch: {global: 16, micro: 4}
      steps: 10
      optimizer: {lr: 1e-3}
      checkpoint: {}
      cluster: {ranks: 2}
      """;

  static StageConfig read(String yaml) {
    return ConfigFile.ofText(FILE, yaml, List.of()).read(StageConfig::read);
  }

  /** The problems of the shortest file with some of its text replaced. */
  static List<String> problems(String text, String by) {
    assertThat(SHORTEST).contains(text);
    BadConfig bad = catchThrowableOfType(BadConfig.class, () -> read(SHORTEST.replace(text, by)));
    assertThat(bad).as("%s is accepted", by).isNotNull();
    return bad.problems().stream().map(Problem::toString).toList();
  }

  @Test
  void what_is_left_out_has_its_default() {
    StageConfig config = read(SHORTEST);
    String run = Path.of("conf/runs/x").toAbsolutePath().toString();
    assertThat(config.run()).isEqualTo(run);
    assertThat(config.folder()).isEqualTo(run + "/stage5");
    assertThat(config.tokenizer()).isEqualTo(run + "/tokenizer");
    assertThat(config.precision()).isEqualTo(Precision.FP32);
    assertThat(config.data())
        .isEqualTo(
            new DataConfig(
                run + "/prepared",
                null,
                8,
                8192,
                0,
                2,
                null,
                run + "/prepared/findings",
                Set.of(),
                List.of(new DataConfig.StreamConfig("sounds", 1, List.of("a")))));
    assertThat(config.objective()).isEqualTo(new Answers(Prompts.Style.CHAT));
    assertThat(config.schedule()).isEqualTo(new Schedule(0.03, Schedule.Shape.COSINE, 1));
    assertThat(config.checkpoint())
        .isEqualTo(new StageConfig.CheckpointConfig(500, 2, Mode.ASYNCHRONOUS));
    assertThat(config.cluster())
        .isEqualTo(
            new ClusterConfig(
                2,
                2,
                1,
                3,
                0,
                0,
                Encrypted.AUTO,
                Duration.ofMinutes(2),
                1,
                SameHost.SHARED_MEMORY,
                Route.AUTO,
                Wire.FP32,
                Processor.CPU,
                Exchanges.TCP,
                Duration.ofSeconds(30)));
    assertThat(config.exam()).isEqualTo(new StageConfig.ExamConfig(List.of(), 0));
    assertThat(config.train()).isEqualTo(Set.of(Part.AUDIO_PROJECTOR));
    assertThat(config.origins())
        .isEqualTo(
            Map.of(
                Part.LANGUAGE_MODEL, WeightOrigin.FRESH,
                Part.AUDIO_ENCODER, WeightOrigin.FRESH,
                Part.AUDIO_PROJECTOR, WeightOrigin.FRESH));
  }

  @Test
  void a_clip_fills_a_cell_of_the_connector_at_least() {
    String model = "model:\n";
    String sight =
        """
          vision-encoder: {family: clip, image-size: 16, patch-size: 8, width: 12, layers: 2, heads: 3, mlp-width: 8}
          vision-connector: {type: stp_connector, downsample: [16, 1, 1]}
        """;
    assertThat(problems(model, model + sight))
        .containsExactly(
            "conf/stage.yaml:12  data.frames is 8 (expected: at least 16, a cell of the"
                + " connector).");
    assertThat(problems(model, model + sight.replace("[16, 1, 1]", "[8, 3, 1]")))
        .containsExactly(
            "conf/stage.yaml:6  model.vision-connector.downsample is [8,3,1] (expected: no more"
                + " rows and columns than the encoder's grid has, 2).");
  }

  @Test
  void weights_come_from_a_stage_a_checkpoint_or_nothing_part_by_part() {
    StageConfig config =
        read(
            SHORTEST.replace(
                "weights: {}",
                "weights: {from: stage4, audio-encoder: ../beats, audio-projector: fresh}"));
    assertThat(config.origin(Part.LANGUAGE_MODEL))
        .isEqualTo(new WeightOrigin(WeightOrigin.Kind.STAGE, "stage4"));
    assertThat(config.origin(Part.AUDIO_ENCODER))
        .isEqualTo(
            new WeightOrigin(
                WeightOrigin.Kind.CHECKPOINT, Path.of("beats").toAbsolutePath().toString()));
    assertThat(config.origin(Part.AUDIO_PROJECTOR)).isEqualTo(WeightOrigin.FRESH);
  }

  @Test
  void closed_answers_name_their_questions_as_they_are() {
    StageConfig config =
        read(
            SHORTEST
                .replace("train: [audio-projector]", "train: [audio-encoder]")
                .replace(
                    "steps: 10",
                    "steps: 10\nobjective: {kind: closed-answers, segments: 6,"
                        + " weights: {\"what is 1.5 ?\": 3}}"));
    assertThat(config.objective()).isEqualTo(new ClosedAnswers(6, Map.of("what is 1.5 ?", 3.0)));
  }

  @Test
  void every_required_key_that_is_missing_is_named() {
    BadConfig bad = catchThrowableOfType(BadConfig.class, () -> read("stage: s\n"));
    assertThat(bad.problems())
        .extracting(Problem::key)
        .contains(
            "run", "seed", "model", "train", "weights", "data", "batch", "optimizer", "cluster");
    assertThat(bad.getMessage()).endsWith(" problems; nothing was started.");
  }

  @Test
  void a_batch_that_ranks_cannot_share_is_told_with_its_neighbours() {
    assertThat(problems("global: 16", "global: 20"))
        .containsExactly(
            "conf/stage.yaml:12  batch.global is 20 (expected: a multiple of batch.micro ×"
                + " cluster.ranks = 4 × 2 = 8). Nearest: 16, 24.");
    assertThat(problems("global: 16", "global: 3"))
        .containsExactly(
            "conf/stage.yaml:12  batch.global is 3 (expected: a multiple of batch.micro ×"
                + " cluster.ranks = 4 × 2 = 8). Nearest: 8.");
  }

  @Test
  void samples_of_a_micro_batch_are_of_like_length_and_packed_when_asked() {
    assertThat(read(SHORTEST).batch())
        .isEqualTo(new BatchConfig(16, 4, BatchConfig.Grouping.LENGTH, false, 0));
    String batch = "batch: {global: 16, micro: 4";
    assertThat(read(SHORTEST.replace(batch, batch + ", grouping: none, packing: true")).batch())
        .isEqualTo(new BatchConfig(16, 4, BatchConfig.Grouping.NONE, true, 4096));
    assertThat(read(SHORTEST.replace(batch, batch + ", packing: true, max-tokens: 100")).batch())
        .isEqualTo(new BatchConfig(16, 4, BatchConfig.Grouping.LENGTH, true, 100));
    String small = SHORTEST.replace("rope-theta: 100", "rope-theta: 100, context: 64");
    assertThat(read(small.replace(batch, batch + ", packing: true")).batch().maxTokens())
        .isEqualTo(64);
  }

  @Test
  void packing_that_cannot_be_is_told() {
    String batch = "batch: {global: 16, micro: 4";
    assertThat(problems(batch, batch + ", max-tokens: 100"))
        .containsExactly(
            "conf/stage.yaml:12  batch.max-tokens is 100 (expected: given with packing: true, and"
                + " only there).");
    assertThat(problems(batch, batch + ", packing: true, max-tokens: 100000"))
        .containsExactly(
            "conf/stage.yaml:12  batch.max-tokens is 100000 (expected: at most"
                + " model.language-model.context = 32768).");
    BadConfig closed =
        catchThrowableOfType(
            BadConfig.class,
            () ->
                read(
                    SHORTEST
                            .replace(batch, batch + ", packing: true")
                            .replace("[audio-projector]", "[audio-encoder]")
                        + "objective: {kind: closed-answers}\n"));
    assertThat(closed.problems())
        .extracting(Problem::toString)
        .containsExactly(
            "conf/stage.yaml:12  batch.packing is true (expected: false, with closed answers). They"
                + " are learned by an encoder, which has no rows of tokens.");
  }

  @Test
  void a_loss_of_a_whole_micro_batch_is_not_cut_by_rank() {
    String balanced =
        SHORTEST.replace("family: qwen2", "family: mixtral, experts: {count: 2, balance: 0.1}");
    assertThat(read(balanced).batch().grouping()).isEqualTo(BatchConfig.Grouping.NONE);
    for (String asked : List.of("grouping: length", "packing: true")) {
      BadConfig bad =
          catchThrowableOfType(
              BadConfig.class, () -> read(balanced.replace("micro: 4", "micro: 4, " + asked)));
      String key = asked.substring(0, asked.indexOf(':'));
      String value = asked.substring(asked.indexOf(' ') + 1);
      String other = key.equals("packing") ? "false" : "none";
      assertThat(bad.problems())
          .extracting(Problem::toString)
          .containsExactly(
              "conf/stage.yaml:12  batch."
                  + key
                  + " is "
                  + (value.equals("true") ? value : "\"" + value + "\"")
                  + " (expected: "
                  + other
                  + ", where experts.balance is above 0). That loss is of a micro-batch as a whole:"
                  + " how ranks cut a step would change what is learned.");
    }
  }

  @Test
  void threads_and_batches_ahead_are_set_or_follow_the_machine() {
    DataConfig data = read(SHORTEST).data();
    assertThat(data.threadsOf(2)).isEqualTo(2);
    assertThat(data.threadsOf(64)).isEqualTo(4);
    DataConfig set = read(SHORTEST.replace("data:\n", "data:\n  threads: 9\n  ahead: 3\n")).data();
    assertThat(set.threadsOf(2)).isEqualTo(9);
    assertThat(set.ahead()).isEqualTo(3);
    assertThat(problems("data:\n", "data:\n  threads: -1\n  ahead: 0\n"))
        .containsExactly(
            "conf/stage.yaml:11  data.threads is -1 (expected: at least 0).",
            "conf/stage.yaml:12  data.ahead is 0 (expected: at least 1).");
  }

  @Test
  void a_batch_must_hold_whole_runs_of_the_mixture() {
    assertThat(problems("{name: sounds, datasets: [a]}", "{name: sounds, share: 3, datasets: [a]}"))
        .containsExactly(
            "conf/stage.yaml:12  batch.global is 16 (expected: a multiple of 24, which batch.micro"
                + " × cluster.ranks = 4 × 2 and the sum of shares = 3 divide). Nearest: 24.");
  }

  @Test
  void steps_epochs_or_both_are_given_and_neither_is_negative() {
    StageConfig both = read(SHORTEST.replace("steps: 10", "steps: 10\nepochs: 2.5"));
    assertThat(both.steps()).isEqualTo(10);
    assertThat(both.epochs()).isEqualTo(2.5);
    assertThat(problems("steps: 10\n", ""))
        .singleElement()
        .asString()
        .endsWith(
            "steps is 0 (expected: steps or epochs above 0; with both, what ends first counts).");
    assertThat(problems("steps: 10", "steps: -1\nepochs: 2"))
        .containsExactly("conf/stage.yaml:13  steps is -1 (expected: at least 0).");
  }

  @Test
  void closed_answers_have_numbers_for_weights_and_whole_segments() {
    String closed = SHORTEST.replace("[audio-projector]", "[audio-encoder]");
    BadConfig text =
        catchThrowableOfType(
            BadConfig.class,
            () ->
                read(closed + "objective: {kind: closed-answers, weights: {\"what ?\": much}}\n"));
    assertThat(text.problems())
        .extracting(Problem::toString)
        .containsExactly(
            "conf/stage.yaml:17  objective.weights.\"what ?\" is \"much\" (expected: a number).");
    BadConfig none =
        catchThrowableOfType(
            BadConfig.class,
            () -> read(closed + "objective: {kind: closed-answers, segments: 0}\n"));
    assertThat(none.problems())
        .extracting(Problem::toString)
        .containsExactly("conf/stage.yaml:17  objective.segments is 0 (expected: at least 1).");
  }

  @Test
  void numbers_out_of_range_are_told_by_their_keys() {
    assertThat(problems("{lr: 1e-3}", "{lr: 0, beta2: 1.5, max-gradient-norm: -1}"))
        .containsExactly(
            "conf/stage.yaml:14  optimizer.lr is 0 (expected: a number above 0).",
            "conf/stage.yaml:14  optimizer.beta2 is 1.5 (expected: between 0 and 1).",
            "conf/stage.yaml:14  optimizer.max-gradient-norm is -1 (expected: a number above 0).");
    assertThat(problems("checkpoint: {}", "checkpoint: {every-steps: 0, keep: 0}"))
        .containsExactly(
            "conf/stage.yaml:15  checkpoint.every-steps is 0 (expected: at least 1).",
            "conf/stage.yaml:15  checkpoint.keep is 0 (expected: at least 1).");
    assertThat(problems("{ranks: 2}", "{ranks: 0, threads: 0, attempts: 0}"))
        .containsExactly(
            "conf/stage.yaml:16  cluster.ranks is 0 (expected: at least 1).",
            "conf/stage.yaml:16  cluster.threads is 0 (expected: at least 1).",
            "conf/stage.yaml:16  cluster.attempts is 0 (expected: at least 1).");
    assertThat(problems("steps: 10", "steps: 10\nexam: {sets: [a], at-least: 2}"))
        .containsExactly("conf/stage.yaml:14  exam.at-least is 2 (expected: between 0 and 1).");
    assertThat(problems("steps: 10", "steps: 10\nschedule: {warmup-ratio: 2, decay-ratio: -1}"))
        .containsExactly(
            "conf/stage.yaml:14  schedule.warmup-ratio is 2 (expected: between 0 and 1).",
            "conf/stage.yaml:14  schedule.decay-ratio is -1 (expected: between 0 and 1).");
  }

  @Test
  void a_mixture_without_streams_or_datasets_is_told() {
    assertThat(problems("[{name: sounds, datasets: [a]}]", "[]"))
        .contains("conf/stage.yaml:11  data.streams is [] (expected: at least one value).");
    assertThat(problems("{name: sounds, datasets: [a]}", "{name: \"\", share: 0, datasets: []}"))
        .contains(
            "conf/stage.yaml:11  data.streams[0].share is 0 (expected: at least 1).",
            "conf/stage.yaml:11  data.streams[0].datasets is [] (expected: at least one value).");
  }

  @Test
  void the_precision_is_one_of_two() {
    assertThat(read(SHORTEST + "precision: bf16\n").precision()).isEqualTo(Precision.BF16);
    assertThat(problems("steps: 10", "steps: 10\nprecision: fp16"))
        .containsExactly(
            "conf/stage.yaml:14  precision is \"fp16\" (expected: fp32 or bf16). Did you mean"
                + " \"fp32\"?");
  }

  @Test
  void ranks_encrypt_where_spark_does_unless_told_otherwise() {
    assertThat(read(SHORTEST).cluster().encryption()).isEqualTo(Encrypted.AUTO);
    assertThat(read(SHORTEST.replace("{ranks: 2}", "{ranks: 2, encryption: on}")).cluster())
        .extracting(ClusterConfig::encryption)
        .isEqualTo(Encrypted.ON);
    assertThat(problems("{ranks: 2}", "{ranks: 2, encryption: tls}"))
        .containsExactly(
            "conf/stage.yaml:16  cluster.encryption is \"tls\" (expected: auto, on or off).");
  }

  @Test
  void a_rank_may_be_silent_for_two_minutes_unless_told_otherwise() {
    assertThat(read(SHORTEST).cluster().deadline()).isEqualTo(Duration.ofMinutes(2));
    assertThat(read(SHORTEST).cluster().streams()).isEqualTo(1);
    ClusterConfig told =
        read(SHORTEST.replace(
                "{ranks: 2}",
                "{ranks: 2, deadline: 10 min, streams: 4, same-host: tcp, route: ring, wire: bf16}"))
            .cluster();
    assertThat(told.deadline()).isEqualTo(Duration.ofMinutes(10));
    assertThat(told.streams()).isEqualTo(4);
    assertThat(told.sameHost()).isEqualTo(SameHost.TCP);
    assertThat(told.route()).isEqualTo(Route.RING);
    assertThat(told.wire()).isEqualTo(Wire.BF16);
    assertThat(problems("{ranks: 2}", "{ranks: 2, deadline: 900 ms, streams: 65}"))
        .containsExactly(
            "conf/stage.yaml:16  cluster.deadline is \"900 ms\" (expected: at least 1s).",
            "conf/stage.yaml:16  cluster.streams is 65 (expected: between 1 and 64).");
    assertThat(problems("{ranks: 2}", "{ranks: 2, deadline: soon}"))
        .containsExactly(
            "conf/stage.yaml:16  cluster.deadline is \"soon\" (expected: a duration such as 30s or"
                + " 5 min).");
  }

  @Test
  void features_are_stored_of_an_encoder_that_stays_as_it_is_and_of_processors() {
    String stored = "data:\n  vision-features: features";
    assertThat(problems("data:", stored))
        .containsExactly(
            "conf/stage.yaml:11  data.vision-features is \"features\" (expected: none, since the"
                + " model does not see).");
    String seeing =
        SHORTEST
            .replace("data:", stored)
            .replace(
                "model:\n",
                "model:\n  vision-encoder: {family: clip, image-size: 8, patch-size: 4, width: 8,"
                    + " layers: 2, heads: 2, mlp-width: 8}\n"
                    + "  vision-connector: {type: mlp2x_gelu}\n");
    String features = Path.of("conf/features").toAbsolutePath().toString();
    assertThat(read(seeing).data().visionFeatures()).isEqualTo(features);
    assertThat(read(SHORTEST).data().visionFeatures()).isNull();
    BadConfig gpu =
        catchThrowableOfType(
            BadConfig.class, () -> read(seeing.replace("{ranks: 2}", "{ranks: 2, device: gpu}")));
    assertThat(gpu.problems())
        .extracting(Problem::toString)
        .containsExactly(
            "conf/stage.yaml:13  data.vision-features is \"features\" (expected: none, with"
                + " cluster.device: gpu). Processors compute them, and a GPU's last bits are"
                + " others.");
    BadConfig learning =
        catchThrowableOfType(
            BadConfig.class,
            () ->
                read(
                    seeing.replace("[audio-projector]", "[vision-encoder]")
                        + "objective: {kind: closed-answers}\n"));
    assertThat(learning.problems())
        .extracting(Problem::toString)
        .containsExactly(
            "conf/stage.yaml:13  data.vision-features is \"features\" (expected: none, with closed"
                + " answers). There an encoder learns, and none of them stays as it is.");
  }

  @Test
  void ranks_compute_on_gpus_and_exchange_over_them_only_if_told() {
    assertThat(read(SHORTEST).cluster().needsGpus()).isFalse();
    assertThat(read(SHORTEST).cluster().usesNccl()).isFalse();
    ClusterConfig told =
        read(SHORTEST.replace("{ranks: 2}", "{ranks: 2, device: gpu, collective: nccl}")).cluster();
    assertThat(told.needsGpus()).isTrue();
    assertThat(told.usesNccl()).isTrue();
    assertThat(problems("{ranks: 2}", "{ranks: 2, collective: nccl, wire: bf16}"))
        .containsExactly(
            "conf/stage.yaml:16  cluster.collective is \"nccl\" (expected: tcp, or nccl with device:"
                + " gpu).",
            "conf/stage.yaml:16  cluster.wire is \"bf16\" (expected: fp32 with collective: nccl, which"
                + " does not round).");
    assertThat(problems("{ranks: 2}", "{ranks: 2}\nmemory: {optimizer-state: device}"))
        .containsExactly(
            "conf/stage.yaml:17  memory.optimizer-state is \"device\" (expected: memory or disk, or device with"
                + " cluster.device: gpu).");
    assertThat(problems("{ranks: 2}", "{ranks: 2, device: gpu}\nmemory: {sharding: gradients}"))
        .containsExactly(
            "conf/stage.yaml:17  memory.sharding is \"gradients\" (expected: optimizer, with"
                + " cluster.device: gpu).");
    assertThat(problems("{ranks: 2}", "{ranks: 2, device: cuda}"))
        .containsExactly("conf/stage.yaml:16  cluster.device is \"cuda\" (expected: cpu or gpu).");
  }

  @Test
  void activations_are_kept_unless_asked_otherwise() {
    assertThat(read(SHORTEST).memory().activations()).isEqualTo(Activations.KEEP);
    assertThat(read(SHORTEST + "memory: {activations: recompute}\n").memory().activations())
        .isEqualTo(Activations.RECOMPUTE);
    assertThat(problems("steps: 10", "steps: 10\nmemory: {activations: recomputed}"))
        .containsExactly(
            "conf/stage.yaml:14  memory.activations is \"recomputed\" (expected: keep or recompute)."
                + " Did you mean \"recompute\"?");
  }

  @Test
  void a_loss_is_watched_only_if_that_is_asked_for_and_with_a_bound_that_can_hold() {
    assertThat(read(SHORTEST).watch()).isEqualTo(WatchConfig.NOTHING);
    assertThat(read(SHORTEST + "watch: {stop-above: 3}\n").watch())
        .isEqualTo(new WatchConfig(3, 50));
    assertThat(problems("steps: 10", "steps: 10\nwatch: {stop-above: 0.5, window: 0}"))
        .containsExactly(
            "conf/stage.yaml:14  watch.stop-above is 0.5 (expected: above 1).",
            "conf/stage.yaml:14  watch.window is 0 (expected: at least 1).");
  }

  @Test
  void a_stage_is_measured_on_datasets_that_it_does_not_learn_from_and_only_if_asked() {
    assertThat(read(SHORTEST).validation()).isEqualTo(ValidationConfig.NOTHING);
    assertThat(read(SHORTEST + "validation: {datasets: [b]}\n").validation())
        .isEqualTo(new ValidationConfig(100, 64, 0, List.of("b")));
    assertThat(
            read(SHORTEST
                    + "validation: {every-steps: 5, samples: 8, captions: 2, datasets: [b]}\n")
                .validation())
        .isEqualTo(new ValidationConfig(5, 8, 2, List.of("b")));
    assertThat(problems("steps: 10", "steps: 10\nvalidation: {datasets: [b, a, b]}"))
        .containsExactly(
            "conf/stage.yaml:14  validation.datasets[1] is \"a\" (expected: a dataset that no stream"
                + " reads). The stream sounds learns from it: its loss would say nothing of what was"
                + " never seen.",
            "conf/stage.yaml:14  validation.datasets[2] is \"b\" (expected: a dataset that is named"
                + " once).");
    assertThat(
            problems(
                "steps: 10",
                "steps: 10\nvalidation: {every-steps: 0, samples: 2, captions: 3, datasets: [b]}"))
        .containsExactly(
            "conf/stage.yaml:14  validation.every-steps is 0 (expected: at least 1).",
            "conf/stage.yaml:14  validation.captions is 3 (expected: between 0 and 2).");
  }

  @Test
  void heads_of_closed_answers_are_measured_on_nothing_else() {
    assertThat(
            problems(
                "train: [audio-projector]",
                "train: [audio-encoder]\nobjective: {kind: closed-answers}\nvalidation: {datasets: [b]}"))
        .containsExactly(
            "conf/stage.yaml:10  validation is a section (expected: nothing, with closed answers). Its"
                + " heads know the answers of the datasets that they learn from alone.");
  }

  @Test
  void fewer_ranks_may_do_where_the_batch_can_be_cut_for_them() {
    StageConfig config =
        read(
            SHORTEST
                .replace("ranks: 2", "ranks: 6, at-least: 2")
                .replace("global: 16", "global: 24"));
    assertThat(config.worldSizes()).containsExactly(6, 3, 2);
    assertThat(config.onRanks(3).cluster().ranks()).isEqualTo(3);
    assertThat(config.onRanks(3).cluster().atLeast()).isEqualTo(2);
    assertThat(read(SHORTEST).worldSizes()).containsExactly(2);
    assertThat(problems("ranks: 2", "ranks: 2, at-least: 3"))
        .containsExactly("conf/stage.yaml:16  cluster.at-least is 3 (expected: between 1 and 2).");
  }

  @Test
  void hardware_and_price_are_unknown_unless_told() {
    assertThat(read(SHORTEST).cluster().peakFlopsOfAll()).isZero();
    ClusterConfig told =
        read(SHORTEST.replace(
                "ranks: 2", "ranks: 2, peak-flops: 989e12, price-per-hour: 2.5, grace: 2 min"))
            .cluster();
    assertThat(told.peakFlops()).isEqualTo(989e12);
    assertThat(told.pricePerHour()).isEqualTo(2.5);
    assertThat(told.grace()).isEqualTo(Duration.ofMinutes(2));
    assertThat(told.peakFlopsOfAll()).isEqualTo(1978e12);
  }

  @Test
  void an_unknown_key_is_a_problem_beside_the_others() {
    assertThat(problems("{lr: 1e-3}", "{lr: 1e-3, weight-decya: 0.1}\nstepz: 3"))
        .containsExactly(
            "conf/stage.yaml:14  optimizer.weight-decya is not a known key. Did you mean"
                + " \"weight-decay\"?",
            "conf/stage.yaml:15  stepz is not a known key (expected: run, stage, seed, model,"
                + " precision, memory, tokenizer, train, lora, weights, data, objective, batch, steps, epochs, optimizer,"
                + " schedule, checkpoint, cluster, exam, watch, validation or exam-slices).");
  }

  @Test
  void an_adapters_base_is_a_location_that_all_checkpoints_know() {
    StageConfig config =
        read(SHORTEST.replace("weights: {}", "weights: {from: ./lora, base: ../llm}"));
    WeightOrigin origin = config.origin(Part.LANGUAGE_MODEL);
    assertThat(origin.place()).endsWith("/conf/lora");
    assertThat(origin.base()).endsWith("/llm").doesNotContain("conf");
    assertThat(read(SHORTEST).origin(Part.LANGUAGE_MODEL)).isEqualTo(WeightOrigin.FRESH);
  }

  @Test
  void weights_in_shards_need_layers_that_are_computed_again() {
    assertThat(problems("checkpoint: {}", "memory: {sharding: parameters}\ncheckpoint: {}"))
        .containsExactly(
            "conf/stage.yaml:15  memory.sharding is \"parameters\" (expected: optimizer or gradients)."
                + " Nothing goes backward through weights that are gone, as it must where"
                + " activations are kept: set memory.activations to recompute.");
  }

  @Test
  void no_rank_has_all_weights_to_write_captions_with() {
    assertThat(
            problems(
                "checkpoint: {}",
                "memory: {activations: recompute, sharding: parameters}\n"
                    + "validation: {captions: 1, datasets: [b]}\ncheckpoint: {}"))
        .containsExactly(
            "conf/stage.yaml:16  validation.captions is 1 (expected: 0). With memory.sharding:"
                + " parameters no rank has all weights to answer with. Evaluate a checkpoint"
                + " instead.");
  }
}
