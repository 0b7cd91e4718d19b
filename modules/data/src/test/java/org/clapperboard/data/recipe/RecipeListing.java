package org.clapperboard.data.recipe;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.hadoop.conf.Configuration;
import org.clapperboard.data.Exchange;

/** Writes down what a recipe makes of a manifest: every row is mentioned, whatever became of it. */
final class RecipeListing {
  private static final Configuration HADOOP = new Configuration();

  private final Recipe recipe;
  private final Path folder;
  private final List<Entry> entries = new ArrayList<>();

  private RecipeListing(Recipe recipe, Path folder) {
    this.recipe = recipe;
    this.folder = folder;
  }

  /** A sample at a place of the manifest; or, where there is none, what else is to be said. */
  private record Entry(String place, SampleSpec sample, String remark) {}

  static String of(Recipe recipe, Path folder) throws IOException {
    RecipeListing listing = new RecipeListing(recipe, folder);
    SampleMaker maker = new SampleMaker(recipe, RecipeLookups.of(recipe, HADOOP));
    for (org.apache.hadoop.fs.Path file : recipe.source().files(recipe.root(), HADOOP)) {
      try (ManifestReader rows = ManifestReader.open(recipe.source(), file, HADOOP)) {
        while (rows.hasNext()) {
          ManifestRow row = rows.next();
          String place = listing.relative(file.toString()) + ":" + row.line();
          listing.add(place, maker.samples(file.toString(), row));
        }
      }
    }
    return listing.text();
  }

  private void add(String place, SampleMaker.Made made) {
    made.samples().forEach(sample -> entries.add(new Entry(place, sample, null)));
    if (made.problem() != null) {
      // What follows is Jackson's wording.
      String problem = made.problem().replaceFirst("^(is not JSON): .*", "$1");
      entries.add(new Entry(place, null, "! " + problem));
    } else if (made.samples().isEmpty()) {
      entries.add(new Entry(place, null, "is not wanted"));
    }
  }

  private String text() {
    Set<SampleSpec> used = used();
    Map<String, String> first = new HashMap<>();
    StringBuilder text = new StringBuilder();
    for (Entry entry : entries) {
      text.append(entry.place).append("  ");
      SampleSpec sample = entry.sample;
      if (sample == null) {
        text.append(entry.remark).append('\n');
      } else if (used.contains(sample)) {
        first.put(sample.id(), entry.place);
        describe(sample, text);
      } else if (recipe.repeats() == Repeats.MAJORITY) {
        text.append(sample.id()).append("  is another vote\n");
      } else {
        text.append("! has the name \"%s\" of ".formatted(sample.id()));
        text.append(first.get(sample.id())).append('\n');
      }
    }
    return text.toString();
  }

  private Set<SampleSpec> used() {
    Map<String, List<SampleSpec>> named = new LinkedHashMap<>();
    for (Entry entry : entries) {
      if (entry.sample != null) {
        named.computeIfAbsent(entry.sample.id(), id -> new ArrayList<>()).add(entry.sample);
      }
    }
    Set<SampleSpec> used = Collections.newSetFromMap(new IdentityHashMap<>());
    named.values().forEach(samples -> used.add(recipe.repeats().pick(samples)));
    return used;
  }

  private void describe(SampleSpec sample, StringBuilder text) {
    text.append(sample.id());
    text.append(sample.kind().isEmpty() ? "" : "  [" + sample.kind() + "]").append('\n');
    for (int i = 0; i < sample.candidates().size(); i++) {
      line(text, i < sample.cut() ? "cut" : "file", relative(sample.candidates().get(i)));
    }
    if (sample.startSeconds() > 0 || Double.isFinite(sample.endSeconds())) {
      String end = Double.isFinite(sample.endSeconds()) ? sample.endSeconds() + "" : "the end";
      line(text, "clip", sample.startSeconds() + " to " + end);
    }
    for (Exchange exchange : sample.exchanges()) {
      line(text, "asked", exchange.question());
      line(text, "answer", exchange.answer());
    }
  }

  private static void line(StringBuilder text, String what, String value) {
    text.append("  %-6s %s%n".formatted(what, value.replace("\n", " / ")));
  }

  private String relative(String location) {
    String root = folder + "/";
    int at = location.indexOf(root);
    return at < 0 ? location : location.substring(at + root.length());
  }
}
