package org.clapperboard.app.demo;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import java.util.function.IntFunction;
import org.clapperboard.app.demo.Language.Turn;
import org.clapperboard.app.demo.Manifests.Row;
import org.clapperboard.app.demo.World.Colour;
import org.clapperboard.app.demo.World.Noise;
import org.clapperboard.app.demo.World.Shape;
import org.clapperboard.app.demo.World.Sight;
import org.clapperboard.media.ClipFormat;
import org.clapperboard.media.ClipWriter;
import org.clapperboard.media.FrameCodec;
import org.clapperboard.media.FrameEncoding;
import org.clapperboard.media.PcmTrack;
import org.clapperboard.media.WavWriter;
import org.clapperboard.media.pixels.RgbImage;

/** Makes the demo's files: clips, sounds, stills, texts and the manifests that list them. */
public final class DemoMedia {
  private static final int PIXELS = 84;
  private static final int CLIPS_OF_A_VIDEO = 3;
  private static final int TEST_TEXTS = 1000;

  private final Path root;
  private final Draw draw;
  private final Amounts amounts;

  /**
   * How many of each there are.
   *
   * @param stills pictures for the vision encoder's foundation
   * @param texts texts for the language model's foundation
   * @param clips silent training clips
   * @param videos longer training videos of several clips each
   * @param sounds training sounds
   * @param audioVisual training clips with sound
   * @param tests clips and sounds of each test
   * @param audioVisualTests clips with sound of their test
   */
  public record Amounts(
      int stills,
      int texts,
      int clips,
      int videos,
      int sounds,
      int audioVisual,
      int tests,
      int audioVisualTests) {}

  /** Makes files below a folder; the same seed makes the same files. */
  public DemoMedia(Path root, long seed, Amounts amounts) {
    this.root = root;
    this.draw = new Draw(seed);
    this.amounts = amounts;
  }

  /** Makes everything. */
  public void make() throws IOException {
    TokenizerFiles.write(root.resolveSibling("tokenizer"));
    stills();
    List<Row> texts =
        Draw.each(amounts.texts(), i -> new Texts(draw.of("text", i)).row("text-" + i, i));
    Manifests.jsonLines(folder("text").resolve("train.jsonl"), texts);
    silentClips();
    longVideos();
    sounds();
    audioVisual();
    tests();
  }

  private void stills() throws IOException {
    Path folder = folder("stills");
    List<Row> rows =
        Draw.each(
            amounts.stills(),
            i -> {
              SplittableRandom random = draw.of("still", i);
              Shape shape = Draw.nth(Shape.values(), i);
              Colour colour = Draw.one(Colour.values(), random);
              Drawing drawing = new Drawing(PIXELS, random);
              double x = drawing.place();
              double y = drawing.place();
              // Two formats, since real collections have both.
              String name = String.format(Locale.ROOT, "%05d.%s", i, i % 2 == 0 ? "png" : "jpg");
              save(folder.resolve(name), picture(drawing.still(shape, colour, x, y), i % 2 == 0));
              return new Row(
                  "still-" + i,
                  "image",
                  name,
                  List.of(
                      new Turn(Language.SHAPE, World.word(shape)),
                      new Turn(Language.COLOUR, World.word(colour)),
                      new Turn(Language.COLUMN, number(Drawing.quarter(x))),
                      new Turn(Language.ROW, number(Drawing.quarter(y)))));
            });
    Manifests.llava(folder.resolve("train.json"), rows);
  }

  private static String number(int quarter) {
    return List.of("one", "two", "three", "four").get(quarter);
  }

  private void silentClips() throws IOException {
    Path folder = folder("webvid");
    List<Sight> sights =
        Draw.each(
            amounts.clips(),
            i -> {
              SplittableRandom random = draw.of("clip", i);
              Sight sight = Scenes.training(i, i / 4 % 2 == 0, random);
              save(folder.resolve(clipFile(i)), clip(sight, null, random));
              return sight;
            });
    List<String[]> captions = new ArrayList<>();
    List<Row> questions = new ArrayList<>();
    for (int i = 0; i < sights.size(); i++) {
      captions.add(new String[] {id(i), page(i), Language.caption(sights.get(i))});
      List<Turn> turns = Draw.shuffled(Language.about(sights.get(i)), draw.of("turns", i));
      questions.add(new Row("clip-" + i, "video", clipFile(i), turns));
    }
    captions.add(brokenClip(folder, sights.size()));
    Manifests.webvid(folder.resolve("results_train.csv"), captions);
    Manifests.llava(folder.resolve("questions_train.json"), questions);
  }

