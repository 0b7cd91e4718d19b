package org.clapperboard.eval.benchmark;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.univocity.parsers.csv.CsvWriter;
import com.univocity.parsers.csv.CsvWriterSettings;
import java.io.StringWriter;
import java.util.List;
import org.clapperboard.config.BadData;

/**
 * A file that a publisher's server scores.
 *
 * @param name name of the file
 * @param text all of it
 * @param unread answers that could not be read: a server wants an option for every question, so
 *     that the first one stands for these
 */
public record Submission(String name, String text, long unread) {
  private static final ObjectMapper JSON = new ObjectMapper();

  /** How it is written. */
  public enum Format {
    /** A table of q_uid and the number of an option (Kaggle). */
    EGOSCHEMA {
      @Override
      public Submission of(List<Marked> marked) {
        StringWriter text = new StringWriter();
        CsvWriterSettings settings = new CsvWriterSettings();
        settings.getFormat().setLineSeparator("\n");
        CsvWriter table = new CsvWriter(text, settings);
        table.writeHeaders("q_uid", "answer");
        marked.forEach(one -> table.writeRow(one.question().id(), option(one)));
        table.close();
        return new Submission("submission.csv", text.toString(), unread(marked));
      }
    },
    /** An object with a list of id, answer_id and answer for each video (EvalAI). */
    PERCEPTION_TEST {
      @Override
      public Submission of(List<Marked> marked) {
        ObjectNode videos = JSON.createObjectNode();
        for (Marked one : marked) {
          Question question = one.question();
          ArrayNode answers = videos.withArrayProperty(question.fact("video"));
          answers
              .addObject()
              .put("id", number(question))
              .put("answer_id", option(one))
              .put("answer", question.options().get(option(one)));
        }
        try {
          return new Submission("submission.json", JSON.writeValueAsString(videos), unread(marked));
        } catch (JsonProcessingException e) {
          throw new IllegalStateException("A tree can be written", e);
        }
      }
    };

    /** Facts that its questions must have. */
    List<String> facts() {
      return this == PERCEPTION_TEST ? List.of("video", "question-id") : List.of();
    }

    /**
     * The file with these answers, in their order.
     *
     * @throws BadData if a question is not as the server knows it
     */
    public abstract Submission of(List<Marked> marked);

    private static int option(Marked marked) {
      return Math.max(0, marked.question().option(marked.extracted().value()));
    }

    private static long unread(List<Marked> marked) {
      return marked.stream().filter(one -> !one.extracted().readable()).count();
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
