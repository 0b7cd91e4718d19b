package org.clapperboard.model.prompt;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.clapperboard.config.BadData;
import org.clapperboard.model.Example;

/**
 * What was said so far, and what was shown. Immutable: every turn makes another conversation.
 *
 * @param turns who said what; each medium has its placeholder at the head of its turn
 * @param media what was shown, in the order of the placeholders
 */
public record Conversation(List<Turn> turns, List<Example.Media> media) {
  /** Nothing was said yet. */
  public static final Conversation EMPTY = new Conversation(List.of(), List.of());

  /** Copies the lists. */
  public Conversation {
    turns = List.copyOf(turns);
    media = List.copyOf(media);
  }

  /**
   * Something that is shown.
   *
   * @param kind what the model is told that it is
   * @param media what it sees and hears of it
   */
  public record Medium(Placeholder kind, Example.Media media) {}

  /** The same with an instruction of whoever set the model up. */
  public Conversation instructed(String text) {
    return with(new Turn(Turn.Role.SYSTEM, plain(text)), List.of());
  }

  /**
   * The same with a question.
   *
   * @param shown what it is about, in this order; may be empty
   * @throws BadData if the text has a placeholder in it, for which there would be no medium
   */
  public Conversation asked(List<Medium> shown, String text) {
    if (shown.isEmpty()) {
      return with(Turn.user(plain(text)), List.of());
    }
    String placeholders =
        shown.stream().map(medium -> medium.kind().text()).collect(Collectors.joining("\n"));
    return with(
        Turn.user((placeholders + "\n" + plain(text).strip()).strip()),
        shown.stream().map(Medium::media).toList());
  }

  /** The same with an answer of the model's. */
  public Conversation answered(String text) {
    return with(Turn.assistant(plain(text)), List.of());
  }

  /** What the model is given to answer the last question. */
  public Example prompt(Prompts prompts) {
    return prompts.written(turns).with(media);
  }

  private static String plain(String text) {
    Placeholder.in(text)
        .ifPresent(
            placeholder -> {
              throw new BadData(
                  "Cannot put \""
                      + text
                      + "\" into a conversation: "
                      + placeholder.text()
                      + " stands for what is shown, and may not be written.");
            });
    return text;
  }

  private Conversation with(Turn turn, List<Example.Media> shown) {
    List<Turn> longer = new ArrayList<>(turns);
    longer.add(turn);
    List<Example.Media> more = new ArrayList<>(media);
    more.addAll(shown);
    return new Conversation(longer, more);
  }
}
