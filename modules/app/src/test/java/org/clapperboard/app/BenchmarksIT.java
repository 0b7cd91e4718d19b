package org.clapperboard.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.clapperboard.config.ConfigFile;
import org.clapperboard.data.Modality;
import org.clapperboard.data.recipe.SampleSpec;
import org.clapperboard.data.shard.PreparedDataset;
import org.clapperboard.data.storage.Folder;
import org.clapperboard.eval.AnswerStore;
import org.clapperboard.eval.Answered;
import org.clapperboard.eval.SetResult;
import org.clapperboard.eval.Verdicts;
import org.clapperboard.eval.benchmark.Benchmark;
import org.clapperboard.eval.benchmark.ExamRule.Metric;
import org.clapperboard.eval.benchmark.Question;
import org.clapperboard.media.ClipFormat;
import org.clapperboard.media.ClipWriter;
import org.clapperboard.media.PcmTrack;
import org.clapperboard.media.WavWriter;
import org.clapperboard.media.pixels.RgbImage;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * Every benchmark that is shipped, with a few rows in its publisher's format: from the files over
 * decoded media, a model's answers, marks and an offline judge to figures and a page.
 */
@ExtendWith(World.Shared.class)
@Tag("full")
class BenchmarksIT {
  private static final Path SHIPPED = Jobs.REPOSITORY.resolve("datasets/eval");
  private static final Path ROWS = Jobs.REPOSITORY.resolve("modules/eval/src/test/resources/exams");
  private static final Path CONFIG = Jobs.REPOSITORY.resolve("conf/eval/paper.yaml");
  private static final Pattern ENTRY =
      Pattern.compile("recipe: .*/([\\w.-]+)\\.yaml, folder: ([\\w.-]+)}");
  private static final Map<String, String> FOLDERS = folders();
  private static final int SECONDS = 120;
  private static final int TONE_HERTZ = 440;

  @Test
  void all_benchmarks_run_from_their_publishers_files_to_figures(World world) throws IOException {
    Path data = world.folder("exam-data");
    List<String> names = List.copyOf(FOLDERS.keySet());
    assertThat(names).containsExactlyInAnyOrderElementsOf(shipped());
    for (String name : names) {
      for (Path file : files(ROWS.resolve(name))) {
        Path to = data.resolve(FOLDERS.get(name)).resolve(file.getFileName());
        if (!Files.exists(to)) {
          Files.createDirectories(to.getParent());
          World.copy(file, to);
        }
      }
    }
    byte[] clip = clip();
    byte[] sound = WavWriter.write(tone());
    for (String name : names) {
      for (SampleSpec sample : samples(name, data)) {
        Path file = Path.of(sample.media().replace("file:", ""));
        Files.createDirectories(file.getParent());
        Files.write(file, sample.modality() == Modality.AUDIO ? sound : clip);
      }
    }
    // One file that is missing, and one that is no video.
    List<SampleSpec> egoschema = samples("egoschema", data);
    Files.delete(Path.of(egoschema.get(0).media()));
    Files.writeString(Path.of(samples("msvc", data).get(0).media()), "no video");

    Path results = world.folder("exam-benchmarks");
    List<String> arguments =
        List.of(
            CONFIG.toString(),
            "--set",
            "evaluate.root=" + data,
            "--set",
            "evaluate.max-new-tokens=4",
            "--set",
            "evaluate.compare-with=videollama2-7b",
            "--model",
            EvaluateIT.model(world).toString(),
            "--to",
            results.toString());
    String told = world.jobs().run("local[2]", "evaluate.sh", arguments).requireOut();

    Map<String, Map<String, Long>> quarantined = new TreeMap<>();
    for (String name : names) {
      assertResult(name, data, results);
      SetResult result = SetResult.in(folder(results, read(name, data).name()));
      if (!result.quarantined().isEmpty()) {
        quarantined.put(name, result.quarantined());
      }
    }
    assertThat(decoded(results, "videomme")).as("three questions about two videos").isEqualTo(2);
    assertThat(quarantined.get("egoschema")).containsEntry("missing", 1L);
    assertThat(quarantined.get("msvc")).containsEntry("not-media", 1L);
    assertThat(told)
        .contains("1 not asked, since media cannot be used: 1 missing")
        .contains("to be submitted: ", "judged by ", "published: videollama2-7b", "difference");
    assertThat(Files.readString(results.resolve("egoschema/submission.csv")).lines())
        .hasSize(1 + egoschema.size())
        .startsWith("q_uid,answer");
    assertThat(results.resolve("report.html")).content().contains("mvbench", "videomme-subtitles");
    assertThat(AnswerStore.in(folder(results, "videomme-subtitles")).stream().map(Answered::prompt))
        .allMatch(prompt -> prompt.contains("This video's subtitles are listed below:"));

    String again = world.jobs().run("local[2]", "evaluate.sh", arguments).requireOut();
    assertThat(figures(again)).as("nothing is asked again").isEqualTo(figures(told)).isNotEmpty();
  }

