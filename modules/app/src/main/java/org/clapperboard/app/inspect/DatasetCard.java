package org.clapperboard.app.inspect;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.apache.spark.sql.Row;
import org.clapperboard.data.recipe.About;
import org.clapperboard.data.shard.PreparedDataset;
import org.clapperboard.data.shard.ShardReader;
import org.clapperboard.data.shard.StoredSample;
import org.clapperboard.data.storage.Folder;

/** What a card says of one dataset. Frames and sounds are read of the examples alone. */
final class DatasetCard {
  private static final int MOST_BINS = 16;
  private static final int MOST_CATEGORIES = 12;
  private static final String SECONDS =
      """
      SELECT if(isnan(source_seconds) OR source_seconds <= 0,
                if(end_seconds < 1e9, end_seconds - start_seconds, NULL),
                least(end_seconds, source_seconds) - start_seconds) AS value
      FROM samples WHERE dataset = :dataset AND (source_fps > 0 OR source_width = 0)
      """;
  private static final String WORDS =
      """
      SELECT size(filter(split(answer, '\\\\s+'), word -> word <> '')) AS value
      FROM exchanges WHERE dataset = :dataset
      """;
  private static final String TOP_WORDS =
      """
      SELECT word AS value, count(*) AS n
      FROM exchanges LATERAL VIEW explode(regexp_extract_all(lower(answer), '[\\\\p{L}\\\\p{N}]+', 0)) AS word
      WHERE dataset = :dataset GROUP BY word ORDER BY n DESC, word LIMIT 40
      """;

  private final RunTables tables;
  private final Folder folder;
  private final PreparedDataset dataset;

  DatasetCard(RunTables tables, Folder folder, PreparedDataset dataset) {
    this.tables = tables;
    this.folder = folder;
    this.dataset = dataset;
  }

  /** What the template calls a dataset. */
  Map<String, Object> values(int examples) {
    Map<String, Object> values = new LinkedHashMap<>();
    values.put("name", dataset.name());
    values.put("decoded", dataset.counts().decoded());
    values.put("facts", facts());
    values.put("counts", counts());
    values.put(
        "histograms",
        histograms().stream()
            .filter(histogram -> !histogram.bars().isEmpty())
            .map(Histogram::drawn)
            .toList());
    values.put("words", bars(TOP_WORDS).stream().map(DatasetCard::bar).toList());
    values.put("examples", examples(examples));
    return values;
  }

  private List<Map<String, Object>> facts() {
    About about = dataset.about();
    List<Map<String, Object>> facts = new ArrayList<>();
    fact(facts, "Samples are", dataset.modality());
    fact(facts, "Task", about.task() == null ? "" : words(about.task().name()));
    fact(facts, "Licence", about.licence());
    fact(facts, "Citation", about.citation());
    fact(facts, "Page", about.page());
    fact(facts, "Samples of the original", about.original() == 0 ? "" : "" + about.original());
    fact(facts, "Samples the paper used", about.used() == 0 ? "" : "" + about.used());
    about.notes().forEach(note -> fact(facts, "Note", note));
    fact(facts, "Frames stored for clips of", dataset.frameCounts().toString());
    fact(facts, "Decoded by", dataset.decoder());
    fact(facts, "Content", dataset.content());
    return facts;
  }

  private static String words(String name) {
    return name.toLowerCase(Locale.ROOT).replace('_', ' ');
  }

  private static void fact(List<Map<String, Object>> facts, String name, String value) {
    if (!value.isEmpty()) {
      boolean link = value.matches("https?://[^\\s\"'<>]+");
      facts.add(Map.of("name", name, "value", value, "link", link));
    }
  }

  private List<Map<String, Object>> counts() {
    PreparedDataset.Counts counts = dataset.counts();
    List<Map<String, Object>> rows = new ArrayList<>();
    rows.add(bar(new Histogram.Bar("rows listed", counts.listed())));
    rows.add(bar(new Histogram.Bar("rows that give no sample", counts.badRows())));
    rows.add(bar(new Histogram.Bar("listed again", counts.duplicates())));
    rows.add(bar(new Histogram.Bar("available", counts.available())));
    rows.add(bar(new Histogram.Bar("taken", counts.taken())));
    counts
        .quarantined()
        .forEach((reason, n) -> rows.add(bar(new Histogram.Bar("quarantined: " + reason, n))));
    rows.add(bar(new Histogram.Bar("decoded", counts.decoded())));
    return rows;
  }

  private static Map<String, Object> bar(Histogram.Bar bar) {
    return Map.of("label", bar.label(), "count", bar.count());
  }

  private List<Histogram> histograms() {
    return List.of(
        binned("Length in seconds", SECONDS, false),
        categories("Resolution", "concat(source_width, ' x ', source_height)", "source_width > 0"),
        categories("Frames per second", "round(source_fps, 2)", "source_fps > 0"),
        binned("Words of an answer", WORDS, true),
        categories("Codec", "codec", "codec IS NOT NULL"),
        categories("Sound in the file", "if(has_sound, 'yes', 'no')", "has_sound IS NOT NULL"),
        categories("Kind", "kind", "kind <> ''"),
        new Histogram(
            "Decoded with warnings",
            bars(
                "SELECT warning AS value, count(*) AS n FROM samples LATERAL VIEW explode(warnings)"
                    + " AS warning WHERE dataset = :dataset GROUP BY warning ORDER BY n DESC,"
                    + " warning")));
  }

