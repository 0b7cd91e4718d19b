package org.clapperboard.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import javax.xml.parsers.DocumentBuilderFactory;
import org.apache.spark.sql.Row;
import org.clapperboard.app.inspect.InspectCommand;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;

/** A page about a run, with the numbers of its tables; it stays in target for whoever looks. */
@ExtendWith(World.Shared.class)
class ReportIT {
  private static boolean made;
  private static final Path PAGE = Jobs.REPOSITORY.resolve("modules/app/target/run-report.html");

  private static List<Element> all(Element within, String tag) {
    NodeList found = within.getElementsByTagName(tag);
    List<Element> elements = new ArrayList<>();
    for (int i = 0; i < found.getLength(); i++) {
      elements.add((Element) found.item(i));
    }
    return elements;
  }

  /** Made once: all look at the same page. */
  private static void make(World world) {
    if (!made) {
      world.inspect(
          "report",
          "--run",
          world.joint(2).toString(),
          "--prepared",
          world.folder("prepared").toString(),
          "--to",
          PAGE.toString());
      made = true;
    }
  }

  private static Element section(World world, String stage) throws Exception {
    make(world);
    byte[] page = Files.readAllBytes(PAGE);
    Element root =
        DocumentBuilderFactory.newInstance()
            .newDocumentBuilder()
            .parse(new ByteArrayInputStream(page))
            .getDocumentElement();
    return all(root, "section").stream()
        .filter(section -> all(section, "h2").get(0).getTextContent().equals(stage))
        .findFirst()
        .orElseThrow();
  }

  private static String fact(Element section, String name) {
    return all(section, "div").stream()
        .filter(div -> all(div, "dt").size() == 1)
        .filter(div -> all(div, "dt").get(0).getTextContent().equals(name))
        .map(div -> all(div, "dd").get(0).getTextContent())
        .findFirst()
        .orElseThrow();
  }

  @Test
  void facts_are_those_of_the_metrics(World world) throws Exception {
    Element joint = section(world, "joint");
    List<Row> rows = world.rows(world.joint(2), "joint", "metrics", "step", "loss", "labels");
    assertThat(fact(joint, "steps")).isEqualTo("40");
    assertThat(fact(joint, "samples")).isEqualTo("320");
    assertThat(fact(joint, "skipped steps")).isEqualTo("0");
    long labels = rows.stream().mapToLong(row -> row.getLong(2)).sum();
    assertThat(fact(joint, "predictions learned from").replace(" ", "")).isEqualTo("" + labels);
    assertThat(fact(joint, "loss, first and last"))
        .isEqualTo(String.format(Locale.ROOT, "%.4f to %.4f", loss(rows, 0), loss(rows, 39)));
  }

  private static double loss(List<Row> rows, long step) {
    return rows.stream()
        .filter(row -> row.getLong(0) == step)
        .findFirst()
        .orElseThrow()
        .getDouble(1);
  }

  @Test
  void every_curve_has_a_point_for_every_step(World world) throws Exception {
    List<Element> lines =
        all(section(world, "joint"), "path").stream()
            .filter(path -> path.getAttribute("class").startsWith("line"))
            .toList();
    assertThat(lines)
        .extracting(line -> all(line, "title").get(0).getTextContent())
        .containsExactly(
            "all",
            "audio",
            "audio-visual",
            "video",
            "all",
            "demo-test-audio",
            "demo-test-video",
            "demo-test-audio",
            "sights",
            "rate",
            "norm",
            "tokens",
            "data",
            "other ranks",
            "resident");
    assertThat(lines)
        .extracting(line -> line.getAttribute("d").split("[ML]", -1).length - 1)
        .containsExactly(40, 40, 40, 40, 3, 3, 3, 3, 3, 40, 40, 40, 40, 40, 40);
  }

  @Test
  void the_mixture_is_that_of_the_ledger_and_what_is_kept_is_named(World world) throws Exception {
    Element joint = section(world, "joint");
    List<String> rows = all(joint, "tr").stream().map(Element::getTextContent).toList();
    long samples = world.dataset("demo-av").samples();
    assertThat(rows)
        .anySatisfy(
            row -> assertThat(row).startsWith("demo-avaudio-visual50.0 %160" + samples + samples))
        .anySatisfy(row -> assertThat(row).startsWith("weights40 steps").contains("audio"));
    assertThat(all(joint, "rect").get(0).getAttribute("width")).isEqualTo("50.0");
  }

  @Test
  void held_out_samples_are_shown_with_what_was_said_of_them(World world) throws Exception {
    List<Element> samples = all(section(world, "joint"), "article");
    String sql =
        "SELECT DISTINCT sample_id, question, expected, dataset FROM captions ORDER BY dataset";
    List<String> said =
        world.inspect("--run", world.joint(2).toString(), sql).stream().skip(1).toList();
    assertThat(samples).hasSameSizeAs(said).hasSize(2);
    assertThat(all(samples.get(0), "img")).as("a sound has no picture").isEmpty();
    assertThat(all(samples.get(1), "img").get(0).getAttribute("src"))
        .startsWith("data:image/jpeg;base64,");
    for (int i = 0; i < 2; i++) {
      String[] columns = said.get(i).split("\t", -1);
      assertThat(samples.get(i).getTextContent())
          .contains(columns[0], columns[1] + " expected: " + columns[2], "from step 14");
    }
  }

  @Test
  void attempts_are_told_with_what_they_lost(World world) throws Exception {
    List<String> rows =
        all(section(world, "joint"), "tr").stream().map(Element::getTextContent).toList();
    assertThat(rows)
        .anySatisfy(
            row -> assertThat(row).matches("20\\d\\d-\\d\\d-\\d\\d [\\d:]{8}204040.*finished"));
  }

  @Test
  void the_page_loads_nothing(World world) throws Exception {
    section(world, "eye");
    String page = Files.readString(PAGE, StandardCharsets.UTF_8);
    assertThat(page.replace("http://www.w3.org/1999/xhtml", "").replace("src=\"data:", ""))
        .doesNotContain("http", "<script", "src=", "url(", "@import");
  }

  @Test
  void a_run_that_took_no_step_has_no_report(World world) {
    world.spark();
    String prepared = world.folder("prepared").toString();
    Told told = Told.by(new InspectCommand(), "report", "--run", prepared, "--to", PAGE.toString());
    assertThat(told.exitCode()).isEqualTo(3);
    assertThat(told.text())
        .isEqualTo("Cannot report on " + prepared + ": no step of it is in its metrics.\n");
  }
}
