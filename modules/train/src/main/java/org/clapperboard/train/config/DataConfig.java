package org.clapperboard.train.config;

import java.io.Serializable;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.OptionalDouble;
import java.util.Set;
import org.clapperboard.config.Rules;
import org.clapperboard.config.Section;
import org.clapperboard.data.lookalike.Likeness;

/**
 * What a stage is trained on.
 *
 * @param prepared folder of prepared datasets
 * @param visionFeatures folder of what the frozen vision encoder makes of them, or null if each
 *     step computes it
 * @param frames frames that a clip is shown with
 * @param window samples that are shuffled together at least
 * @param threads threads of a rank that decode samples, or 0 for as many as its machine has cores,
 *     but no more than 4
 * @param ahead whole batches that wait, read or decoded, before they are needed
 * @param quarantineAtMost the share of a dataset that may be unusable, 0 to 1; null for what it was
 *     prepared with
 * @param findings folder of what {@code jobs/inspect.sh duplicates} found in the prepared datasets
 * @param without samples to leave out, by what was found of them
 * @param streams the streams of the mixture, the leading one first
 */
public record DataConfig(
    String prepared,
    String visionFeatures,
    int frames,
    long window,
    int threads,
    int ahead,
    Double quarantineAtMost,
    String findings,
    Set<Likeness> without,
    List<StreamConfig> streams)
    implements Serializable {
  private static final int MOST_THREADS_UNASKED = 4;

  /**
   * One stream of the mixture.
   *
   * @param name its name in reports
   * @param share its places in every run of the sum of all shares
   * @param datasets prepared datasets it is made of
   */
  public record StreamConfig(String name, int share, List<String> datasets)
      implements Serializable {
    public StreamConfig {
      datasets = List.copyOf(datasets);
      try (Rules rules = new Rules()) {
        rules.notBlank("name", name);
        rules.atLeast("share", share, 1);
        rules.notEmpty("datasets", datasets);
      }
    }

    static StreamConfig read(Section section) {
      return section.build(
          () ->
              new StreamConfig(
                  section.string("name"),
                  section.integer("share", 1),
                  section.strings("datasets")));
    }
  }

  public DataConfig {
    without = Collections.unmodifiableSet(new LinkedHashSet<>(without));
    streams = List.copyOf(streams);
    try (Rules rules = new Rules()) {
      rules.atLeast("frames", frames, 1);
      rules.atLeast("window", window, 1);
      rules.atLeast("threads", threads, 0);
      rules.atLeast("ahead", ahead, 1);
      if (quarantineAtMost != null) {
        rules.between("quarantineAtMost", quarantineAtMost, 0, 1);
      }
      rules.notEmpty("streams", streams);
    }
  }

  static DataConfig read(Section section, String run) {
    return section.build(
        () ->
            new DataConfig(
                section.location("prepared", run + "/prepared"),
                section.has("vision-features") ? section.location("vision-features") : null,
                section.integer("frames", 8),
                section.longInteger("window", 8192),
                section.integer("threads", 0),
                section.integer("ahead", 2),
                quarantineAtMost(section),
                section.location(
                    "findings", section.location("prepared", run + "/prepared") + "/findings"),
                new LinkedHashSet<>(section.eachOneOf("without", Likeness.class, List.of())),
                section.sections("streams").stream().map(StreamConfig::read).toList()));
  }

  private static Double quarantineAtMost(Section section) {
    OptionalDouble share = section.optionalNumber("quarantine-at-most");
    return share.isPresent() ? share.getAsDouble() : null;
  }

  /** Threads that decode samples on a machine of so many cores. */
  public int threadsOf(int cores) {
    return threads == 0 ? Math.min(MOST_THREADS_UNASKED, cores) : threads;
  }

  /** The sum of all shares. */
  public int shares() {
    return streams.stream().mapToInt(StreamConfig::share).sum();
  }
}
