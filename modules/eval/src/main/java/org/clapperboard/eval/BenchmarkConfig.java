package org.clapperboard.eval;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.clapperboard.config.ConfigFile;
import org.clapperboard.config.Rules;
import org.clapperboard.config.Section;
import org.clapperboard.eval.benchmark.Benchmark;
import org.clapperboard.eval.benchmark.Extraction;
import org.clapperboard.eval.judge.JudgeConfig;
import org.clapperboard.eval.judge.JudgePrompt;
import org.clapperboard.eval.judge.OfflineJudge.Likeness;
import org.clapperboard.media.FrameEncoding;

/**
 * Benchmarks, and how their answers are read and judged.
 *
 * @param benchmarks the benchmarks
 * @param prepared folder of their decoded media, or empty for one beside the results
 * @param encoding how decoded frames are kept
 * @param reading whose rule reads answers
 * @param judge who judges open answers
 * @param compareWith the published model whose figures stand beside ours, or empty
 * @param batch questions that go through the model at once
 * @param mostNewTokens longest answer, where a benchmark allows more; 0 for no other limit
 */
public record BenchmarkConfig(
    List<Benchmark> benchmarks,
    String prepared,
    FrameEncoding encoding,
    Extraction.Rule reading,
    JudgeConfig judge,
    String compareWith,
    int batch,
    int mostNewTokens) {

  /** How frames are kept. */
  private enum FramesAs {
    /** As they were decoded. */
    PNG,
    /** A quarter of the room, and what training sees. */
    JPEG
  }

  public BenchmarkConfig {
    benchmarks = List.copyOf(benchmarks);
    try (Rules rules = new Rules()) {
      rules.atLeast("batch", batch, 1);
      rules.atLeast("mostNewTokens", mostNewTokens, 0);
    }
  }

  /**
   * Reads the benchmarks of a file's {@code evaluate} section.
   *
   * @param cache where a judge's replies are kept unless the file says it
   */
  public static BenchmarkConfig read(Section root, String cache) {
    Section section = root.section("evaluate");
    long seed = root.longInteger("seed", 0);
    return section.build(
        () -> {
          String data = section.location("root", "");
          return new BenchmarkConfig(
              section.each("benchmarks", one -> benchmark(one, data, seed)),
              section.location("prepared", ""),
              section.oneOf("frames-as", FramesAs.class, FramesAs.PNG) == FramesAs.PNG
                  ? new FrameEncoding.Png()
                  : new FrameEncoding.Jpeg(95),
              section.oneOf("reading", Extraction.Rule.class, Extraction.Rule.CAREFUL),
              section
                  .optionalSection("judge")
                  .map(judge -> JudgeConfig.read(judge, cache))
                  .orElse(new JudgeConfig.Offline(Likeness.NORMALISED, 0.5)),
              section.string("compare-with", ""),
              section.integer("batch", 8),
              section.integer("max-new-tokens", 0));
        });
  }

  private static Benchmark benchmark(Section one, String data, long seed) {
    Path file = one.path("recipe");
    String root =
        one.has("folder") ? data + "/" + one.string("folder") : one.location("root", data);
    Benchmark read = ConfigFile.read(file, List.of(), r -> known(r, Benchmark.read(r, root, seed)));
    return one.build(
        () ->
            new Benchmark(
                read.recipe()
                    .as(
                        one.string("name", read.name()),
                        one.longInteger("take", read.recipe().take())),
                read.exam()));
  }

  /** A benchmark that asks a judge nothing but what judges know. */
  private static Benchmark known(Section file, Benchmark benchmark) {
    List<String> measures = Arrays.stream(JudgePrompt.values()).map(JudgePrompt::key).toList();
    if (benchmark != null && !measures.containsAll(benchmark.exam().judge())) {
      file.section("exam").problem("judge", "some of " + String.join(", ", measures), "");
    }
    return benchmark;
  }

  /** The same with some of the benchmarks only. */
  public BenchmarkConfig with(List<String> names) {
    return new BenchmarkConfig(
        benchmarks.stream().filter(one -> names.contains(one.name())).toList(),
        prepared,
        encoding,
        reading,
        judge,
        compareWith,
        batch,
        mostNewTokens);
  }
}