  private List<Row> ask(String sql) {
    return tables.ask(sql, Map.of("dataset", dataset.name())).collectAsList();
  }

  private List<Histogram.Bar> bars(String sql) {
    return ask(sql).stream()
        .map(row -> new Histogram.Bar(String.valueOf(row.get(0)), row.getLong(1)))
        .toList();
  }

  /** The most frequent values, and all others together. */
  private Histogram categories(String title, String value, String where) {
    List<Histogram.Bar> all =
        bars(
            String.format(
                "SELECT %s AS value, count(*) AS n FROM samples WHERE dataset = :dataset AND %s"
                    + " GROUP BY value ORDER BY n DESC, value",
                value, where));
    if (all.size() <= MOST_CATEGORIES) {
      return new Histogram(title, all);
    }
    List<Histogram.Bar> shown = new ArrayList<>(all.subList(0, MOST_CATEGORIES - 1));
    long others = all.stream().skip(shown.size()).mapToLong(Histogram.Bar::count).sum();
    shown.add(new Histogram.Bar((all.size() - shown.size()) + " others", others));
    return new Histogram(title, shown);
  }

  /** Bins of a round width; the last one takes what is far beyond the others. */
  private Histogram binned(String title, String values, boolean whole) {
    Row range =
        ask("SELECT CAST(percentile_approx(value, 0.99) AS DOUBLE) FROM (" + values + ")").get(0);
    if (range.isNullAt(0)) {
      return new Histogram(title, List.of());
    }
    double width = Histogram.width(range.getDouble(0), MOST_BINS - 1, whole);
    int last = MOST_BINS - 1;
    List<Row> counted =
        ask(
            String.format(
                Locale.ROOT,
                "SELECT CAST(least(floor(CAST(value AS DOUBLE) / %sD), %d) AS INT) AS bin, count(*)"
                    + " FROM (%s) WHERE value IS NOT NULL GROUP BY bin ORDER BY bin",
                width,
                last,
                values));
    List<Histogram.Bar> bars = new ArrayList<>();
    int next = counted.get(0).getInt(0);
    for (Row row : counted) {
      for (; next < row.getInt(0); next++) {
        bars.add(new Histogram.Bar(Histogram.label(next, width, next == last, whole), 0));
      }
      bars.add(
          new Histogram.Bar(Histogram.label(next, width, next == last, whole), row.getLong(1)));
      next++;
    }
    return new Histogram(title, bars);
  }

  /** Samples from all over the shards. */
  private List<Map<String, Object>> examples(int most) {
    List<Map<String, Object>> examples = new ArrayList<>();
    long samples = dataset.samples();
    long shown = Math.min(most, samples);
    long passed = 0;
    for (PreparedDataset.Shard shard : dataset.shards()) {
      for (int group = 0; group < shard.rowGroups().size(); group++) {
        long end = passed + shard.rowGroups().get(group);
        if (examples.size() < shown && place(examples.size(), shown, samples) < end) {
          List<StoredSample> rows = rowGroup(shard, group);
          while (examples.size() < shown && place(examples.size(), shown, samples) < end) {
            int row = (int) (place(examples.size(), shown, samples) - passed);
            examples.add(example(rows.get(row)));
          }
        }
        passed = end;
      }
    }
    return examples;
  }

  private static long place(int number, long shown, long samples) {
    return samples * number / shown;
  }

  private List<StoredSample> rowGroup(PreparedDataset.Shard shard, int group) {
    Folder shards = folder.folder("shards");
    try (ShardReader reader = new ShardReader(shards.path(shard.file()), shards.configuration())) {
      return reader.rowGroup(group);
    }
  }

  private static Map<String, Object> example(StoredSample sample) {
    Map<String, Object> values = new LinkedHashMap<>();
    values.put("id", sample.id());
    values.put("where", where(sample));
    values.put(
        "exchanges",
        sample.exchanges().stream()
            .map(exchange -> Map.of("question", exchange.question(), "answer", exchange.answer()))
            .toList());
    if (sample.frames() != null) {
      List<byte[]> frames = sample.frames().encoded();
      values.put("frames", Math.min(frames.size(), ContactSheet.MOST_FRAMES));
      values.put("picture", ContactSheet.inPage(frames));
    }
    return values;
  }

  private static String where(StoredSample sample) {
    if (sample.media().isEmpty()) {
      return "text";
    }
    String end = Double.isInfinite(sample.endSeconds()) ? "its end" : seconds(sample.endSeconds());
    return sample.media() + ", from " + seconds(sample.startSeconds()) + " to " + end;
  }

  private static String seconds(double seconds) {
    return String.format(Locale.ROOT, "%.1f s", seconds);
  }
}
