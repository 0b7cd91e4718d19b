package org.clapperboard.app.inspect;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.clapperboard.app.Console;
import org.clapperboard.config.BadData;
import org.clapperboard.data.shard.PreparedDataset;
import org.clapperboard.data.storage.Folder;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code jobs/inspect.sh card}: a page about prepared datasets. */
@Command(
    name = "card",
    mixinStandardHelpOptions = true,
    description = {
      "Writes a page about prepared datasets: licence and citation, counts, histograms of length,",
      "resolution, frame rate, words and codecs, and samples with their frames. One file of HTML",
      "that loads nothing from elsewhere."
    },
    footer = {
      "  jobs/inspect.sh card --prepared runs/demo/prepared --to card.html",
      "  jobs/inspect.sh card --prepared runs/demo/prepared --dataset webvid --to webvid.html"
    })
public final class CardCommand implements Callable<Integer> {
  @Option(
      names = "--prepared",
      required = true,
      paramLabel = "FOLDER",
      description = "Prepared datasets, or one of them.")
  private String prepared;

  @Option(
      names = "--dataset",
      paramLabel = "NAME",
      description = "One of them instead of all. Can be given several times.")
  private List<String> names = List.of();

  @Option(names = "--to", required = true, paramLabel = "FILE", description = "The page.")
  private Path to;

  @Option(
      names = "--examples",
      paramLabel = "N",
      defaultValue = "12",
      description = "Samples to show of each dataset. Default: ${DEFAULT-VALUE}.")
  private int examples;

  private final Console console = new Console();

  @Override
  public Integer call() {
    try (RunTables tables = RunTables.open(prepared, prepared)) {
      List<Map<String, Object>> cards = new ArrayList<>();
      for (Folder folder : tables.datasets()) {
        PreparedDataset dataset = PreparedDataset.in(folder);
        if (dataset != null && (names.isEmpty() || names.contains(dataset.name()))) {
          cards.add(new DatasetCard(tables, folder, dataset).values(examples));
        }
      }
      if (cards.isEmpty() || (!names.isEmpty() && cards.size() < names.size())) {
        throw new BadData(
            "Cannot write a card of "
                + (names.isEmpty() ? prepared : String.join(", ", names) + " in " + prepared)
                + ": no such dataset is prepared there.");
      }
      String title = cards.size() == 1 ? cards.get(0).get("name").toString() : "Datasets";
      HtmlPage.of("card.html", Map.of("title", title, "place", prepared, "datasets", cards))
          .write(to);
    }
    console.line("%s", to);
    return 0;
  }
}
