package org.clapperboard.serve;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.clapperboard.media.Clip;
import org.clapperboard.model.prompt.Placeholder;
import org.clapperboard.model.prompt.Turn;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ChatReaderTest {
  private static final String HELLO = "'messages': [{'role': 'user', 'content': 'hello'}]";

  private static ChatRequest read(String body) {
    return new ChatReader(1 << 20).read(body.replace('\'', '"').getBytes(UTF_8));
  }

  @Test
  void what_is_left_out_has_its_usual_value() {
    assertThat(read("{'model': 'm', " + HELLO + "}"))
        .isEqualTo(
            new ChatRequest(
                "m",
                List.of(new ChatRequest.Message(Turn.Role.USER, "hello", List.of())),
                null,
                0,
                1,
                null,
                List.of(),
                false,
                false));
  }

  @Test
  void every_field_and_every_kind_of_part_is_read() {
    ChatRequest read =
        read(
            """
            {'model': 'm', 'max_completion_tokens': 5, 'temperature': 0.5, 'top_p': 0.9, 'seed': -7,
             'stop': ['a', 'b'], 'stream': true, 'stream_options': {'include_usage': true}, 'user': 'x',
             'n': 1, 'frequency_penalty': 0.0, 'response_format': {'type': 'text'}, 'logit_bias': null,
             'messages': [
              {'role': 'developer', 'content': [{'type': 'text', 'text': 'be'}, {'type': 'text', 'text': 'brief'}]},
              {'role': 'user', 'name': 'x', 'content': [
               {'type': 'text', 'text': 'see'},
               {'type': 'video_url', 'video_url': {'url': 'a.mp4', 'start': 1, 'end': 2.5, 'mute': true}},
               {'type': 'image_url', 'image_url': {'url': 'data:image/png;base64,AAAA', 'detail': 'auto'}},
               {'type': 'audio_url', 'audio_url': {'url': 'file:///b.wav'}},
               {'type': 'input_audio', 'input_audio': {'data': 'BBBB', 'format': 'wav'}}]},
              {'role': 'assistant', 'content': 'yes', 'refusal': null, 'tool_calls': []},
              {'role': 'user', 'content': 'and'}]}
            """);
    String at = "messages[1].content[";
    assertThat(read)
        .isEqualTo(
            new ChatRequest(
                "m",
                List.of(
                    new ChatRequest.Message(Turn.Role.SYSTEM, "be\nbrief", List.of()),
                    new ChatRequest.Message(
                        Turn.Role.USER,
                        "see",
                        List.of(
                            new MediaPart(
                                Placeholder.VIDEO,
                                "a.mp4",
                                null,
                                new Clip(1, 2.5),
                                true,
                                at + "1].video_url"),
                            new MediaPart(
                                Placeholder.IMAGE,
                                null,
                                "AAAA",
                                Clip.WHOLE,
                                false,
                                at + "2].image_url"),
                            new MediaPart(
                                Placeholder.AUDIO,
                                "file:///b.wav",
                                null,
                                Clip.WHOLE,
                                false,
                                at + "3].audio_url"),
                            new MediaPart(
                                Placeholder.AUDIO,
                                null,
                                "BBBB",
                                Clip.WHOLE,
                                false,
                                at + "4].input_audio"))),
                    new ChatRequest.Message(Turn.Role.ASSISTANT, "yes", List.of()),
                    new ChatRequest.Message(Turn.Role.USER, "and", List.of())),
                5,
                0.5,
                0.9,
                -7L,
                List.of("a", "b"),
                true,
                true));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "'n': 2 | n is 2 (expected: 1).",
        "'tools': [{}] | tools is [{}] (expected: []).",
        "'logprobs': true | logprobs is true (expected: false).",
        "'presence_penalty': 0.5 | presence_penalty is 0.5 (expected: 0).",
        "'response_format': {'type': 'json_object'} | response_format is {\"type\":\"json_object\"} (expected: {\"type\":\"text\"}).",
        "'beam': 3 | beam is not known here, and was not read over.",
        "'temperature': 2.5 | temperature is not as expected (a number from 0 to 2).",
        "'top_p': 0 | top_p is not as expected (a number from above 0 to 1).",
        "'max_tokens': 0 | max_tokens is not as expected (a whole number above 0).",
        "'max_tokens': 1.5 | max_tokens is not as expected (a whole number above 0).",
        "'seed': 'x' | seed is not as expected (a whole number).",
        "'stop': ['a', ''] | stop is not as expected (strings that are not empty).",
        "'stop': ['a','b','c','d','e'] | stop is not as expected (a string or up to 4 of them).",
        "'stream': 1 | stream is not as expected (true or false).",
        "'stream_options': {} | stream_options is not as expected (only with stream: true, an object).",
      })
  void what_is_not_done_here_is_refused_by_name(String field, String message) {
    assertThatThrownBy(() -> read("{'model': 'm', " + HELLO + ", " + field + "}"))
        .hasMessage(message)
        .satisfies(e -> assertThat(((Refusal) e).status()).isEqualTo(400));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "[] | messages is not as expected (a list of messages).",
        "[{'role': 'assistant', 'content': 'a'}] | messages is not as expected (a list that ends with a message of the user's).",
        "[{'role': 'tool', 'content': 'a'}] | role is \"tool\" (expected: system, developer, user or assistant).",
        "[{'role': 'user'}] | messages[0].content is not as expected (a string or a list of parts).",
        "[{'role': 'user', 'content': 'a', 'audio': {'id': 1}}] | messages[0].audio is not as expected (nothing: it is not known here).",
        "[{'role': 'user', 'content': [{'type': 'file'}]}] | type is \"file\" (expected: text, image_url, video_url, audio_url or input_audio).",
        "[{'role': 'user', 'content': [{'type': 'image_url', 'image_url': {'url': 'data:image/png,AA'}}]}] | messages[0].content[0].image_url.url is not as expected (data:TYPE;base64,DATA).",
        "[{'role': 'system', 'content': [{'type': 'image_url', 'image_url': {'url': 'a'}}]}] | messages[0].content[0] is not as expected (a text: only the user shows something).",
      })
  void messages_that_cannot_be_understood_are_refused_with_their_place(
      String messages, String message) {
    assertThatThrownBy(() -> read("{'model': 'm', 'messages': " + messages + "}"))
        .hasMessage(message);
  }

  @Test
  void a_body_that_is_no_json_is_refused() {
    assertThatThrownBy(() -> read("{'model': 'm'"))
        .hasMessageStartingWith("The body is not JSON at line 1: Unexpected end-of-input");
    assertThatThrownBy(() -> read("{'model': 'm', 'model': 'n'}"))
        .hasMessageContaining("Duplicate field 'model'");
    assertThatThrownBy(() -> read("[1]"))
        .hasMessage("The body is not as expected (a JSON object).");
    assertThatThrownBy(() -> read("[".repeat(100))).hasMessageContaining("nesting depth");
    assertThatThrownBy(() -> read("")).hasMessage("The body is not as expected (a JSON object).");
  }
}
