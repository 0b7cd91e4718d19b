package org.clapperboard.bench;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.clapperboard.model.engine.Tape.Activations;
import org.clapperboard.model.weights.Dtype;

/**
 * What is measured together: each by its own verb's measurement, of which the lines of the whole
 * table are taken. One more path is one more constant.
 */
enum BenchedPath {
  SHARDS {
    @Override
    Figures run(AllBench all) throws IOException {
      Path folder = all.place(this);
      return new ShardsBench(
              folder, all.size(256, 4), 200_000, 1, 2 * all.rounds(), all.mediaPython())
          .run();
    }

    @Override
    List<PathResult> read(JsonNode figures, JsonNode ceilings) {
      JsonNode readers = figures.get("readers");
      Spread clock = spread(readers.get("shard"), "mb-per-second");
      double plain = spread(readers.get("plain file"), "mb-per-second").median();
      PathResult beside =
          new PathResult(
              "shard beside tar",
              "MB per processor second",
              spread(readers.get("shard"), "mb-per-processor-second"),
              spread(readers.path("tar"), "mb-per-processor-second"),
              spread(figures, "shard-to-tar"),
              Goal.ratio(0.8),
              null,
              noPeer(figures));
      Goal goal = new Goal(Goal.Bound.AT_LEAST, 700, Goal.Figure.OURS);
      PathResult rate =
          new PathResult(
              "shard on the clock",
              "MB/s",
              clock,
              null,
              null,
              goal,
              clock.median() / plain,
              "ceiling: the plain file");
      return List.of(beside, rate);
    }
  },

  DECODE {
    @Override
    Figures run(AllBench all) throws IOException {
      Path folder = all.place(this);
      List<Path> files = all.videos();
      if (files.isEmpty()) {
        files =
            all.quick() ? List.of(MadeClips.write(folder, 640, 480, 30)) : MadeClips.write(folder);
      }
      return new DecodeBench(files, 8, all.rounds(), all.mediaPython()).run();
    }

    @Override
    List<PathResult> read(JsonNode figures, JsonNode ceilings) {
      JsonNode total = figures.path("all");
      boolean compared = figures.has("all");
      String same =
          compared
              ? String.format(
                  Locale.ROOT,
                  "%d of %d tensors equal",
                  total.get("same").asInt(),
                  total.get("files").asInt())
              : "no peer: " + figures.get("peer").asText();
      return List.of(
          new PathResult(
              "file to 8 frames",
              "videos per processor second",
              compared ? one(total.get("ours-per-second").asDouble()) : null,
              compared ? one(total.get("peer-per-second").asDouble()) : null,
              spread(total, "ratio"),
              Goal.ratio(1.8),
              null,
              same));
    }
  },

  ORDER {
    @Override
    Figures run(AllBench all) throws IOException {
      long asked = all.size(10_000_000L, 1_000_000L);
      return new OrderBench(10_000_000, 100_000, 8192, asked, all.rounds()).run();
    }

    @Override
    List<PathResult> read(JsonNode figures, JsonNode ceilings) {
      return List.of(
          new PathResult(
              "order of samples",
              "µs per sample",
              spread(figures.get("one rank takes all"), "microseconds-per-sample"),
              null,
              null,
              new Goal(Goal.Bound.AT_MOST, 50, Goal.Figure.OURS),
              null,
              ""));
    }
  },

  FBANK {
    @Override
    Figures run(AllBench all) throws IOException {
      Path folder = all.place(this);
      List<Path> files =
          all.quick() ? List.of(MadeSounds.write(folder, 2, 44_100, 5)) : MadeSounds.write(folder);
      double seconds = all.size(FbankBenchCommand.ROUND_SECONDS, 0.05);
      return new FbankBench(folder, files, all.rounds(), seconds, all.mediaPython()).run();
    }

    @Override
    List<PathResult> read(JsonNode figures, JsonNode ceilings) {
      return List.of(
          new PathResult(
              "WAV to filter bank",
              "seconds of sound per processor second",
              spread(figures, "ours"),
              spread(figures, "torchaudio"),
              spread(figures, "ours to torchaudio"),
              Goal.ratio(1),
              null,
              noPeer(figures)));
    }
  },

  ALLREDUCE {
    @Override
    Figures run(AllBench all) throws IOException {
      List<Integer> sizes = all.size(List.of(1, 64, 256), List.of(1));
      return new AllReduceBench(all.place(this), List.of(2), sizes, all.rounds(), 1, all.python())
          .run();
    }

    @Override
    List<PathResult> read(JsonNode figures, JsonNode ceilings) {
      List<PathResult> lines = new ArrayList<>();
      for (JsonNode size : figures.get("sizes")) {
        int megabytes = size.get("megabytes").asInt();
        Goal goal = Goal.ratio(megabytes == 1 ? 1 : 1.2);
        for (String way : List.of("ours", "ours over TCP")) {
          boolean tcp = !way.equals("ours");
          Spread ours = spread(size.get(way), GIGABYTES);
          double most = best(tcp ? ceilings.path("loopback") : ceilings, "ours", "iperf3", "copy");
          lines.add(
              new PathResult(
                  String.format(
                      Locale.ROOT, "all-reduce, 2 ranks, %d MB%s", megabytes, tcp ? ", TCP" : ""),
                  "GB/s",
                  ours,
                  spread(size.path("Gloo"), GIGABYTES),
                  spread(size.path(way + " to Gloo"), GIGABYTES),
                  goal,
                  most > 0 ? ours.median() / most : null,
                  noPeer(figures)));
        }
      }
      return lines;
    }
  },

