package org.clapperboard.data.recipe;

import java.io.Serializable;
import java.util.List;
import org.clapperboard.config.Section;

/** Where the questions and answers of a sample come from. */
public sealed interface ConversationRule extends Serializable {

  /**
   * A list of turns as LLaVA writes it: objects with {@code from} (human, gpt) and {@code value}.
   *
   * @param field the field that holds it
   */
  record Turns(String field) implements ConversationRule {}

  /**
   * One of several questions, chosen by a hash of the sample's id, and a text as the answer.
   *
   * @param questions texts to choose from
   * @param answer text of the answer
   */
  record Template(List<String> questions, String answer) implements ConversationRule {
    public Template {
      questions = List.copyOf(questions);
    }
  }

  /** Reads {@code conversations: field}, or {@code questions} and {@code answer}. */
  static ConversationRule read(Section recipe) {
    if (recipe.has("conversations")) {
      return new Turns(recipe.string("conversations"));
    }
    return new Template(recipe.strings("questions"), recipe.string("answer"));
  }
}
