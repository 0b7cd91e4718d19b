package org.clapperboard.data.prepare;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.clapperboard.config.BadData;
import org.clapperboard.data.lookalike.Findings;
import org.clapperboard.data.lookalike.Findings.Count;
import org.clapperboard.data.lookalike.Likeness;
import org.clapperboard.data.lookalike.LookalikeSearch;
import org.clapperboard.data.order.SampleOrder.Address;
import org.clapperboard.data.shard.LeftOut;
import org.clapperboard.data.shard.PreparedDataset;
import org.clapperboard.data.shard.StoredSample;
import org.clapperboard.data.shard.StreamReader;
import org.clapperboard.data.storage.Folder;
import org.clapperboard.media.ClipFormat;
import org.clapperboard.media.ClipWriter;
import org.clapperboard.media.PcmTrack;
import org.clapperboard.media.pixels.PillowResize;
import org.clapperboard.media.pixels.RgbImage;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Clips that are prepared twice: as they are, and smaller, brighter, quieter, coded again. */
@ExtendWith(LocalSpark.class)
class LookalikeSearchIT {
  private static final int CLIPS = 12;
  private static final ClipFormat COARSE = new ClipFormat(new ClipFormat.Mpeg4(9), 10, 12, 32_000);
  private static final String[] SETTINGS = {"prepare.picture.size=112"};

  private final Publisher publisher;
  private final SparkSession spark;
  private final Path folder;

  LookalikeSearchIT(JavaSparkContext context, @TempDir Path folder) {
    this.publisher = new Publisher(folder, context);
    this.spark = SparkSession.builder().sparkContext(context.sc()).getOrCreate();
    this.folder = folder;
  }

  /** Rectangles that move, each at its own speed. */
  private static List<RgbImage> frames(int seed) {
    List<RgbImage> frames = new ArrayList<>();
    for (int t = 0; t < 20; t++) {
      Random random = new Random(seed);
      byte[] rgb = RgbImage.filled(160, 90, 80, 110, 100).rgb();
      for (int i = 0; i < 12; i++) {
        int left = Math.floorMod(random.nextInt(160) + t * (random.nextInt(9) - 4), 160);
        int top = Math.floorMod(random.nextInt(90) + t * (random.nextInt(7) - 3), 90);
        int width = 15 + random.nextInt(50);
        int height = 12 + random.nextInt(30);
        byte red = (byte) (30 + random.nextInt(180));
        byte green = (byte) (30 + random.nextInt(180));
        for (int y = top; y < Math.min(90, top + height); y++) {
          for (int x = left; x < Math.min(160, left + width); x++) {
            rgb[3 * (y * 160 + x)] = red;
            rgb[3 * (y * 160 + x) + 1] = green;
          }
        }
      }
      frames.add(new RgbImage(160, 90, rgb));
    }
    return frames;
  }

  private static RgbImage smallerAndBrighter(RgbImage frame) {
    RgbImage small = PillowResize.resize(frame, 96, 54);
    byte[] rgb = small.rgb().clone();
    for (int i = 0; i < rgb.length; i++) {
      rgb[i] = (byte) Math.min(255, (rgb[i] & 0xff) + 20);
    }
    return new RgbImage(96, 54, rgb);
  }

  private static PcmTrack tune(int seed, double gain) {
    Random random = new Random(seed);
    short[] samples = new short[32000];
    for (int note = 0; note < 12; note++) {
      int start = random.nextInt(28000);
      int end = Math.min(samples.length, start + 2000 + random.nextInt(6000));
      double frequency = 150 * Math.pow(2, 5 * random.nextDouble());
      for (int i = start; i < end; i++) {
        samples[i] += (short) (gain * 2000 * Math.sin(2 * Math.PI * frequency * i / 16000));
      }
    }
    return new PcmTrack(samples, 1, 16000);
  }

  private void write(String name, ClipFormat format, List<RgbImage> frames, PcmTrack sound)
      throws IOException {
    Files.write(publisher.raw("videos/" + name + ".mp4"), ClipWriter.write(format, frames, sound));
  }

  private static String recipe(String name) {
    return Publisher.recipe("audio-visual")
        .replace("name: clips", "name: " + name)
        .replace("clips.csv", name + ".csv");
  }

  private PreparedDataset prepare(String name, List<String> clips) throws IOException {
    List<String> lines = new ArrayList<>(List.of("videoid,name"));
    clips.forEach(clip -> lines.add(clip + ",a clip"));
    publisher.manifest(name + ".csv", lines.toArray(String[]::new));
    return publisher.job(recipe(name), SETTINGS).run().dataset();
  }

