package org.clapperboard.data.prepare;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.clapperboard.data.recipe.ManifestReader;
import org.clapperboard.data.recipe.ManifestRow;
import org.clapperboard.data.recipe.Recipe;
import org.clapperboard.data.recipe.RecipeLookups;
import org.clapperboard.data.recipe.Repeats;
import org.clapperboard.data.recipe.SampleMaker;
import org.clapperboard.data.recipe.SampleSpec;
import org.clapperboard.data.storage.MediaFiles;

/**
 * Checks a recipe against the first rows of its manifest. Nothing is decoded; of media it is only
 * asked whether they are there.
 */
public final class RecipeLint {
  private final Recipe recipe;
  private final Configuration hadoop;
  private final long mostRows;
  private final int mostMedia;

  private final Map<String, Finding> findings = new LinkedHashMap<>();
  private final Map<String, String> places = new HashMap<>();
  private final List<SampleSpec> examples = new ArrayList<>();
  private long rows;
  private long unwanted;
  private long samples;

  /**
   * A check of a recipe.
   *
   * @param mostRows rows to read of each file of the manifest
   * @param mostMedia media files to look for
   */
  public RecipeLint(Recipe recipe, Configuration hadoop, long mostRows, int mostMedia) {
    this.recipe = recipe;
    this.hadoop = hadoop;
    this.mostRows = mostRows;
    this.mostMedia = mostMedia;
  }

  /**
   * One kind of problem.
   *
   * @param times how many rows have it
   * @param example where it was first, and what it is: {@code manifest.csv:7 the row lacks ...}
   */
  public record Finding(long times, String example) {}

  /**
   * What was found.
   *
   * @param rows rows that were read
   * @param unwanted rows that the recipe leaves out
   * @param samples samples that the others give
   * @param findings problems, of each kind one
   * @param examples the first samples
   */
  public record Report(
      long rows, long unwanted, long samples, List<Finding> findings, List<SampleSpec> examples) {}

  /**
   * Reads the rows.
   *
   * @throws IOException if a manifest is missing or cannot be read
   */
  public Report run() throws IOException {
    SampleMaker maker = new SampleMaker(recipe, RecipeLookups.of(recipe, hadoop));
    for (Path file : recipe.source().files(recipe.root(), hadoop)) {
      try (ManifestReader manifest = ManifestReader.open(recipe.source(), file, hadoop)) {
        for (long i = 0; i < mostRows && manifest.hasNext(); i++) {
          check(maker, file.toString(), manifest.next());
        }
      }
    }
    if (samples == 0 && rows > 0 && unwanted == rows) {
      found("unwanted", recipe.name() + "  the recipe leaves out every row: see where, having.");
    }
    media();
    return new Report(
        rows,
        unwanted,
        samples,
        List.copyOf(findings.values()),
        examples.stream().limit(3).toList());
  }

  private void check(SampleMaker maker, String file, ManifestRow row) {
    rows++;
    String place = file + ":" + row.line();
    SampleMaker.Made made = maker.samples(file, row);
    if (made.problem() != null) {
      found(kind(made.problem()), place + "  the row " + made.problem() + ".");
      return;
    }
    unwanted += made.samples().isEmpty() ? 1 : 0;
    for (SampleSpec sample : made.samples()) {
      samples++;
      String before = places.putIfAbsent(sample.id(), place);
      if (before != null && recipe.repeats() == Repeats.REFUSE) {
        found(
            "repeated",
            place + "  the sample \"" + sample.id() + "\" stands in " + before + " too.");
      }
      if (examples.size() < mostMedia) {
        examples.add(sample);
      }
    }
  }

  /** What tells one sort of problem from another is its words, without what it quotes. */
  private static String kind(String problem) {
    return problem.startsWith("lacks")
        ? problem
        : problem.replaceAll("\"[^\"]*\"", "\"\"").replaceAll("\\d+", "0");
  }

  private void media() {
    for (SampleSpec sample : examples) {
      if (sample.candidates().isEmpty()) {
        continue;
      }
      String file = MediaFiles.found(sample.candidates(), hadoop);
      if (!MediaFiles.exists(file, hadoop)) {
        found(
            "media",
            sample.manifest() + ":" + sample.line() + "  there is no media file " + file + ".");
      }
    }
  }

  private void found(String kind, String example) {
    findings.merge(
        kind,
        new Finding(1, example),
        (before, one) -> new Finding(before.times() + 1, before.example()));
  }
}
