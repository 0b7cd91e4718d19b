package org.clapperboard.data.recipe;

import java.io.Serializable;
import java.util.List;
import java.util.stream.Stream;
import org.clapperboard.config.Section;

/** Where the questions and answers of a sample come from. */
public sealed interface ConversationRule extends Serializable {

  /** The texts that fields are filled into. */
  default List<FieldText> texts() {
    return List.of();
  }

  /**
   * A list of turns as LLaVA writes it: objects with {@code from} (human, gpt) and {@code value}.
   *
   * @param field the field that holds it
   * @param times where its turns name moments by tokens, or null
   */
  record Turns(String field, Times times) implements ConversationRule {
    @Override
    public List<FieldText> texts() {
      return times == null ? List.of() : List.of(times.duration());
    }
  }

  /**
   * Moments that turns name by tokens such as {@code <s0>}; the tokens become hundredths of the
   * clip, from 00 to 99, the nearest one (VTimeLLM, {@code train/dataset.py}).
   *
   * @param tokens field with an object: seconds by token; a row may lack it
   * @param duration seconds of the clip
   */
  record Times(String tokens, FieldText duration) implements Serializable {
    static Times read(Section section) {
      return section.build(
          () -> new Times(section.string("tokens"), FieldText.of(section.string("duration"))));
    }
  }

  /**
   * A list of objects that hold a question and its answer each.
   *
   * @param field the field that holds it
   * @param question field of the question in such an object
   * @param answer field of the answer
   * @param before field of a text that goes before the question where it is there, or empty
   */
  record Pairs(String field, String question, String answer, String before)
      implements ConversationRule {
    static Pairs read(Section section) {
      return section.build(
          () ->
              new Pairs(
                  section.string("of"),
                  section.string("question", "q"),
                  section.string("answer", "a"),
                  section.string("before", "")));
    }
  }

  /**
   * One of several questions, chosen by a hash of the sample's id, and a text as the answer.
   *
   * @param questions texts to choose from
   * @param answer text of the answer
   */
  record Template(List<FieldText> questions, FieldText answer) implements ConversationRule {
    public Template {
      questions = List.copyOf(questions);
    }

    @Override
    public List<FieldText> texts() {
      return Stream.concat(questions.stream(), Stream.of(answer)).toList();
    }
  }

  /** Reads {@code conversations}, {@code pairs}, or {@code questions} and {@code answer}. */
  static ConversationRule read(Section recipe) {
    if (recipe.has("conversations")) {
      return new Turns(
          recipe.string("conversations"),
          recipe.optionalSection("time-tokens").map(Times::read).orElse(null));
    }
    if (recipe.has("pairs")) {
      return Pairs.read(recipe.section("pairs"));
    }
    return new Template(
        recipe.strings("questions").stream().map(FieldText::of).toList(),
        FieldText.of(recipe.string("answer")));
  }
}