  /** Half of the training clips are in the evaluation too; one is twice in the training. */
  private PreparedDataset prepareBoth() throws IOException {
    List<String> train = new ArrayList<>();
    List<String> test = new ArrayList<>();
    for (int clip = 0; clip < CLIPS; clip++) {
      train.add("train-" + clip);
      write(train.get(clip), ClipFormat.mpeg4(10), frames(clip), tune(clip, 1));
      boolean same = clip < CLIPS / 2;
      int seed = same ? clip : 100 + clip;
      test.add("test-" + clip);
      List<RgbImage> small =
          frames(seed).stream().map(LookalikeSearchIT::smallerAndBrighter).toList();
      write(test.get(clip), COARSE, small, tune(seed, 0.5));
    }
    write("train-8-again", COARSE, frames(8), tune(8, 0.5));
    List<RgbImage> black = List.of(RgbImage.filled(160, 90, 0, 0, 0));
    PcmTrack silence = new PcmTrack(new short[32000], 1, 16000);
    for (String name : List.of("train-black", "train-dark", "test-black")) {
      write(name, ClipFormat.mpeg4(10), black, silence);
    }
    train.addAll(List.of("train-8-again", "train-black", "train-dark"));
    test.add("test-black");
    prepare("test", test);
    return prepare("train", train);
  }

  private Folder findings() {
    return publisher.prepared("findings");
  }

  private Findings search() {
    return new LookalikeSearch(spark, LookalikeSearch.USUAL_DISTANCE)
        .search(publisher.prepared("train"))
        .against(publisher.prepared("test"))
        .into(findings());
  }

  @Test
  void clips_are_found_again_and_different_ones_are_not() throws Exception {
    PreparedDataset train = prepareBoth();
    Findings findings = search();
    List<Row> rows =
        spark
            .read()
            .parquet(findings().path(findings.file()).toString())
            .orderBy("kind", "sample_id")
            .collectAsList();
    List<String> expected = new ArrayList<>();
    for (int clip = 0; clip < CLIPS / 2; clip++) {
      expected.add("contaminated train-" + clip + " test/test-" + clip);
    }
    expected.add("duplicate train-8-again train/train-8");
    assertThat(rows)
        .extracting(
            row ->
                String.join(
                    " ",
                    row.<String>getAs("kind"),
                    row.<String>getAs("sample_id"),
                    row.getAs("other_dataset") + "/" + row.getAs("other_sample_id")))
        .containsExactlyElementsOf(expected);
    assertThat(rows)
        .allSatisfy(
            row -> {
              assertThat(row.<Integer>getAs("frames_distance")).isBetween(0, 6);
              assertThat(row.<Integer>getAs("sound_distance")).isBetween(0, 6);
            });
    assertThat(findings.counts())
        .containsExactly(
            new Count("contaminated", "train", "test", 6),
            new Count("duplicate", "train", "train", 1));
    assertThat(findings.covers(train)).isTrue();
    assertThat(findings.searched()).singleElement().extracting("hashed").isEqualTo(13L);
    assertThat(Findings.in(findings())).isEqualTo(findings);
    assertThat(search().hash()).isEqualTo(findings.hash());
    assertThat(findings().files()).hasSize(2);
  }

  @Test
  void what_was_found_is_left_out_of_a_stream() throws Exception {
    PreparedDataset train = prepareBoth();
    Findings findings = search();
    Set<Likeness> kinds = Set.of(Likeness.CONTAMINATED, Likeness.DUPLICATE);
    Map<String, LeftOut> leftOut = findings.leftOut(findings(), kinds);
    assertThat(leftOut.get("train").samples()).isEqualTo(7);
    List<String> expected =
        publisher.samples(train).stream()
            .map(StoredSample::id)
            .filter(id -> !id.matches("train-[0-5]|train-8-again"))
            .toList();
    List<String> read = new ArrayList<>();
    List<Long> kept = leftOut.get("train").kept(train);
    Folder prepared = Folder.of(folder.resolve("prepared").toString(), findings().configuration());
    try (StreamReader reader = StreamReader.of(prepared, List.of("train"), leftOut, 1)) {
      for (int block = 0; block < kept.size(); block++) {
        for (int row = 0; row < kept.get(block); row++) {
          read.add(reader.read(new Address(block, row)).id());
        }
      }
    }
    assertThat(expected).hasSize(CLIPS + 3 - 7);
    assertThat(read).containsExactlyElementsOf(expected);
    Map<String, LeftOut> fewer = findings.leftOut(findings(), Set.of(Likeness.DUPLICATE));
    assertThat(fewer.get("train").samples()).isEqualTo(1);
    assertThat(fewer.get("train").hash()).isNotEqualTo(leftOut.get("train").hash());
  }

  @Test
  void a_dataset_that_has_changed_since_is_not_covered() throws Exception {
    PreparedDataset before = prepareBoth();
    Findings findings = search();
    List<String> fewer = List.of("train-0", "train-1", "train-9");
    PreparedDataset now = prepare("train", fewer);
    assertThat(findings.covers(before)).isTrue();
    assertThat(findings.covers(now)).isFalse();
  }

  @Test
  void what_is_not_prepared_is_named() {
    LookalikeSearch search = new LookalikeSearch(spark, 6);
    assertThatThrownBy(() -> search.search(publisher.prepared("none")))
        .isInstanceOf(BadData.class)
        .hasMessage(
            "Cannot search " + publisher.prepared("none") + ": it is not a prepared dataset.");
  }
}