  private static long decoded(Path results, String set) {
    SetResult result = SetResult.in(folder(results, set));
    return PreparedDataset.in(Folder.of(result.dataset(), new Configuration())).counts().decoded();
  }

  private static List<String> figures(String told) {
    return told.lines().filter(line -> !line.contains(" samples ")).toList();
  }

  private static void assertResult(String name, Path data, Path results) throws IOException {
    Benchmark benchmark = read(name, data);
    Folder folder = folder(results, benchmark.name());
    SetResult result = SetResult.in(folder);
    assertThat(result).as(name).isNotNull();
    List<Answered> answers = AnswerStore.in(folder);
    Map<String, Question> questions =
        benchmark.questions(new Configuration()).stream()
            .collect(Collectors.toMap(Question::id, question -> question));
    assertThat(result.asked()).as(name).isEqualTo(answers.size()).isPositive();
    assertThat(result.asked() + result.unasked()).as(name).isEqualTo(questions.size());
    assertThat(result.unasked() > 0).as(name).isEqualTo(!result.quarantined().isEmpty());
    assertThat(answers)
        .as(name)
        .allSatisfy(
            one -> {
              String asked = questions.get(one.answer().questionId()).prompt();
              assertThat(one.prompt().strip()).endsWith(asked.strip());
              assertThat(one.prompt()).matches("(?s)<(video|audio)>\n.*");
            });
    assertThat(result.figures()).as(name).isNotEmpty();
    assertThat(result.published()).as(name).isNotEmpty();
    if (benchmark.exam().metric() != Metric.EVENTS) {
      Set<String> marked =
          Verdicts.in(folder).stream().map(Verdicts.Row::questionId).collect(Collectors.toSet());
      Set<String> asked =
          answers.stream().map(one -> one.answer().questionId()).collect(Collectors.toSet());
      assertThat(marked).as(name).isSubsetOf(asked).isNotEmpty();
    }
  }

  /** Folders of the shipped file, by the name of the recipe's file. */
  private static Map<String, String> folders() {
    Map<String, String> folders = new TreeMap<>();
    try (Stream<String> lines = Files.lines(CONFIG)) {
      lines
          .map(ENTRY::matcher)
          .filter(Matcher::find)
          .forEach(entry -> folders.put(entry.group(1), entry.group(2)));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return folders;
  }

  private static List<String> shipped() throws IOException {
    return files(SHIPPED).stream()
        .map(path -> path.getFileName().toString().replace(".yaml", ""))
        .toList();
  }

  private static List<Path> files(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.sorted().toList();
    }
  }

  private static Benchmark read(String name, Path data) {
    return ConfigFile.read(
        SHIPPED.resolve(name + ".yaml"),
        List.of(),
        section -> Benchmark.read(section, data.resolve(FOLDERS.get(name)).toString(), 0));
  }

  private static List<SampleSpec> samples(String name, Path data) throws IOException {
    return read(name, data).samples(new Configuration());
  }

  private static Folder folder(Path results, String set) {
    return Folder.of(results.resolve(set).toString(), new Configuration());
  }

  /** Two minutes, a frame each second; frame k has the grey value 2k. */
  private static byte[] clip() {
    List<RgbImage> frames =
        IntStream.range(0, SECONDS)
            .mapToObj(k -> RgbImage.filled(64, 48, 2 * k, 2 * k, 2 * k))
            .toList();
    return ClipWriter.write(new ClipFormat(new ClipFormat.Mpeg4(3), 1, 12, 48_000), frames);
  }

  private static PcmTrack tone() {
    short[] samples = new short[16_000];
    for (int i = 0; i < samples.length; i++) {
      samples[i] = (short) (8000 * Math.sin(2 * Math.PI * TONE_HERTZ * i / samples.length));
    }
    return new PcmTrack(samples, 1, samples.length);
  }
}
