package org.clapperboard.model.prompt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.FloatBuffer;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.clapperboard.config.BadData;
import org.clapperboard.model.Example;
import org.clapperboard.model.prompt.Conversation.Medium;
import org.junit.jupiter.api.Test;

class ConversationTest {
  /** One id a character, so that ids can be read. */
  private static final Prompts LETTERS =
      new Prompts(
          new ChatTemplate(
              "{% for m in messages %}[{{ m['role'] }}]{{ m['content'] }};{% endfor %}"
                  + "{% if add_generation_prompt %}[assistant]{% endif %}",
              Map.of()),
          text -> text.chars().toArray());

  private final Medium clip = medium(Placeholder.VIDEO);
  private final Medium sound = medium(Placeholder.AUDIO);
  private final Medium still = medium(Placeholder.IMAGE);

  private static Medium medium(Placeholder kind) {
    return new Medium(kind, new Example.Media(null, FloatBuffer.allocate(1)));
  }

  @Test
  void one_medium_stands_before_its_question_as_in_training() {
    Example prompt = Conversation.EMPTY.asked(List.of(clip), " what is it ?").prompt(LETTERS);
    assertThat(read(prompt)).isEqualTo("[user]<video>\nwhat is it ?;[assistant]");
    assertThat(prompt.ids())
        .isEqualTo(LETTERS.question(List.of(Turn.user("<video>\nwhat is it ?"))).ids());
    assertThat(prompt.media()).containsExactly(clip.media());
    assertThat(prompt.labelled()).isZero();
  }

  @Test
  void several_media_keep_their_order_also_two_of_a_kind() {
    Example prompt =
        Conversation.EMPTY.asked(List.of(sound, clip, still, clip), "same ?").prompt(LETTERS);
    assertThat(read(prompt))
        .isEqualTo("[user]<audio>\n<video>\n<image>\n<video>\nsame ?;[assistant]");
    assertThat(prompt.media())
        .containsExactly(sound.media(), clip.media(), still.media(), clip.media());
  }

  @Test
  void what_was_said_before_comes_first_and_the_shorter_conversation_stays() {
    Conversation first =
        Conversation.EMPTY.instructed("be brief").asked(List.of(still), "colour ?");
    Conversation second = first.answered("red").asked(List.of(sound), "and now ?");
    assertThat(read(second.prompt(LETTERS)))
        .isEqualTo(
            "[system]be brief;[user]<image>\ncolour ?;[assistant]red;"
                + "[user]<audio>\nand now ?;[assistant]");
    assertThat(read(first.prompt(LETTERS)))
        .isEqualTo("[system]be brief;[user]<image>\ncolour ?;[assistant]");
  }

  @Test
  void a_question_without_media_is_left_as_it_was_written() {
    assertThat(read(Conversation.EMPTY.asked(List.of(), " hello ").prompt(LETTERS)))
        .isEqualTo("[user] hello ;[assistant]");
  }

  @Test
  void a_placeholder_that_somebody_wrote_is_refused() {
    assertThatThrownBy(() -> Conversation.EMPTY.asked(List.of(clip), "is <audio> a sound ?"))
        .isInstanceOf(BadData.class)
        .hasMessage(
            "Cannot put \"is <audio> a sound ?\" into a conversation:"
                + " <audio> stands for what is shown, and may not be written.");
  }

  private static String read(Example prompt) {
    StringBuilder text = new StringBuilder();
    IntStream.of(prompt.ids())
        .forEach(
            id -> {
              for (Placeholder placeholder : Placeholder.values()) {
                text.append(placeholder.id() == id ? placeholder.text() : "");
              }
              text.append(id < 0 ? "" : Character.toString(id));
            });
    return text.toString();
  }
}
