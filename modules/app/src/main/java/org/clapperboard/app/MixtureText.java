package org.clapperboard.app;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.apache.spark.api.java.JavaSparkContext;
import org.clapperboard.config.BadData;
import org.clapperboard.data.prepare.ManifestScan;
import org.clapperboard.data.prepare.PrepareConfig;
import org.clapperboard.data.prepare.PrepareConfig.Paper.Group;
import org.clapperboard.data.recipe.Recipe;

/** A mixture as {@code plan} prints it: what its manifests list, beside the paper's numbers. */
final class MixtureText {
  private final PrepareConfig config;

  MixtureText(PrepareConfig config) {
    this.config = config;
  }

  /**
   * One dataset.
   *
   * @param listing what its manifest lists, or null where it is not there
   * @param why what is wrong with the manifest, or empty
   */
  private record Counted(Recipe recipe, ManifestScan.Listing listing, String why) {}

  List<String> lines(JavaSparkContext spark) {
    List<Counted> counted =
        config.recipes().stream().map(recipe -> counted(spark, recipe)).toList();
    List<String> lines = new ArrayList<>();
    lines.add(row("dataset", "listed", "available", "used", "ratio", "paper: of", "used", "ratio"));
    counted.forEach(one -> lines.add(row(one)));
    config.paper().groups().forEach(group -> lines.add(row(group, counted)));
    config.paper().absent().forEach((name, samples) -> lines.add(absent(name, samples)));
    lines.add(sum(counted));
    if (config.paper().total() > 0) {
      lines.add(total());
    }
    counted.stream()
        .filter(one -> !one.why().isEmpty())
        .forEach(one -> lines.add(one.recipe().name() + ": " + one.why()));
    counted.stream().flatMap(MixtureText::unusable).forEach(lines::add);
    return lines;
  }

  private static Counted counted(JavaSparkContext spark, Recipe recipe) {
    try {
      return new Counted(recipe, ManifestScan.of(spark, recipe).listing(Integer.MAX_VALUE), "");
    } catch (BadData e) {
      return new Counted(recipe, null, e.getMessage());
    }
  }

  /** A number that the paper gives for several datasets. */
  private static String row(Group group, List<Counted> counted) {
    long taken =
        counted.stream()
            .filter(one -> group.datasets().contains(one.recipe().name()))
            .filter(one -> one.listing() != null)
            .mapToLong(one -> one.listing().taken())
            .sum();
    return row(group.name(), "", "", number(taken), "", "", number(group.samples()), "");
  }

  private String row(Counted one) {
    ManifestScan.Listing listing = one.listing();
    long of = one.recipe().about().original();
    long take = paper(one.recipe());
    return row(
        one.recipe().name(),
        listing == null ? "missing" : number(listing.listed()),
        listing == null ? "" : number(listing.available()),
        listing == null ? "" : number(listing.taken()),
        listing == null ? "" : ratio(listing.taken(), listing.available()),
        number(of),
        number(take),
        ratio(take, of));
  }

  private static String absent(String name, long samples) {
    return row(name, "no manifest", "", "", "", "", number(samples), "");
  }

  private String sum(List<Counted> counted) {
    List<ManifestScan.Listing> there =
        counted.stream().map(Counted::listing).filter(listing -> listing != null).toList();
    long available = there.stream().mapToLong(ManifestScan.Listing::available).sum();
    long taken = there.stream().mapToLong(ManifestScan.Listing::taken).sum();
    long of = config.recipes().stream().mapToLong(recipe -> recipe.about().original()).sum();
    return row(
        "sum",
        number(there.stream().mapToLong(ManifestScan.Listing::listed).sum()),
        number(available),
        number(taken),
        ratio(taken, available),
        number(of),
        number(paperSum()),
        ratio(paperSum(), of));
  }

  /** Samples that the paper uses of a dataset: what is taken here, unless a group counts it. */
  private long paper(Recipe recipe) {
    if (config.paper().group(recipe.name()) != null) {
      return 0;
    }
    return recipe.take() == 0 ? recipe.about().used() : recipe.take();
  }

  private long paperSum() {
    return config.recipes().stream().mapToLong(this::paper).sum()
        + config.paper().groups().stream().mapToLong(Group::samples).sum()
        + config.paper().absent().values().stream().mapToLong(n -> n).sum();
  }

  private String total() {
    long total = config.paper().total();
    return String.format(
        Locale.ROOT,
        "The paper says %s in all; the numbers it gives add up to %s, %s %s.",
        number(total),
        number(paperSum()),
        number(Math.abs(total - paperSum())),
        paperSum() <= total ? "fewer" : "more");
  }

  private static Stream<String> unusable(Counted one) {
    if (one.listing() == null) {
      return Stream.empty();
    }
    long bad = one.listing().bad().size();
    long repeated = one.listing().repeated().size();
    return Stream.concat(
        bad == 0
            ? Stream.empty()
            : Stream.of(
                String.format(
                    Locale.ROOT,
                    "%s: %d rows give no sample; the first: %s",
                    one.recipe().name(),
                    bad,
                    one.listing().bad().get(0).detail())),
        repeated == 0
            ? Stream.empty()
            : Stream.of(
                String.format(
                    Locale.ROOT,
                    "%s: %d samples are listed again; the first: %s",
                    one.recipe().name(),
                    repeated,
                    one.listing().repeated().get(0).detail())));
  }

  private static String row(Object... cells) {
    return String.format(Locale.ROOT, "  %-32s %12s %12s %12s %8s %14s %12s %8s", cells)
        .stripTrailing();
  }

  private static String number(long number) {
    return number == 0 ? "-" : String.format(Locale.ROOT, "%,d", number);
  }

  private static String ratio(long part, long whole) {
    return whole == 0 || part == 0
        ? ""
        : String.format(Locale.ROOT, "%.1f %%", 100.0 * part / whole);
  }
}
