package org.clapperboard.eval.benchmark;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.univocity.parsers.csv.CsvWriter;
import com.univocity.parsers.csv.CsvWriterSettings;
import java.io.StringWriter;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.clapperboard.config.BadData;

/**
 * A file that a publisher's server scores. A server wants an option for every question: where there
 * is none, the first one stands.
 *
 * @param name name of the file
 * @param text all of it
 * @param unread answers that could not be read
 * @param missing questions without an answer, such as those about videos that are not there
 */
public record Submission(String name, String text, long unread, long missing) {
  private static final ObjectMapper JSON = new ObjectMapper();

  /**
   * What a question is answered with.
   *
   * @param option the number of an option
   */
  private record Choice(Question question, int option) {}

  /** How it is written. */
  public enum Format {
    /** A table of q_uid and the number of an option (Kaggle). */
    EGOSCHEMA("submission.csv") {
      @Override
      String text(List<Choice> choices) {
        StringWriter text = new StringWriter();
        CsvWriterSettings settings = new CsvWriterSettings();
        settings.getFormat().setLineSeparator("\n");
        CsvWriter table = new CsvWriter(text, settings);
        table.writeHeaders("q_uid", "answer");
        choices.forEach(choice -> table.writeRow(choice.question.id(), choice.option));
        table.close();
        return text.toString();
      }
    },
    /** An object with a list of id, answer_id and answer for each video (EvalAI). */
    PERCEPTION_TEST("submission.json") {
      @Override
      String text(List<Choice> choices) {
        ObjectNode videos = JSON.createObjectNode();
        for (Choice choice : choices) {
          videos
              .withArrayProperty(choice.question.fact("video"))
              .addObject()
              .put("id", number(choice.question))
              .put("answer_id", choice.option)
              .put("answer", choice.question.options().get(choice.option));
        }
        try {
          return JSON.writeValueAsString(videos);
        } catch (JsonProcessingException e) {
          throw new IllegalStateException("A tree can be written", e);
        }
      }
    };

    private final String file;

    Format(String file) {
      this.file = file;
    }

    abstract String text(List<Choice> choices);

    /** Facts that its questions must have. */
    List<String> facts() {
      return this == PERCEPTION_TEST ? List.of("video", "question-id") : List.of();
    }

    /**
     * The file for these questions, in their order.
     *
     * @param marked the answers to them, as far as there are any
     * @throws BadData if a question is not as the server knows it
     */
    public Submission of(Collection<Question> questions, List<Marked> marked) {
      Map<String, Extracted> answers = new HashMap<>();
      marked.forEach(one -> answers.put(one.question().id(), one.extracted()));
      List<Choice> choices = new ArrayList<>();
      long unread = 0;
      long missing = 0;
      for (Question question : questions) {
        Extracted answer = answers.get(question.id());
        missing += answer == null ? 1 : 0;
        unread += answer != null && !answer.readable() ? 1 : 0;
        int option = answer == null ? 0 : question.option(answer.value());
        choices.add(new Choice(question, Math.max(0, option)));
      }
      return new Submission(file, text(choices), unread, missing);
    }

    private static long number(Question question) {
      String id = question.fact("question-id");
      try {
        return Long.parseLong(id);
      } catch (NumberFormatException e) {
        throw new BadData(
            "Cannot submit "
                + question.id()
                + ": its number is \""
                + id
                + "\" (expected: a whole number).");
      }
    }
  }
}
