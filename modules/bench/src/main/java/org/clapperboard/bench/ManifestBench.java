package org.clapperboard.bench;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedWriter;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryPoolMXBean;
import java.lang.management.MemoryType;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.clapperboard.bench.Contender.Lap;
import org.clapperboard.config.BadData;
import org.clapperboard.config.ConfigFile;
import org.clapperboard.data.prepare.HashOrder;
import org.clapperboard.data.prepare.ManifestScan;
import org.clapperboard.data.prepare.ManifestScan.Listing;
import org.clapperboard.data.recipe.Recipe;
import org.clapperboard.data.recipe.SampleHash;
import org.clapperboard.data.recipe.SampleSpec;

/**
 * A publisher's table of millions of rows to the list of what becomes samples, in their order in
 * the shards: what preparing does before it looks at the first medium.
 *
 * @param folder where the table is made
 * @param rows rows of the table
 * @param take samples to choose
 * @param hugeEvery one row of so many has a field of a megabyte
 */
record ManifestBench(Path folder, long rows, long take, long hugeEvery) {
  private static final long SEED = 7;
  private static final int HUGE = 1_000_000;
  private static final int SHARD = 512;

  private static final String RECIPE =
      """
      name: clips
      modality: video
      source: {format: csv, files: [clips.csv]}
      id: "{videoid}"
      media: {file: "videos/{page_dir}/{videoid}.mp4"}
      questions: ["describe the video ."]
      answer: "{name}"
      take: %d
      """;

  Figures run(JavaSparkContext spark) throws IOException {
    Path table = folder.resolve("clips.csv");
    write(table);
    Path file = Files.writeString(folder.resolve("recipe.yaml"), RECIPE.formatted(take));
    Recipe recipe =
        ConfigFile.read(file, List.of(), read -> Recipe.read(read, folder.toString(), SEED));
    heap().forEach(MemoryPoolMXBean::resetPeakUsage);
    Listing[] listing = new Listing[1];
    long[] planned = new long[1];
    ManifestScan scan = ManifestScan.of(spark, recipe);
    Lap listed = Lap.of(() -> listing[0] = scan.listing(SHARD));
    Lap chosen = Lap.of(() -> planned[0] = planned(scan.chosen(listing[0]), listing[0]));
    if (listing[0].available() != rows || planned[0] != Math.min(take, rows)) {
      throw new BadData(
          "Cannot trust the figures: of " + rows + " rows " + planned[0] + " were planned.");
    }
    return figures(Files.size(table), listed, chosen);
  }

  /** As preparing orders them, and unpacked as its tasks do. */
  private long planned(JavaRDD<SampleSpec.Packed> chosen, Listing listing) {
    return HashOrder.sorted(
            chosen, sample -> SampleHash.of(SEED, "take", sample.id()), listing.starts())
        .map(sample -> sample.unpacked().exchanges().size())
        .reduce(Integer::sum);
  }

  private void write(Path table) throws IOException {
    String huge = "a very long caption, ".repeat(HUGE / 21);
    try (BufferedWriter out = Files.newBufferedWriter(table)) {
      out.write("videoid,contentUrl,duration,page_dir,name\n");
      for (long row = 0; row < rows; row++) {
        out.write(Long.toString(row));
        out.write(",https://media.invalid/");
        out.write(Long.toString(row));
        out.write(".mp4,PT00H00M11S,");
        out.write(Long.toString(row / 50));
        out.write(",\"Aerial shot, winter forest and a \"\"frozen\"\" lake ");
        out.write(row % hugeEvery == hugeEvery - 1 ? huge : Long.toString(row % 1000));
        out.write("\"\n");
      }
    }
  }

  private static List<MemoryPoolMXBean> heap() {
    return ManagementFactory.getMemoryPoolMXBeans().stream()
        .filter(pool -> pool.getType() == MemoryType.HEAP)
        .toList();
  }

  private Figures figures(long bytes, Lap listed, Lap chosen) {
    // The pools' peaks may lie at different times, so this is no less than the true peak.
    long peak = heap().stream().mapToLong(pool -> pool.getPeakUsage().getUsed()).sum();
    long most = Runtime.getRuntime().maxMemory();
    double seconds = listed.seconds() + chosen.seconds();
    double processor = listed.processorSeconds() + chosen.processorSeconds();
    ObjectNode json =
        new ObjectMapper()
            .createObjectNode()
            .put("bench", "manifest")
            .put("rows", rows)
            .put("bytes", bytes)
            .put("take", take)
            .put("seconds", seconds)
            .put("seconds-listing", listed.seconds())
            .put("seconds-choosing", chosen.seconds())
            .put("processor-seconds", processor)
            .put("heap-bytes", most)
            .put("peak-heap-bytes", peak);
    List<String> table = new ArrayList<>();
    table.add("| rows | taken | listing | choosing | together | of processors | heap | peak |");
    table.add("|---:|---:|---:|---:|---:|---:|---:|---:|");
    table.add(
        String.format(
            Locale.ROOT,
            "| %d | %d | %.0f s | %.0f s | %.0f s | %.0f s | %.1f GB | %.1f GB |",
            rows,
            Math.min(take, rows),
            listed.seconds(),
            chosen.seconds(),
            seconds,
            processor,
            most / 1e9,
            peak / 1e9));
    return new Figures(json, table);
  }
}
