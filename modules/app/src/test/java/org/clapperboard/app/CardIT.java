package org.clapperboard.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import javax.imageio.ImageIO;
import javax.xml.parsers.DocumentBuilderFactory;
import org.apache.hadoop.conf.Configuration;
import org.clapperboard.data.Exchange;
import org.clapperboard.data.Modality;
import org.clapperboard.data.recipe.About;
import org.clapperboard.data.shard.SourceFacts;
import org.clapperboard.data.shard.StoredSample;
import org.clapperboard.data.storage.Folder;
import org.clapperboard.media.FrameCodec;
import org.clapperboard.media.FrameEncoding;
import org.clapperboard.media.pixels.RgbImage;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;

/** A page about a dataset whose captions mean harm. */
@ExtendWith(World.Shared.class)
class CardIT {
  private static final int SAMPLES = 200;
  private static final List<String> HOSTILE =
      List.of(
          "<script>alert('x')</script>",
          "a & b \"quoted\" </dd></article><h1>c</h1>",
          "{{ 7 * 7 }} {% for x in y %} {# z #}",
          "a bell \u0007 and half a pair \ud83d");

  private final Folder folder;
  private final Path temporary;

  CardIT(@TempDir Path temporary) {
    this.temporary = temporary;
    this.folder = Folder.of(temporary.resolve("prepared/set").toString(), new Configuration());
  }

  private static StoredSample sample(int number, Random random, byte[] frame) {
    String answer =
        number % 50 == 0
            ? HOSTILE.get(number / 50)
            : "word ".repeat(1 + random.nextInt(60)).strip();
    double seconds = random.nextInt(900) / 10.0;
    return new StoredSample(
        "sample-" + number,
        "set",
        Modality.VIDEO,
        "",
        "file:/raw/" + number + ".mp4",
        "key" + number,
        number % 3,
        number % 2 == 0 ? Double.POSITIVE_INFINITY : number % 3 + seconds,
        List.of(new Exchange("what <i>is</i> it ?", answer)),
        new SourceFacts(
            "mov",
            number % 4 == 0 ? "h264" : "vp9",
            100 + 10 * (number % 15),
            90,
            number % 5 == 0 ? 25 : 29.97,
            300,
            100 + seconds,
            1,
            1,
            0,
            List.of(),
            number % 3 == 0),
        new StoredSample.Frames(28, 28, 0, 9, List.of(4), List.of(frame)),
        null,
        1);
  }

  private List<StoredSample> write() throws IOException {
    byte[] frame;
    try (FrameCodec codec = new FrameCodec(new FrameEncoding.Jpeg(90))) {
      frame = codec.encode(RgbImage.filled(28, 28, 200, 100, 0));
    }
    List<StoredSample> samples = new ArrayList<>();
    Random random = new Random(4);
    for (int i = 0; i < SAMPLES; i++) {
      samples.add(sample(i, random, frame));
    }
    About about =
        new About(
            About.Task.CAPTIONING,
            "CC BY <4.0>",
            "somebody, 2024",
            "https://example.org/?a=1&b=2",
            1000,
            0,
            List.of());
    HandmadeDataset.write(folder, "set", samples, about);
    return samples;
  }

  private Document card(World world) throws Exception {
    Path page = temporary.resolve("card.html");
    world.inspect(
        "card",
        "--prepared",
        temporary.resolve("prepared").toString(),
        "--to",
        page.toString(),
        "--examples",
        "" + SAMPLES);
    String text = Files.readString(page);
    assertThat(text)
        .startsWith("<!DOCTYPE html>")
        .doesNotContain("<script")
        .doesNotContain("src=\"http");
    return DocumentBuilderFactory.newInstance()
        .newDocumentBuilder()
        .parse(new ByteArrayInputStream(Files.readAllBytes(page)));
  }

  private static List<Element> all(Element inside, String tag) {
    NodeList nodes = inside.getElementsByTagName(tag);
    List<Element> elements = new ArrayList<>();
    for (int i = 0; i < nodes.getLength(); i++) {
      elements.add((Element) nodes.item(i));
    }
    return elements;
  }