  GENERATE {
    @Override
    Figures run(AllBench all) throws IOException {
      List<Dtype> dtypes = List.of(Dtype.F32, Dtype.BF16);
      GenerateSizes size = all.size(GenerateSizes.SMALL, GenerateSizes.TINY);
      List<Integer> rows = all.size(List.of(1, 8), List.of(2));
      int prompt = all.size(600, 40);
      int tokens = all.size(64, 4);
      return new GenerateBench(
              all.place(this),
              List.of(size),
              dtypes,
              rows,
              prompt,
              tokens,
              all.rounds(),
              all.python())
          .run();
    }

    @Override
    List<PathResult> read(JsonNode figures, JsonNode ceilings) {
      List<PathResult> lines = new ArrayList<>();
      for (JsonNode one : figures.get("cases")) {
        for (String part : List.of("prefill", "decode")) {
          JsonNode rates = one.get(part);
          lines.add(
              new PathResult(
                  String.format(
                      Locale.ROOT,
                      "answers: %s %s, %d rows, %s",
                      one.get("size").asText(),
                      one.get("dtype").asText(),
                      one.get("rows").asInt(),
                      part),
                  "tokens per processor second",
                  spread(rates, "ours"),
                  spread(rates, "PyTorch"),
                  spread(rates, "ours to PyTorch"),
                  Goal.ratio(1),
                  null,
                  torch(figures, one)));
        }
      }
      return lines;
    }
  },

  STEP {
    @Override
    Figures run(AllBench all) throws IOException {
      StepSizes size = all.size(StepSizes.SMALL, StepSizes.TINY);
      List<StepCase> cases =
          List.of(Dtype.F32, Dtype.BF16).stream()
              .map(dtype -> new StepCase(size, dtype, StepCase.Stage.LANGUAGE, Activations.KEEP, 1))
              .toList();
      List<StepBench.Setting> peers = List.of(StepBench.Setting.values());
      double seconds = all.size(1.0, 0.05);
      StepRun.Place place = StepRun.Place.PROCESSORS;
      return new StepBench(cases, peers, "usual", all.rounds(), seconds, false, place, all.python())
          .run();
    }

    @Override
    List<PathResult> read(JsonNode figures, JsonNode ceilings) {
      List<PathResult> lines = new ArrayList<>();
      for (JsonNode one : figures.get("cases")) {
        JsonNode step = one.get("step");
        String name = one.get("case").asText();
        String dtype = name.contains("bf16") ? "BF16" : "F32";
        JsonNode ours = step.get("ours");
        double most = best(ceilings.at("/products/1/" + dtype), "ours", "PyTorch");
        Double share = most > 0 ? spread(ours, "gflops-per-cpu").median() / most : null;
        for (StepBench.Setting setting : StepBench.Setting.values()) {
          JsonNode peer = step.path(setting.shown());
          lines.add(
              new PathResult(
                  "step: " + name + ", beside " + setting.shown(),
                  "ms of a processor",
                  spread(ours, "cpu-ms"),
                  spread(peer, "cpu-ms"),
                  spread(peer, "ours-to-it-cpu"),
                  Goal.ratio(setting == StepBench.Setting.DEFAULT ? 1.15 : 1),
                  share,
                  torch(figures, one)));
        }
      }
      return lines;
    }
  },

  CHECKPOINT {
    @Override
    Figures run(AllBench all) throws IOException {
      long elements = all.size(64_000_000L, 1_000_000L);
      return new CheckpointBench(all.place(this).toString(), elements, 0.5, all.rounds()).run();
    }

    @Override
    List<PathResult> read(JsonNode figures, JsonNode ceilings) {
      return List.of(
          new PathResult(
              "checkpoint written beside, to one waited for",
              "of the standstill",
              spread(figures, "ratio"),
              null,
              null,
              new Goal(Goal.Bound.AT_MOST, 0.05, Goal.Figure.OURS),
              null,
              ""));
    }
  };

  private static final String GIGABYTES = "gb-per-second";

  /** Measures. */
  abstract Figures run(AllBench all) throws IOException;

  /**
   * Its lines of the table.
   *
   * @param figures what {@link #run} gave
   * @param ceilings those of {@link CeilingsBench}, or an empty object
   */
  abstract List<PathResult> read(JsonNode figures, JsonNode ceilings);

  final String key() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** A spread if it was taken. */
  private static Spread spread(JsonNode figures, String name) {
    return figures == null || !figures.has(name) ? null : Spread.read(figures.get(name));
  }

  private static Spread one(double figure) {
    return new Spread(figure, figure, figure);
  }

  /** The largest of those that are there, or 0. */
  private static double best(JsonNode figures, String... names) {
    double most = 0;
    for (String name : names) {
      most = Math.max(most, figures.path(name).path("median").asDouble());
    }
    return most;
  }

  private static String noPeer(JsonNode figures) {
    return figures.has("no-peer") ? "no peer: " + figures.get("no-peer").asText() : "";
  }

  private static String torch(JsonNode figures, JsonNode one) {
    return one.has("torch") ? "PyTorch " + one.get("torch").asText() : noPeer(figures);
  }
}
