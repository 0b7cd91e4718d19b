package org.clapperboard.bench;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.clapperboard.model.engine.Tape.Activations;
import org.clapperboard.model.weights.Dtype;
import org.clapperboard.train.optimizer.OptimizerState;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code jobs/bench.sh step}. */
@Command(
    name = "step",
    description =
        "Times training steps, in turn with PyTorch: the same model, weights and batch. Losses are compared first; steps "
            + "whose losses differ are not measured.",
    footer = {"  jobs/bench.sh step", "  jobs/bench.sh step --json step.json"})
final class StepBenchCommand extends Measurement {
  private static final double ROUND_SECONDS = 1;

  @Spec private CommandSpec command;

  @Mixin private PeerOption peer;

  @Option(
      names = "--sizes",
      paramLabel = "SIZE",
      split = ",",
      defaultValue = "SMALL",
      description = "Models: ${COMPLETION-CANDIDATES}. Default: ${DEFAULT-VALUE}.")
  private List<StepSizes> sizes;

  @Option(
      names = "--dtypes",
      paramLabel = "TYPE",
      split = ",",
      defaultValue = "F32,BF16",
      description =
          "Types of weights, F32 or BF16; those of BF16 have masters in float32. Default: ${DEFAULT-VALUE}.")
  private List<Dtype> dtypes;

  @Option(
      names = "--stages",
      paramLabel = "STAGE",
      split = ",",
      defaultValue = "LANGUAGE",
      description =
          "What learns, the connector alone or the language model too: ${COMPLETION-CANDIDATES}. Default: "
              + "${DEFAULT-VALUE}.")
  private List<StepCase.Stage> stages;

  @Option(
      names = "--activations",
      paramLabel = "WHAT",
      split = ",",
      defaultValue = "KEEP",
      description = "What layers keep: ${COMPLETION-CANDIDATES}. Default: ${DEFAULT-VALUE}.")
  private List<Activations> activations;

  @Option(
      names = "--threads",
      paramLabel = "N",
      split = ",",
      defaultValue = "1",
      description = "Threads of the tensor library. Default: ${DEFAULT-VALUE}.")
  private List<Integer> threads;

  @Option(
      names = "--peers",
      paramLabel = "SETTING",
      split = ",",
      defaultValue = "DEFAULT,BEST",
      description =
          "PyTorch's settings: scores of all positions (DEFAULT) or of labelled ones (BEST). Default: "
              + "${DEFAULT-VALUE}.")
  private List<StepBench.Setting> peers;

  @Option(
      names = "--optimizer",
      paramLabel = "KIND",
      defaultValue = "usual",
      description =
          "PyTorch's AdamW: fused, foreach, loop, or usual for the fastest it has. Default: ${DEFAULT-VALUE}.")
  private String optimizer;

  @Option(
      names = "--device",
      paramLabel = "NAME",
      description =
          "A GPU by PyTorch's name, such as cuda:0, which the peer uses too. Default: the processors.")
  private String device;

  @Option(
      names = "--optimizer-state",
      paramLabel = "WHERE",
      defaultValue = "MEMORY",
      description =
          "With --device, where our optimizer's state lies and updates happen, MEMORY or DEVICE. Default: ${DEFAULT-VALUE}.")
  private OptimizerState state;

  @Option(names = "--layers", description = "Measures the decoder's layers by themselves as well.")
  private boolean layers;

  @Option(
      names = "--rounds",
      paramLabel = "N",
      defaultValue = "7",
      description = "Rounds that count. Default: ${DEFAULT-VALUE}.")
  private int rounds;

  @Override
  Figures measure(Path folder) throws IOException {
    boolean known =
        List.of(Dtype.F32, Dtype.BF16).containsAll(dtypes)
            && List.of("usual", "fused", "foreach", "loop").contains(optimizer);
    if (!known || threads.stream().anyMatch(n -> n < 1) || rounds < 1) {
      throw new ParameterException(
          command.commandLine(),
          String.format(
              "--dtypes is %s, --threads %s, --rounds %d, --optimizer %s (expected: F32 or BF16, whole numbers "
                  + "from 1, and usual, fused, foreach or loop).",
              dtypes, threads, rounds, optimizer));
    }
    if (layers && device != null) {
      throw new ParameterException(
          command.commandLine(), "--layers are measured on processors only: leave --device out.");
    }
    return new StepBench(
            cases(),
            peers,
            optimizer,
            rounds,
            ROUND_SECONDS,
            layers,
            new StepRun.Place(device, state),
            peer.python())
        .run();
  }

  private List<StepCase> cases() {
    List<StepCase> cases = new ArrayList<>();
    for (StepSizes size : sizes) {
      for (Dtype dtype : dtypes) {
        for (StepCase.Stage stage : stages) {
          for (Activations kept : activations) {
            threads.forEach(n -> cases.add(new StepCase(size, dtype, stage, kept, n)));
          }
        }
      }
    }
    return cases;
  }
}
