package org.clapperboard.data.recipe;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.io.Serializable;
import java.util.List;
import org.clapperboard.config.Section;

/**
 * What is to be known of a dataset before it is used.
 *
 * @param task what is learned from it, or null
 * @param licence terms of its publisher
 * @param citation the paper that describes it
 * @param page where its publisher offers it
 * @param original samples it has, or 0 where that is not known
 * @param used samples the paper used, or 0 where it does not say
 * @param notes whatever else
 */
public record About(
    @JsonProperty("task") Task task,
    @JsonProperty("licence") String licence,
    @JsonProperty("citation") String citation,
    @JsonProperty("page") String page,
    @JsonProperty("original") long original,
    @JsonProperty("used") long used,
    @JsonProperty("notes") List<String> notes)
    implements Serializable {

  /** What is learned. */
  public enum Task {
    /** To describe. */
    CAPTIONING,
    /** To tell which of a closed set of labels fits. */
    CLASSIFICATION,
    /** To answer questions. */
    QUESTION_ANSWERING,
    /** To follow instructions. */
    INSTRUCTION,
    /** To answer in a conversation. */
    DIALOGUE
  }

  public About {
    notes = List.copyOf(notes);
  }

  static About read(Section section) {
    return section.build(
        () ->
            new About(
                section.optionalOneOf("task", Task.class).orElse(null),
                section.string("licence", ""),
                section.string("citation", ""),
                section.string("page", ""),
                section.longInteger("original", 0),
                section.longInteger("used", 0),
                section.strings("notes", List.of())));
  }

  /** Where nothing is told. */
  public static About nothing() {
    return new About(null, "", "", "", 0, 0, List.of());
  }
}
