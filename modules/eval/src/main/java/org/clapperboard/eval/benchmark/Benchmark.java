package org.clapperboard.eval.benchmark;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.clapperboard.config.BadData;
import org.clapperboard.config.Rules;
import org.clapperboard.config.Section;
import org.clapperboard.data.recipe.ManifestReader;
import org.clapperboard.data.recipe.Recipe;
import org.clapperboard.data.recipe.RecipeLookups;
import org.clapperboard.data.recipe.SampleMaker;
import org.clapperboard.data.recipe.SampleSpec;

/**
 * A benchmark: a dataset's recipe and how an exam is held with it. Two facts of the recipe are
 * lists, written as JSON: {@code options}, and {@code references}, without which the answer of the
 * recipe is the only one.
 *
 * @param recipe the questions and their media
 * @param exam how they are asked and scored
 */
public record Benchmark(Recipe recipe, ExamRule exam) implements Serializable {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String OPTIONS = "options";
  private static final String REFERENCES = "references";

  public Benchmark {
    try (Rules rules = new Rules()) {
      rules.present("recipe", recipe);
      rules.present("exam", exam);
      if (recipe != null && exam != null) {
        List<String> lacking =
            exam.factsNeeded().stream()
                .filter(fact -> !recipe.facts().containsKey(fact))
                .distinct()
                .toList();
        if (!lacking.isEmpty()) {
          rules.broken(
              "facts",
              recipe.facts().keySet(),
              String.join(", ", lacking) + " among them, for the exam");
        }
      }
    }
  }

  /**
   * Reads a file of {@code datasets/eval}.
   *
   * @param root folder of the publisher's files
   * @param seed of the recipe's choices
   */
  public static Benchmark read(Section file, String root, long seed) {
    return file.build(
        () -> new Benchmark(Recipe.read(file, root, seed), ExamRule.read(file.section("exam"))));
  }

  /** Its name. */
  public String name() {
    return recipe.name();
  }

  /**
   * What a sample is asked.
   *
   * @throws BadData if its facts are not what the exam takes them for
   */
  public Question question(SampleSpec sample) {
    List<String> references =
        sample.facts().containsKey(REFERENCES)
            ? list(sample, REFERENCES)
            : List.of(sample.exchanges().get(0).answer());
    return new Question(
        recipe.name(),
        sample.id(),
        sample.exchanges().get(0).question(),
        sample.facts().containsKey(OPTIONS) ? list(sample, OPTIONS) : List.of(),
        references,
        sample.facts());
  }

  private static List<String> list(SampleSpec sample, String fact) {
    try {
      return JSON.readValue(sample.facts().get(fact), new TypeReference<List<String>>() {});
    } catch (JsonProcessingException e) {
      throw new BadData(
          "Cannot ask "
              + sample.id()
              + " of "
              + sample.dataset()
              + ": its "
              + fact
              + " are \""
              + sample.facts().get(fact)
              + "\" (expected: a list of texts as JSON).");
    }
  }

  /** All questions of the publisher's files: those of the {@link #samples}. */
  public List<Question> questions(Configuration hadoop) throws IOException {
    return samples(hadoop).stream().map(this::question).toList();
  }

  /**
   * All samples of the publisher's files, in their order. Rows that give none are left out here:
   * preparing has put them into quarantine.
   *
   * @throws IOException if a file is missing or cannot be read
   */
  public List<SampleSpec> samples(Configuration hadoop) throws IOException {
    SampleMaker maker = new SampleMaker(recipe, RecipeLookups.of(recipe, hadoop));
    Map<String, List<SampleSpec>> samples = new LinkedHashMap<>();
    for (Path file : recipe.source().files(recipe.root(), hadoop)) {
      try (ManifestReader rows = ManifestReader.open(recipe.source(), file, hadoop)) {
        while (rows.hasNext()) {
          for (SampleSpec sample : maker.samples(file.toString(), rows.next()).samples()) {
            samples.computeIfAbsent(sample.id(), id -> new ArrayList<>()).add(sample);
          }
        }
      }
    }
    return samples.values().stream().map(recipe.repeats()::pick).toList();
  }
}
