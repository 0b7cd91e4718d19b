package org.clapperboard.bench;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.clapperboard.model.weights.Dtype;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code jobs/bench.sh generate}. */
@Command(
    name = "generate",
    description =
        "Times greedy answers to prompts of token ids, in turn with PyTorch: the same decoder and weights, one thread "
            + "each. Scores are compared first; then times to the first token and from there on, of processors.",
    footer = {
      "  jobs/bench.sh generate",
      "  jobs/bench.sh generate --sizes MEDIUM --dtypes BF16 --rows 1"
    })
final class GenerateBenchCommand extends Measurement {
  @Spec private CommandSpec command;

  @Mixin private PeerOption peer;

  @Option(
      names = "--sizes",
      paramLabel = "SIZE",
      split = ",",
      defaultValue = "SMALL",
      description = "Decoders: ${COMPLETION-CANDIDATES}. Default: ${DEFAULT-VALUE}.")
  private List<GenerateSizes> sizes;

  @Option(
      names = "--dtypes",
      paramLabel = "TYPE",
      split = ",",
      defaultValue = "F32,BF16",
      description = "Types of weights, F32 or BF16. Default: ${DEFAULT-VALUE}.")
  private List<Dtype> dtypes;

  @Option(
      names = "--rows",
      paramLabel = "N",
      split = ",",
      defaultValue = "1,8",
      description = "Prompts at a time. Default: ${DEFAULT-VALUE}.")
  private List<Integer> rows;

  @Option(
      names = "--prompt",
      paramLabel = "N",
      defaultValue = "600",
      description = "Positions of a prompt. Default: ${DEFAULT-VALUE}.")
  private int prompt;

  @Option(
      names = "--tokens",
      paramLabel = "N",
      defaultValue = "64",
      description = "Tokens of an answer. Default: ${DEFAULT-VALUE}.")
  private int tokens;

  @Option(
      names = "--rounds",
      paramLabel = "N",
      defaultValue = "7",
      description = "Rounds that count. Default: ${DEFAULT-VALUE}.")
  private int rounds;

  @Override
  Figures measure(Path folder) throws IOException {
    boolean known = List.of(Dtype.F32, Dtype.BF16).containsAll(dtypes);
    if (!known || rows.stream().anyMatch(n -> n < 1) || prompt < 1 || tokens < 2 || rounds < 1) {
      throw new ParameterException(
          command.commandLine(),
          String.format(
              "--dtypes is %s, --rows %s, --prompt %d, --tokens %d, --rounds %d (expected: F32 or BF16, "
                  + "whole numbers from 1, and at least 2 tokens).",
              dtypes, rows, prompt, tokens, rounds));
    }
    return new GenerateBench(folder, sizes, dtypes, rows, prompt, tokens, rounds, peer.python())
        .run();
  }
}