  /** One clip that was cut off while it was copied, as real collections have them. */
  private String[] brokenClip(Path folder, int number) {
    SplittableRandom random = draw.of("broken", 0);
    byte[] whole = clip(Scenes.training(0, false, random), null, random);
    save(folder.resolve(clipFile(number)), Arrays.copyOf(whole, whole.length / 2));
    return new String[] {id(number), page(number), "nobody will ever see this"};
  }

  private void longVideos() throws IOException {
    Path folder = folder("panda");
    List<List<String>> captions =
        Draw.each(
            amounts.videos(),
            i -> {
              SplittableRandom random = draw.of("video", i);
              List<RgbImage> frames = new ArrayList<>();
              List<String> said = new ArrayList<>();
              for (int part = 0; part < CLIPS_OF_A_VIDEO; part++) {
                Sight sight =
                    Scenes.training(i * CLIPS_OF_A_VIDEO + part, random.nextBoolean(), random);
                frames.addAll(new Drawing(PIXELS, random).clip(sight));
                said.add(Language.caption(sight));
              }
              save(folder.resolve(videoId(i) + ".mp4"), ClipWriter.write(format(i), frames));
              return said;
            });
    List<String> ids = Draw.each(amounts.videos(), DemoMedia::videoId);
    Manifests.panda(folder.resolve("panda70m_training.csv"), ids, captions);
  }

  private void sounds() throws IOException {
    Path folder = folder("wavcaps");
    List<List<Noise>> sounds =
        Draw.each(
            amounts.sounds(),
            i -> {
              SplittableRandom random = draw.of("sound", i);
              List<Noise> noises = Scenes.noises(noiseCount(i), random);
              save(
                  folder.resolve(id(i) + ".wav"),
                  WavWriter.write(new SoundMaker(random).sound(noises)));
              return noises;
            });
    List<String> ids = Draw.each(sounds.size(), DemoMedia::id);
    Manifests.wavcaps(
        folder.resolve("wavcaps.json"), ids, sounds.stream().map(Language::caption).toList());
    List<Row> questions = new ArrayList<>();
    List<Row> tags = new ArrayList<>();
    for (int i = 0; i < sounds.size(); i++) {
      String file = ids.get(i) + ".wav";
      List<Turn> turns = new ArrayList<>(Language.about(sounds.get(i)));
      if (!sounds.get(i).isEmpty() && i / 4 % 4 != 0) {
        turns.removeIf(turn -> turn.question().equals(Language.ANY_SOUND)); // As many yes as no.
      }
      turns = Draw.shuffled(turns, draw.of("heard", i));
      questions.add(new Row("sound-" + i, "audio", file, turns));
      tags.add(new Row("tag-" + i, "audio", file, tags(sounds.get(i))));
    }
    Manifests.llava(folder.resolve("questions_train.json"), questions);
    Manifests.llava(folder.resolve("tags_train.json"), tags);
  }

  /** Of ten sounds two are silent, three have one noise and five have two. */
  private static int noiseCount(int number) {
    int place = number % 10;
    return place < 2 ? 0 : place < 5 ? 1 : 2;
  }

  /** What is heard in each sixth of a sound, as a tagger is taught. */
  private static List<Turn> tags(List<Noise> noises) {
    List<Turn> turns = new ArrayList<>();
    for (int part = 0; part < 6; part++) {
      String heard =
          noises.isEmpty() ? "silence" : World.word(noises.get(part * noises.size() / 6));
      turns.add(new Turn(Language.SOUND, heard));
    }
    return turns;
  }

  private void audioVisual() throws IOException {
    Path folder = folder("av");
    List<Row> rows =
        Draw.each(
            amounts.audioVisual(),
            i -> {
              SplittableRandom random = draw.of("av", i);
              // Every second clip asks what fits: half of those fit. The others pair all shapes
              // with all sounds, so that neither tells the other.
              boolean fits = i % 2 == 0;
              Shape shape = Draw.nth(Shape.values(), i / 2);
              Noise noise = fits ? fitOrNot(i / 8, shape) : Draw.nth(Noise.values(), i / 8);
              Sight sight = Scenes.audioVisual(shape, noise, random);
              String name = String.format(Locale.ROOT, "%05d.mp4", i);
              save(folder.resolve(name), clip(sight, List.of(noise), random));
              List<Turn> turns = new ArrayList<>();
              Colour colour = sight.first().colour();
              if (fits) {
                turns.add(Language.fit(shape, noise));
                turns.add(Language.soundThatFits(shape));
                turns.add(Language.shapeThatFits(noise));
              } else {
                turns.add(Language.name(shape, colour, noise));
                turns.add(Language.ask(shape, colour, noise));
                turns.add(Language.askScaffold(noise));
              }
              return new Row("av-" + i, "video", name, Draw.shuffled(turns, random));
            });
    Manifests.llava(folder.resolve("train.json"), rows);
  }

