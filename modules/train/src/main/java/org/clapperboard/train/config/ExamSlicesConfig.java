package org.clapperboard.train.config;

import java.io.Serializable;
import java.nio.file.Path;
import java.util.List;
import org.clapperboard.config.Rules;
import org.clapperboard.config.Section;

/**
 * Small parts of exams that are held while a stage trains.
 *
 * @param everySteps steps from one exam to the next; the last step is followed by one too
 * @param samples how many of each set are asked about, the first of its dataset
 * @param maxNewTokens longest answer
 * @param sets what is asked; nothing if there is none
 */
public record ExamSlicesConfig(long everySteps, int samples, int maxNewTokens, List<Slice> sets)
    implements Serializable {
  /** Nothing is asked. */
  public static final ExamSlicesConfig NOTHING = new ExamSlicesConfig(1, 1, 1, List.of());

  /**
   * A set of questions.
   *
   * @param name its name in tables
   * @param dataset the prepared dataset
   * @param prepared folder of the dataset; empty for that of the stage's data
   * @param benchmark file of the benchmark whose questions are asked, its media prepared before;
   *     empty for questions of the dataset, whose answers are compared letter for letter
   * @param root folder of the benchmark's own files, or empty
   */
  public record Slice(String name, String dataset, String prepared, String benchmark, String root)
      implements Serializable {
    public Slice {
      try (Rules rules = new Rules()) {
        rules.notBlank("name", name);
        rules.notBlank("dataset", dataset);
        if (root != null && !root.isEmpty() && benchmark != null && benchmark.isEmpty()) {
          rules.broken("root", root, "nothing, without a benchmark whose files are there");
        }
      }
    }

    static Slice read(Section section) {
      return section.build(
          () -> {
            String name = section.string("name");
            return new Slice(
                name,
                section.string("dataset", name),
                section.location("prepared", ""),
                section.optionalPath("benchmark").map(Path::toString).orElse(""),
                section.location("root", ""));
          });
    }

    /** Whether questions are those of a benchmark, and not of the dataset. */
    public boolean isBenchmark() {
      return !benchmark.isEmpty();
    }

    /** The folder that the dataset is in. */
    public String preparedIn(DataConfig data) {
      return prepared.isEmpty() ? data.prepared() : prepared;
    }
  }

  public ExamSlicesConfig {
    sets = List.copyOf(sets);
    try (Rules rules = new Rules()) {
      rules.atLeast("everySteps", everySteps, 1);
      rules.atLeast("samples", samples, 1);
      rules.atLeast("maxNewTokens", maxNewTokens, 1);
      List<String> names = sets.stream().map(Slice::name).toList();
      for (int i = 0; i < names.size(); i++) {
        if (names.indexOf(names.get(i)) < i) {
          rules.broken("sets[" + i + "].name", names.get(i), "a name that no other set has");
        }
      }
    }
  }

  static ExamSlicesConfig read(Section section) {
    return section.build(
        () ->
            new ExamSlicesConfig(
                section.longInteger("every-steps", 100),
                section.integer("samples", 64),
                section.integer("max-new-tokens", 32),
                section.each("sets", Slice::read)));
  }

  /** Tells what does not go with the rest of a stage. */
  void check(Rules rules, DataConfig data, ObjectiveConfig objective, MemoryConfig memory) {
    if (sets.isEmpty()) {
      return;
    }
    for (int i = 0; i < sets.size(); i++) {
      checkUnseen(rules, i, data);
    }
    if (objective instanceof ObjectiveConfig.ClosedAnswers) {
      rules
          .broken("examSlices", "there", "nothing, with closed answers")
          .advice("Its heads say nothing in words, and the language model learns nothing.");
    }
    if (memory != null && memory.sharding() == Sharding.PARAMETERS) {
      rules
          .broken("examSlices", "there", "nothing, with memory.sharding: parameters")
          .advice(
              "No rank has all weights to answer with then. Evaluate a checkpoint instead, or choose"
                  + " memory.sharding: gradients.");
    }
  }

  private void checkUnseen(Rules rules, int number, DataConfig data) {
    Slice slice = sets.get(number);
    if (!slice.preparedIn(data).equals(data.prepared())) {
      return;
    }
    for (DataConfig.StreamConfig stream : data.streams()) {
      if (stream.datasets().contains(slice.dataset())) {
        rules
            .broken(
                "examSlices.sets[" + number + "].dataset",
                slice.dataset(),
                "a dataset that no stream reads")
            .advice(
                "The stream "
                    + stream.name()
                    + " learns from it: its answers would say nothing of what was never seen.");
      }
    }
  }
}
