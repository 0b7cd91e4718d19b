package org.clapperboard.model.prompt;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.clapperboard.model.Example;
import org.clapperboard.model.prompt.ChatTemplate.GenerationPrompt;

/**
 * Conversations to token ids and labels (reference train.py, preprocess and its siblings).
 *
 * <p>Thread-safe as far as the encoder is.
 */
public final class Prompts {
  private final ChatTemplate template;
  private final TextEncoder encoder;

  /** How a conversation of training data is written. */
  public enum Style {
    /** Every turn in the chat template; the answers are learned. */
    CHAT,
    /**
     * The question's text is dropped, the placeholder alone is the user's turn of the chat
     * template; the answer is learned. The reference's audio-visual branch pre-trains so.
     */
    BARE,
    /**
     * Question, a blank and answer without any template; everything but the placeholder is learned.
     * The reference's main branch pre-trains so.
     */
    PLAIN
  }

  /**
   * A conversation as ids; placeholders have their negative ids.
   *
   * @param ids token ids
   * @param labels the id where it is learned, {@link Example#IGNORED} elsewhere
   */
  public record Tokens(int[] ids, int[] labels) {

    /** With its media, a row of a batch. */
    public Example with(List<Example.Media> media) {
      return new Example(ids, labels, media);
    }
  }

  /** Prompts in a checkpoint's template, encoded by its tokenizer. */
  public Prompts(ChatTemplate template, TextEncoder encoder) {
    this.template = template;
    this.encoder = encoder;
  }

  /** A conversation of training data. */
  public Tokens training(List<Turn> conversation, Style style) {
    List<Turn> turns = withPlaceholdersFirst(conversation);
    if (!turns.isEmpty() && turns.get(0).role() == Turn.Role.ASSISTANT) {
      turns = turns.subList(1, turns.size());
    }
    if (turns.isEmpty() || turns.size() % 2 != 0) {
      throw new IllegalArgumentException(
          "a conversation has "
              + turns.size()
              + " turns (expected: questions and answers in turn)");
    }
    return switch (style) {
      case CHAT -> chat(turns);
      case BARE -> chat(List.of(bare(turns.get(0)), turns.get(1)));
      case PLAIN -> plain(turns);
    };
  }

  /** A conversation that ends with a question, ready for the model to answer. */
  public Tokens question(List<Turn> conversation) {
    return written(withPlaceholdersFirst(conversation));
  }

  /** The same for an answer that has begun with a text, which the model goes on from. */
  public Tokens question(List<Turn> conversation, String begun) {
    int[] asked = question(conversation).ids();
    int[] said = begun.isEmpty() ? new int[0] : encoder.encode(begun);
    int[] ids = Arrays.copyOf(asked, asked.length + said.length);
    System.arraycopy(said, 0, ids, asked.length, said.length);
    int[] labels = new int[ids.length];
    Arrays.fill(labels, Example.IGNORED);
    return new Tokens(ids, labels);
  }

  /** The same with every placeholder left where it stands, so that a turn may have several. */
  Tokens written(List<Turn> turns) {
    int[] ids = encode(template.render(turns, GenerationPrompt.ADDED));
    int[] labels = new int[ids.length];
    Arrays.fill(labels, Example.IGNORED);
    return new Tokens(ids, labels);
  }

  /**
   * Answers are found by length: what the rendering up to an answer has fewer tokens than the
   * rendering that includes it is the answer, its ending token included.
   */
  private Tokens chat(List<Turn> turns) {
    int[] ids = encode(template.render(turns, GenerationPrompt.LEFT_OUT));
    int[] labels = new int[ids.length];
    Arrays.fill(labels, Example.IGNORED);
    for (int answer = 1; answer < turns.size(); answer += 2) {
      List<Turn> before = turns.subList(0, answer);
      List<Turn> with = turns.subList(0, answer + 1);
      int start = encode(template.render(before, GenerationPrompt.ADDED)).length;
      boolean last = answer + 1 == turns.size();
      int end = last ? ids.length : encode(template.render(with, GenerationPrompt.LEFT_OUT)).length;
      System.arraycopy(ids, start, labels, start, end - start);
    }
    return new Tokens(ids, labels);
  }

  private Tokens plain(List<Turn> turns) {
    int[] ids = encode(turns.get(0).text() + " " + turns.get(1).text());
    int[] labels = Arrays.stream(ids).map(id -> id < 0 ? Example.IGNORED : id).toArray();
    return new Tokens(ids, labels);
  }

  private static Turn bare(Turn question) {
    return new Turn(
        question.role(),
        Placeholder.in(question.text())
            .map(Placeholder::text)
            .orElseThrow(
                () ->
                    new IllegalArgumentException(
                        "the question \"" + question.text() + "\" has no placeholder to keep")));
  }

  /** Moves a turn's placeholder to its head, once, on a line of its own. */
  private static List<Turn> withPlaceholdersFirst(List<Turn> turns) {
    return turns.stream()
        .map(
            turn -> {
              Optional<Placeholder> found = Placeholder.in(turn.text());
              return found.map(placeholder -> moved(turn, placeholder)).orElse(turn);
            })
        .toList();
  }

  private static Turn moved(Turn turn, Placeholder placeholder) {
    String rest = turn.text().replace(placeholder.text(), "").strip();
    return new Turn(turn.role(), (placeholder.text() + "\n" + rest).strip());
  }

  /** Each piece between placeholders is encoded by itself. */
  private int[] encode(String text) {
    List<int[]> pieces = new ArrayList<>();
    String rest = text;
    for (Optional<Placeholder> next = Placeholder.in(rest);
        next.isPresent();
        next = Placeholder.in(rest)) {
      Placeholder placeholder = next.orElseThrow();
      int at = rest.indexOf(placeholder.text());
      pieces.add(encoder.encode(rest.substring(0, at)));
      pieces.add(new int[] {placeholder.id()});
      rest = rest.substring(at + placeholder.text().length());
    }
    pieces.add(encoder.encode(rest));
    return pieces.stream().flatMapToInt(Arrays::stream).toArray();
  }
}
