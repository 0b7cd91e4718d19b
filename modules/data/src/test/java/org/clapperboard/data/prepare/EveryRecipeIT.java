package org.clapperboard.data.prepare;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.apache.spark.api.java.JavaSparkContext;
import org.clapperboard.config.ConfigFile;
import org.clapperboard.data.recipe.PublisherFiles;
import org.clapperboard.data.recipe.Recipe;
import org.clapperboard.data.shard.PreparedDataset;
import org.clapperboard.data.shard.StoredSample;
import org.clapperboard.media.ClipFormat;
import org.clapperboard.media.ClipWriter;
import org.clapperboard.media.FrameCodec;
import org.clapperboard.media.FrameEncoding;
import org.clapperboard.media.PcmTrack;
import org.clapperboard.media.WavWriter;
import org.clapperboard.media.pixels.RgbImage;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Every recipe's rows in its publisher's format, with media where they should be, through a whole
 * preparation: every sample that is written beside the rows lies in the shards, and every bad row
 * in the quarantine.
 */
@Tag("full")
@ExtendWith(LocalSpark.class)
class EveryRecipeIT {
  private static final Path PUBLISHED = Path.of("src/test/resources/recipes");
  private static final int RATE = 8000;

  @TempDir private static Path folder;

  private final JavaSparkContext spark;

  EveryRecipeIT(JavaSparkContext spark) {
    this.spark = spark;
  }

  /** All but those that say why nobody can have them. */
  static List<String> recipes() throws IOException {
    try (Stream<Path> folders = Files.list(PUBLISHED)) {
      return folders
          .map(each -> each.getFileName().toString())
          .filter(name -> !ConfigFile.load(recipe(name), List.of()).has("unavailable"))
          .sorted()
          .toList();
    }
  }

  private static Path recipe(String name) {
    return Path.of("../../datasets", name + ".yaml").toAbsolutePath().normalize();
  }

  @ParameterizedTest
  @MethodSource("recipes")
  void what_is_written_beside_the_rows_lies_in_the_shards(String name) throws IOException {
    Path raw = folder.resolve(name);
    PublisherFiles.copy(PUBLISHED.resolve(name), raw);
    Expected expected = Expected.read(PUBLISHED.resolve(name).resolve("expected.txt"));
    Publisher publisher = new Publisher(folder, spark);
    PrepareConfig config =
        publisher.shippedConfig(
            name,
            "prepare.root=" + raw,
            "seed=1",
            "prepare.frames=[2]",
            "prepare.quarantine={at-most: 1}");
    Recipe read = config.recipes().get(0);
    for (Map.Entry<String, Double> file : expected.files.entrySet()) {
      publish(raw.resolve(file.getKey()), read, file.getValue());
    }
    PreparedDataset dataset = publisher.job(config).run().dataset();

    Map<String, String> stored = new TreeMap<>();
    for (StoredSample sample : publisher.samples(dataset)) {
      stored.put(sample.id(), described(sample));
    }
    assertThat(stored).containsExactlyInAnyOrderEntriesOf(expected.samples);
    List<String> bad = new ArrayList<>();
    for (QuarantineRow row : publisher.quarantine(name)) {
      assertThat(row.reason()).as(row.detail()).isIn("bad-row", "duplicate-id");
      bad.add(
          row.manifest().substring(row.manifest().indexOf(raw + "/") + raw.toString().length() + 1)
              + ":"
              + row.line());
    }
    assertThat(bad).containsExactlyInAnyOrderElementsOf(expected.bad);
  }

  private static String described(StoredSample sample) {
    StringBuilder text = new StringBuilder("[" + sample.kind() + "]");
    if (sample.startSeconds() > 0 || Double.isFinite(sample.endSeconds())) {
      text.append(" clip ").append(sample.startSeconds()).append(" to ");
      text.append(Double.isFinite(sample.endSeconds()) ? sample.endSeconds() + "" : "the end");
    }
    sample
        .exchanges()
        .forEach(
            exchange -> {
              text.append(" asked ").append(exchange.question().replace("\n", " / "));
              text.append(" answer ").append(exchange.answer().replace("\n", " / "));
            });
    return text.toString();
  }

  /** A medium that is long enough for the clip. */
  private static void publish(Path file, Recipe recipe, double seconds) throws IOException {
    Files.createDirectories(file.getParent());
    Files.write(
        file,
        switch (recipe.modality()) {
          case IMAGE -> picture();
          case AUDIO ->
              WavWriter.write(new PcmTrack(new short[(int) (seconds * RATE) + RATE], 1, RATE));
          case VIDEO, AUDIO_VISUAL -> clip((int) seconds + 2);
          case TEXT -> throw new IllegalArgumentException("a text has no medium");
        });
  }

  private static byte[] picture() {
    try (FrameCodec codec = new FrameCodec(new FrameEncoding.Png())) {
      return codec.encode(RgbImage.filled(40, 40, 200, 100, 50));
    }
  }

  private static byte[] clip(int seconds) {
    List<RgbImage> frames = new ArrayList<>();
    for (int i = 0; i < seconds; i++) {
      frames.add(RgbImage.filled(16, 16, i % 250, 0, 0));
    }
    return ClipWriter.write(ClipFormat.mpeg4(1), frames);
  }

  /** What expected.txt says: samples in words, lines of bad rows, files and how long they are. */
  private static final class Expected {
    private final Map<String, String> samples = new HashMap<>();
    private final List<String> bad = new ArrayList<>();
    private final Map<String, Double> files = new HashMap<>();

    static Expected read(Path file) throws IOException {
      Expected expected = new Expected();
      List<String> block = new ArrayList<>();
      for (String line : Files.readAllLines(file)) {
        if (!line.startsWith("  ")) {
          expected.add(block);
          block.clear();
        }
        block.add(line);
      }
      expected.add(block);
      return expected;
    }

    private void add(List<String> block) {
      if (block.isEmpty()) {
        return;
      }
      String[] head = block.get(0).split("  ", 3);
      if (head[1].startsWith("! ")) {
        bad.add(head[0]);
      } else if (block.size() > 1) {
        sample(head, block.subList(1, block.size()));
      }
    }

    private void sample(String[] head, List<String> lines) {
      StringBuilder text = new StringBuilder(head.length == 3 ? head[2] : "[]");
      List<String> places = new ArrayList<>();
      double end = 1;
      for (String line : lines) {
        String what = line.substring(2, 8).strip();
        String value = line.substring(9);
        if (what.equals("file")) {
          places.add(value);
        } else if (!what.equals("cut")) {
          text.append(' ').append(what).append(' ').append(value);
        }
        if (what.equals("clip")) {
          String[] times = value.split(" to ", 2);
          end =
              times[1].equals("the end")
                  ? Double.parseDouble(times[0]) + 1
                  : Double.parseDouble(times[1]);
        }
      }
      samples.put(head[1], text.toString());
      if (!places.isEmpty() && !places.get(0).contains("#row=")) {
        files.merge(places.get(0), end, Math::max);
      }
    }
  }
}
