package org.clapperboard.serve;

import static org.assertj.core.api.Assertions.assertThat;

import com.openai.core.http.StreamResponse;
import com.openai.models.chat.completions.ChatCompletion;
import com.openai.models.chat.completions.ChatCompletionChunk;
import com.openai.models.chat.completions.ChatCompletionContentPart;
import com.openai.models.chat.completions.ChatCompletionContentPartInputAudio;
import com.openai.models.chat.completions.ChatCompletionContentPartText;
import com.openai.models.chat.completions.ChatCompletionStreamOptions;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import org.clapperboard.eval.MediaFiles;
import org.clapperboard.media.Clip;
import org.clapperboard.model.Sampling;
import org.clapperboard.model.prompt.Conversation;
import org.junit.jupiter.api.Test;

/** Answers as clients get them: OpenAI's own client where that can say it, plain HTTP elsewhere. */
class ServerIT extends ServerCase {

  @Test
  void a_conversation_is_answered_as_the_model_does_alone() {
    ChatCompletion answer =
        client
            .chat()
            .completions()
            .create(
                params()
                    .addSystemMessage("be brief")
                    .addUserMessage("hello")
                    .addAssistantMessage("yes ?")
                    .addUserMessage("who ?")
                    .build());
    Conversation said =
        Conversation.EMPTY
            .instructed("be brief")
            .asked(List.of(), "hello")
            .answered("yes ?")
            .asked(List.of(), "who ?");
    assertThat(text(answer)).isEqualTo(alone(said, Sampling.GREEDY, MOST)).isNotEmpty();
    assertThat(answer.model()).isEqualTo("tiny");
    assertThat(answer.choices().get(0).finishReason().toString()).isEqualTo("length");
    int length = said.prompt(oracle.tokenizer().prompts()).ids().length;
    assertThat(answer.usage().orElseThrow().promptTokens()).isEqualTo(length);
    assertThat(answer.usage().orElseThrow().completionTokens()).isEqualTo(MOST);
    assertThat(client.models().list().data().get(0).id()).isEqualTo("tiny");
  }

  @Test
  void a_stream_brings_the_same_text_in_whole_characters() {
    List<ChatCompletionChunk> chunks = new ArrayList<>();
    try (StreamResponse<ChatCompletionChunk> stream =
        client
            .chat()
            .completions()
            .createStreaming(
                params()
                    .addUserMessage("hello")
                    .streamOptions(ChatCompletionStreamOptions.builder().includeUsage(true).build())
                    .build())) {
      stream.stream().forEach(chunks::add);
    }
    List<String> parts =
        chunks.stream()
            .flatMap(chunk -> chunk.choices().stream())
            .flatMap(choice -> choice.delta().content().stream())
            .toList();
    assertThat(parts).hasSizeGreaterThan(3);
    assertThat(String.join("", parts)).isEqualTo(alone("hello"));
    ChatCompletionChunk last = chunks.get(chunks.size() - 1);
    assertThat(last.choices()).isEmpty();
    assertThat(last.usage().orElseThrow().completionTokens()).isEqualTo(MOST);
  }

  @Test
  void an_answer_ends_before_a_stop() {
    String whole = alone("hello");
    String stop = whole.substring(4, 6);
    ChatCompletion answer =
        client.chat().completions().create(params().addUserMessage("hello").stop(stop).build());
    assertThat(text(answer)).isEqualTo(whole.substring(0, whole.indexOf(stop)));
    assertThat(answer.choices().get(0).finishReason().toString()).isEqualTo("stop");
  }

  @Test
  void pictures_and_sounds_come_with_the_request_or_from_the_folder() throws IOException {
    byte[] wav = TinyModel.sound();
    Path sound = Files.write(temporary.resolve("a.wav"), wav);
    MediaFiles files = new MediaFiles(oracle.folder(), Clip.WHOLE);
    Conversation said =
        Conversation.EMPTY.asked(
            List.of(files.image(root.resolve("a.png")), files.audio(sound)), "what ?");
    for (String url :
        List.of(
            "a.png",
            root.resolve("a.png").toUri().toString(),
            data("image/png", TinyModel.picture()))) {
      ChatCompletion answer =
          client
              .chat()
              .completions()
              .create(
                  params()
                      .addUserMessageOfArrayOfContentParts(
                          List.of(
                              image(url),
                              ChatCompletionContentPart.ofInputAudio(
                                  ChatCompletionContentPartInputAudio.builder()
                                      .inputAudio(
                                          ChatCompletionContentPartInputAudio.InputAudio.builder()
                                              .data(Base64.getEncoder().encodeToString(wav))
                                              .format(
                                                  ChatCompletionContentPartInputAudio.InputAudio
                                                      .Format.WAV)
                                              .build())
                                      .build()),
                              ChatCompletionContentPart.ofText(
                                  ChatCompletionContentPartText.builder().text("what ?").build())))
                      .build());
      assertThat(text(answer)).as(url).isEqualTo(alone(said, Sampling.GREEDY, MOST));
    }
  }

  @Test
  void a_video_is_shown_whole_or_in_part_with_its_sound_or_without() throws Exception {
    Path video = root.resolve("a.mp4");
    MediaFiles whole = new MediaFiles(oracle.folder(), Clip.WHOLE);
    MediaFiles part = new MediaFiles(oracle.folder(), new Clip(0.5, 1));
    String first = videoAnswer("{'url': 'a.mp4'}");
    assertThat(first).isEqualTo(about(whole.video(video, false)));
    assertThat(videoAnswer("{'url': '" + data("video/mp4", TinyModel.video()) + "'}"))
        .isEqualTo(first);
    assertThat(videoAnswer("{'url': 'a.mp4', 'start': 0.5, 'end': 1, 'mute': true}"))
        .isEqualTo(about(part.video(video, true)))
        .isNotEqualTo(first);
  }

  private static String about(Conversation.Medium medium) {
    return alone(Conversation.EMPTY.asked(List.of(medium), "what ?"), Sampling.GREEDY, MOST);
  }

  private static String videoAnswer(String link) throws Exception {
    HttpResponse<String> response = post(server, KEY, videoBody(link));
    assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
    return JSON.readTree(response.body()).at("/choices/0/message/content").asText();
  }
}