  private static Noise fitOrNot(int number, Shape shape) {
    Noise fitting = Language.fitting(shape);
    if (number % 2 == 0) {
      return fitting;
    }
    List<Noise> others = new ArrayList<>(List.of(Noise.values()));
    others.remove(fitting);
    return others.get(number / 2 % 3);
  }

  private void tests() throws IOException {
    Path folder = folder("test");
    List<Row> clips =
        Draw.each(
            amounts.tests(),
            i -> {
              SplittableRandom random = draw.of("test clip", i);
              Sight sight = Scenes.test(i, i / 8 % 2 == 0, random);
              String name = String.format(Locale.ROOT, "clip-%05d.mp4", i);
              save(folder.resolve(name), clip(sight, null, random));
              return new Row("test-clip-" + i, "video", name, Language.about(sight));
            });
    Manifests.llava(folder.resolve("video.json"), clips);
    List<Row> sounds =
        Draw.each(
            amounts.tests(),
            i -> {
              SplittableRandom random = draw.of("test sound", i);
              List<Noise> noises = Scenes.noises(noiseCount(i), random);
              String name = String.format(Locale.ROOT, "sound-%05d.wav", i);
              save(folder.resolve(name), WavWriter.write(new SoundMaker(random).sound(noises)));
              return new Row("test-sound-" + i, "audio", name, Language.about(noises));
            });
    Manifests.llava(folder.resolve("audio.json"), sounds);
    Manifests.llava(
        folder.resolve("av.json"), Draw.each(amounts.audioVisualTests(), testOf(folder)));
    List<Row> texts =
        Draw.each(TEST_TEXTS, i -> new Texts(draw.of("test text", i)).single("test-text-" + i, i));
    Manifests.jsonLines(folder.resolve("text.jsonl"), texts);
  }

  private IntFunction<Row> testOf(Path folder) {
    return i -> {
      SplittableRandom random = draw.of("test av", i);
      boolean fits = i % 3 == 0;
      Shape shape = Draw.nth(Shape.values(), i / 3);
      Noise noise = fits ? fitOrNot(i / 12, shape) : Draw.nth(Noise.values(), i / 12);
      Sight sight = Scenes.audioVisualTest(i / 3, shape, noise, random);
      String name = String.format(Locale.ROOT, "av-%05d.mp4", i);
      save(folder.resolve(name), clip(sight, List.of(noise), random));
      Colour colour = sight.first().colour();
      List<Turn> turns =
          fits
              ? List.of(Language.fit(shape, noise))
              : List.of(Language.name(shape, colour, noise), Language.ask(shape, colour, noise));
      return new Row("test-av-" + i, "video", name, turns);
    };
  }

  private byte[] clip(Sight sight, List<Noise> noises, SplittableRandom random) {
    List<RgbImage> frames = new Drawing(PIXELS, random).clip(sight);
    PcmTrack sound = noises == null ? null : new SoundMaker(random).sound(noises);
    return ClipWriter.write(format(random.nextInt(4)), frames, sound);
  }

  /** Mostly MPEG-4, now and then H.264: a collection is never of one kind. */
  private static ClipFormat format(int number) {
    return number % 4 == 0
        ? new ClipFormat(new ClipFormat.H264(400_000), Drawing.FRAMES, 12, 48_000)
        : new ClipFormat(new ClipFormat.Mpeg4(3), Drawing.FRAMES, 12, 48_000);
  }

  private static byte[] picture(RgbImage image, boolean png) {
    FrameEncoding encoding = png ? new FrameEncoding.Png() : new FrameEncoding.Jpeg(92);
    try (FrameCodec codec = new FrameCodec(encoding)) {
      return codec.encode(image);
    }
  }

  private Path folder(String name) throws IOException {
    return Files.createDirectories(root.resolve(name));
  }

  private static void save(Path file, byte[] content) {
    try {
      Files.createDirectories(file.getParent());
      Files.write(file, content);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String id(int number) {
    return String.format(Locale.ROOT, "%07d", 1_000_000 + number);
  }

  private static String page(int number) {
    return String.format(Locale.ROOT, "%06d_%06d", number / 50 * 50 + 1, number / 50 * 50 + 50);
  }

  private static String clipFile(int number) {
    return "videos/" + page(number) + "/" + id(number) + ".mp4";
  }

  private static String videoId(int number) {
    return String.format(Locale.ROOT, "clap-%06d", number);
  }
}