  /** The bars of a histogram by their labels, as a reader of the page finds them. */
  private static Map<String, Long> histogram(Document page, String title) {
    for (Element figure : all(page.getDocumentElement(), "figure")) {
      if (all(figure, "figcaption").get(0).getTextContent().equals(title)) {
        Map<String, Long> bars = new LinkedHashMap<>();
        for (Element bar : all(figure, "g")) {
          String text = all(bar, "title").get(0).getTextContent();
          int colon = text.lastIndexOf(": ");
          bars.put(text.substring(0, colon), Long.valueOf(text.substring(colon + 2)));
        }
        return bars;
      }
    }
    throw new AssertionError("no histogram " + title);
  }

  private static Map<String, Long> oracle(List<String> labels) {
    Map<String, Long> counts = new TreeMap<>();
    labels.forEach(label -> counts.merge(label, 1L, Long::sum));
    return counts;
  }

  /** Which bin of those on the page a value belongs into. */
  private static String bin(double value, Map<String, Long> bars) {
    for (String label : bars.keySet()) {
      String[] ends = label.replace("from ", "").split(" to ", -1);
      double from = Double.parseDouble(ends[0]);
      boolean last = label.startsWith("from ");
      if (value >= from && (last || value < from + width(bars))) {
        return label;
      }
    }
    throw new AssertionError(value + " is in none of " + bars.keySet());
  }

  private static double width(Map<String, Long> bars) {
    List<String> labels = List.copyOf(bars.keySet());
    return start(labels.get(1)) - start(labels.get(0));
  }

  private static double start(String label) {
    return Double.parseDouble(label.replace("from ", "").split(" to ", -1)[0]);
  }

  private static void requireBins(Document page, String title, List<Double> values) {
    Map<String, Long> bars = histogram(page, title);
    Map<String, Long> expected = oracle(values.stream().map(v -> bin(v, bars)).toList());
    assertThat(bars.keySet()).hasSizeBetween(5, 16);
    bars.values().removeIf(count -> count == 0);
    assertThat(bars).as(title).isEqualTo(expected);
  }

  @Test
  void it_counts_what_is_there_and_shows_it_unharmed(World world) throws Exception {
    List<StoredSample> samples = write();
    Document page = card(world);
    requireBins(
        page,
        "Length in seconds",
        samples.stream()
            .map(s -> Math.min(s.endSeconds(), s.source().seconds()) - s.startSeconds())
            .toList());
    requireBins(
        page,
        "Words of an answer",
        samples.stream()
            .map(s -> (double) s.exchanges().get(0).answer().strip().split("\\s+", -1).length)
            .toList());
    assertThat(histogram(page, "Codec")).isEqualTo(Map.of("h264", 50L, "vp9", 150L));
    assertThat(histogram(page, "Sound in the file")).isEqualTo(Map.of("yes", 67L, "no", 133L));
    assertThat(histogram(page, "Frames per second")).isEqualTo(Map.of("25.0", 40L, "29.97", 160L));
    Map<String, Long> resolutions = histogram(page, "Resolution");
    assertThat(resolutions).hasSize(12).containsKey("4 others").containsEntry("100 x 90", 14L);
    assertThat(resolutions.values().stream().mapToLong(n -> n).sum()).isEqualTo(SAMPLES);
    shows(page, samples);
  }

  private static void shows(Document page, List<StoredSample> samples) throws IOException {
    List<Element> examples = all(page.getDocumentElement(), "article");
    assertThat(examples).hasSize(SAMPLES);
    for (int i = 0; i < SAMPLES; i++) {
      String answer = samples.get(i).exchanges().get(0).answer();
      String shown = answer.replace('\u0007', '\ufffd').replace('\ud83d', '?');
      assertThat(all(examples.get(i), "dd").get(0).getTextContent()).isEqualTo(shown);
      assertThat(all(examples.get(i), "dt").get(0).getTextContent())
          .isEqualTo("what <i>is</i> it ?");
      Element picture = all(examples.get(i), "img").get(0);
      assertThat(picture.getAttribute("alt")).contains("sample-" + i);
      String data = picture.getAttribute("src").replace("data:image/jpeg;base64,", "");
      byte[] jpeg = Base64.getDecoder().decode(data);
      assertThat(ImageIO.read(new ByteArrayInputStream(jpeg)).getWidth()).isEqualTo(112);
    }
    String text = page.getDocumentElement().getTextContent();
    assertThat(text).contains("CC BY <4.0>", "somebody, 2024", "quarantined: corrupt");
    assertThat(all(page.getDocumentElement(), "a"))
        .extracting(link -> link.getAttribute("href"))
        .containsExactly("https://example.org/?a=1&b=2");
  }
}
