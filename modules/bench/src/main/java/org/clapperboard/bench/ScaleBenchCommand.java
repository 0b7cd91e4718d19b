package org.clapperboard.bench;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.clapperboard.config.ConfigFile;
import org.clapperboard.train.config.StageConfig;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;

/** {@code jobs/bench.sh scale}. */
@Command(
    name = "scale",
    footerHeading = "%n",
    customSynopsis = "jobs/bench.sh scale [OPTION]... FILE...",
    description =
        "Simulates how long a step of a stage takes on many ranks, from figures of compute, network "
            + "and store. Trains nothing and needs no data.",
    footer = {
      "Figures, by --figure NAME=NUMBER:",
      "  fp32=47, bf16=396  TFLOP/s of a rank (assumed: 70 %% and 40 %% of an H100)",
      "  link=50            GB/s of a host, each way (assumed)",
      "  loopback=0.78      GB/s that a rank sends within its host (measured)",
      "  cpu-per-gb=0.58    s of a processor per GB sent, received, added (measured)",
      "  latency=50         µs a message (assumed)",
      "  store=0.5          GB/s that a rank writes (assumed)",
      "  store-of-all=20    GB/s that all ranks write together (assumed)",
      "  frame=1.7          ms to decode a frame (measured)",
      "  jitter=3           %% deviation of a rank's time to compute (assumed)",
      "",
      "Examples:",
      "  jobs/bench.sh scale conf/videollama2-7b/stage2-video-finetune.yaml",
      "  jobs/bench.sh scale my-stage.yaml --ranks 64,256 --figure link=25"
    })
final class ScaleBenchCommand extends Measurement {
  private static final int ROUNDS = 5;

  /** The part of --figure before the equals sign. */
  static final class FigureName implements ITypeConverter<ScaleFigure> {
    @Override
    public ScaleFigure convert(String key) {
      return ScaleFigure.of(key)
          .orElseThrow(
              () ->
                  new TypeConversionException(
                      "\"" + key + "\" (expected: " + ScaleFigure.keys() + ")"));
    }
  }

  @Parameters(arity = "1..*", paramLabel = "FILE", description = "Stage files.")
  private List<Path> files;

  @Option(names = "--set", paramLabel = "KEY=VALUE", description = "Sets a key of every file.")
  private List<String> overrides = new ArrayList<>();

  @Option(
      names = "--ranks",
      paramLabel = "N",
      split = ",",
      defaultValue = "8,64,512",
      description = "World sizes. Default: ${DEFAULT-VALUE}.")
  private List<Integer> ranks;

  @Option(
      names = "--ranks-per-host",
      paramLabel = "N",
      defaultValue = "8",
      description = "Ranks that share a host's link. Default: ${DEFAULT-VALUE}.")
  private int ranksPerHost;

  @Option(
      names = "--figure",
      paramLabel = "NAME=NUMBER",
      split = ",",
      converter = FigureName.class,
      description = "Sets a figure, see below.")
  private Map<ScaleFigure, Double> given = new EnumMap<>(ScaleFigure.class);

  @Option(
      names = "--memory",
      paramLabel = "GB",
      defaultValue = "80",
      description = "Memory of a rank. Default: ${DEFAULT-VALUE}.")
  private double memory;

  @Option(
      names = "--text",
      paramLabel = "N",
      defaultValue = "128",
      description = "Tokens of a sample beside its media. Default: ${DEFAULT-VALUE}.")
  private int text;

  @Option(
      names = "--media",
      paramLabel = "KIND",
      description = "nothing, clip, sound or both; else what the parts that learn need.")
  private String media;

  @Option(
      names = "--overlap",
      description = "As if gradients were exchanged during the last way back. Today they are not.")
  private boolean overlap;

  @Option(
      names = "--measure",
      description = "Measures all figures but link, store-of-all, frame and jitter here.")
  private boolean measured;

  @Option(
      names = "--store",
      paramLabel = "FOLDER",
      description = "Where to measure writing. Default: the temporary folder.")
  private Path store;

  @Option(
      names = "--matrix",
      paramLabel = "N",
      defaultValue = "2048",
      description = "Rows and columns that are multiplied. Default: ${DEFAULT-VALUE}.")
  private int matrix;

  @Option(
      names = "--megabytes",
      paramLabel = "N",
      defaultValue = "64",
      description = "MiB that are exchanged and written. Default: ${DEFAULT-VALUE}.")
  private int megabytes;

  @Spec private CommandSpec command;

  @Override
  Figures measure(Path folder) throws IOException {
    require(ranks.stream().allMatch(n -> n >= 1), "--ranks", ranks, "whole numbers from 1");
    require(ranksPerHost >= 1, "--ranks-per-host", ranksPerHost, "a whole number from 1");
    require(memory > 0, "--memory", memory, "a number above 0");
    require(text >= 1, "--text", text, "a whole number from 1");
    require(matrix >= 1, "--matrix", matrix, "a whole number from 1");
    require(megabytes >= 1 && megabytes <= 512, "--megabytes", megabytes, "1 to 512");
    given.forEach(
        (figure, number) ->
            require(figure.allows(number), "--figure " + figure.key(), number, figure.range()));
    List<StageConfig> stages =
        files.stream().map(file -> ConfigFile.read(file, overrides, StageConfig::read)).toList();
    List<StageWork> work = stages.stream().map(stage -> work(stage)).toList();
    Map<ScaleFigure, ScaleFigure.Value> values = values(folder, stages.get(0).cluster().threads());
    List<Integer> sizes = ranks.stream().distinct().sorted().toList();
    return new ScaleTable(sizes, ranksPerHost, overlap, memory * 1e9, values).of(work);
  }

  private StageWork work(StageConfig stage) {
    if (media == null) {
      return new StageWork(stage, StageWork.Media.of(stage), text);
    }
    StageWork.Media wanted =
        StageWork.Media.named(media)
            .filter(kind -> kind.fits(stage.model()))
            .orElseThrow(
                () ->
                    wrong(
                        "--media",
                        media,
                        "nothing, clip, sound or both, as the model sees and hears"));
    return new StageWork(stage, wanted, text);
  }

  private Map<ScaleFigure, ScaleFigure.Value> values(Path folder, int threads) throws IOException {
    Map<ScaleFigure, Double> found =
        measured
            ? new MachineMeter(store == null ? folder : store, threads, matrix, megabytes, ROUNDS)
                .measure()
            : Map.of();
    Map<ScaleFigure, ScaleFigure.Value> values = new EnumMap<>(ScaleFigure.class);
    for (ScaleFigure figure : ScaleFigure.values()) {
      ScaleFigure.Value value = figure.unasked();
      if (given.containsKey(figure)) {
        value = new ScaleFigure.Value(figure, given.get(figure), "given");
      } else if (found.containsKey(figure)) {
        value = new ScaleFigure.Value(figure, found.get(figure), "measured here, now");
      }
      values.put(figure, value);
    }
    return values;
  }

  private void require(boolean holds, String option, Object value, String rule) {
    if (!holds) {
      throw wrong(option, value, rule);
    }
  }

  private ParameterException wrong(String option, Object value, String rule) {
    return new ParameterException(
        command.commandLine(), option + " is " + value + " (expected: " + rule + ").");
  }
}
