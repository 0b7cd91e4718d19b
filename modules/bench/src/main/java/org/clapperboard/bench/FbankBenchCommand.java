package org.clapperboard.bench;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code jobs/bench.sh fbank}. */
@Command(
    name = "fbank",
    description =
        "Brings WAV files of 16 bits to the audio encoder's filter bank, 30 seconds at 16 kHz in 128 bins, in turn "
            + "with torchaudio; one thread each. Banks are compared first. Without files it makes some.",
    footer = {"  jobs/bench.sh fbank", "  jobs/bench.sh fbank my-sounds.wav --json fbank.json"})
final class FbankBenchCommand extends Measurement {
  /** On processors. */
  static final double ROUND_SECONDS = 1;

  @Mixin private PeerOption peer;

  @Parameters(arity = "0..*", paramLabel = "FILE", description = "Sounds.")
  private List<Path> given = List.of();

  @Option(
      names = "--rounds",
      paramLabel = "N",
      defaultValue = "7",
      description = "Rounds that count. Default: ${DEFAULT-VALUE}.")
  private int rounds;

  @Override
  Figures measure(Path folder) throws IOException {
    List<Path> files = given.isEmpty() ? MadeSounds.write(folder) : given;
    return new FbankBench(folder, files, rounds, ROUND_SECONDS, peer.python()).run();
  }
}
