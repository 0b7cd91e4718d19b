package org.clapperboard.train.config;

import java.io.Serializable;
import java.util.List;
import org.clapperboard.config.Rules;
import org.clapperboard.config.Section;

/**
 * How a stage is measured on what it never learns from.
 *
 * @param everySteps steps from one measurement to the next; the last step is followed by one too
 * @param samples how many of each dataset are predicted, fewer if it has fewer
 * @param captions how many of these the model answers in its own words
 * @param datasets prepared datasets that no stream of the stage reads; none if it is not measured
 */
public record ValidationConfig(long everySteps, int samples, int captions, List<String> datasets)
    implements Serializable {
  /** Nothing is measured. */
  public static final ValidationConfig NOTHING = new ValidationConfig(1, 1, 0, List.of());

  public ValidationConfig {
    datasets = List.copyOf(datasets);
    try (Rules rules = new Rules()) {
      rules.atLeast("everySteps", everySteps, 1);
      rules.atLeast("samples", samples, 1);
      rules.between("captions", captions, 0, samples);
    }
  }

  static ValidationConfig read(Section section) {
    return section.build(
        () ->
            new ValidationConfig(
                section.longInteger("every-steps", 100),
                section.integer("samples", 64),
                section.integer("captions", 0),
                section.strings("datasets")));
  }

  /** Tells what does not go with the rest of a stage. */
  void check(Rules rules, DataConfig data, ObjectiveConfig objective) {
    for (int i = 0; i < datasets.size(); i++) {
      String dataset = datasets.get(i);
      for (DataConfig.StreamConfig stream : data.streams()) {
        if (stream.datasets().contains(dataset)) {
          rules
              .broken("validation.datasets[" + i + "]", dataset, "a dataset that no stream reads")
              .advice(
                  "The stream "
                      + stream.name()
                      + " learns from it: its loss would say nothing of what was never seen.");
        }
      }
      if (datasets.indexOf(dataset) < i) {
        rules.broken("validation.datasets[" + i + "]", dataset, "a dataset that is named once");
      }
    }
    if (!datasets.isEmpty() && objective instanceof ObjectiveConfig.ClosedAnswers) {
      rules
          .broken("validation", "there", "nothing, with closed answers")
          .advice("Its heads know the answers of the datasets that they learn from alone.");
    }
  }
}
