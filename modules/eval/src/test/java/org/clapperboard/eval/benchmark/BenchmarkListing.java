package org.clapperboard.eval.benchmark;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.clapperboard.data.recipe.SampleSpec;
import org.clapperboard.eval.benchmark.ExamRule.Metric;
import org.clapperboard.eval.benchmark.Extraction.Rule;

/**
 * Writes down what becomes of questions. What the model and the judge said of them is taken out of
 * the expected listing, from its lines {@code said} and {@code judge}.
 */
final class BenchmarkListing {
  private static final Set<String> SHOWN_ELSEWHERE = Set.of("options", "references");

  private final Benchmark benchmark;
  private final ExamRule exam;
  private final Map<String, String> said = new HashMap<>();
  private final Map<String, List<String>> judged = new HashMap<>();
  private final Map<String, List<Judged>> verdicts = new TreeMap<>();
  private final Map<Rule, List<Marked>> marked = new TreeMap<>();
  private final List<String> lines = new ArrayList<>();

  BenchmarkListing(Benchmark benchmark, List<String> expected) {
    this.benchmark = benchmark;
    this.exam = benchmark.exam();
    String id = "";
    for (String line : expected) {
      if (!line.startsWith("  ")) {
        id = line;
      } else if (line.startsWith("  said    ")) {
        said.put(id, line.substring(10));
      } else if (line.startsWith("  judge   ")) {
        judged.computeIfAbsent(id, key -> new ArrayList<>()).add(line.substring(10));
      }
    }
  }

  List<String> of(List<SampleSpec> samples) {
    samples.forEach(this::sample);
    List<Question> questions = samples.stream().map(benchmark::question).toList();
    if (exam.metric() == Metric.EVENTS) {
      figures(
          "figures of the judge",
          Figures.events(mean("recall"), count("recall"), mean("precision"), count("precision")));
    } else if (exam.metric().judged()) {
      figures("figures of the judge", Figures.judged(exam, verdicts));
    } else {
      figures("figures by our rule", Figures.of(exam, marked.get(Rule.CAREFUL)));
      figures("figures by the reference's", Figures.of(exam, marked.get(Rule.REFERENCE)));
    }
    if (exam.submission() != null) {
      Submission file = exam.submission().of(questions, marked.get(Rule.CAREFUL));
      lines.add(file.name() + ", " + file.unread() + " unread");
      file.text().lines().forEach(line -> lines.add("  " + line));
    }
    return lines;
  }

  private void sample(SampleSpec sample) {
    lines.add(sample.id());
    String root = benchmark.recipe().root() + "/";
    sample.candidates().forEach(file -> add("file", file.replace(root, "")));
    if (sample.startSeconds() > 0 || Double.isFinite(sample.endSeconds())) {
      add("clip", sample.startSeconds() + " to " + sample.endSeconds());
    }
    question(benchmark.question(sample));
  }

  private void question(Question question) {
    add("asked", question.prompt());
    if (!question.options().isEmpty()) {
      add("choose", String.join(" | ", question.options()));
    }
    add(
        "right",
        question.references().isEmpty() ? "(none)" : String.join(" | ", question.references()));
    question
        .facts()
        .forEach(
            (name, fact) -> {
              if (!SHOWN_ELSEWHERE.contains(name)) {
                add("fact", name + " = " + fact);
              }
            });
    String answer = said.getOrDefault(question.id(), "(expected.txt does not say)");
    add("said", answer);
    for (Rule rule : Rule.values()) {
      Marked one = Marking.of(exam, rule).mark(question, answer.replace("\u23CE", "\n"));
      marked.computeIfAbsent(rule, key -> new ArrayList<>()).add(one);
      if (exam.answers().kind() != AnswerRule.Kind.OPEN) {
        String value = one.extracted().readable() ? one.extracted().value() : "-";
        String shown = value + ", " + one.extracted().how() + ", " + one.mark();
        add(rule == Rule.CAREFUL ? "ours" : "theirs", shown.toLowerCase(Locale.ROOT));
      }
    }
    for (String verdict : judged.getOrDefault(question.id(), List.of())) {
      add("judge", verdict);
      String[] parts = verdict.split(" ", -1);
      verdicts
          .computeIfAbsent(parts[0], key -> new ArrayList<>())
          .add(
              new Judged(
                  parts[1].equals("-") ? null : parts[1].equals("yes"),
                  parts[2].equals("-") ? null : Double.valueOf(parts[2])));
    }
  }

  private double mean(String measure) {
    return verdicts.get(measure).stream().mapToDouble(Judged::score).average().orElseThrow();
  }

  private long count(String measure) {
    return verdicts.get(measure).size();
  }

  private void add(String what, String value) {
    lines.add("  %-7s %s".formatted(what, value.replace("\n", "\u23CE")));
  }

  private void figures(String title, Figures figures) {
    lines.add(title);
    for (Figure figure : figures.figures()) {
      lines.add(
          String.format(
              Locale.ROOT, "  %s %.2f of %d", figure.name(), figure.value(), figure.count()));
    }
  }
}
