package org.clapperboard.eval.judge;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.apache.hadoop.conf.Configuration;
import org.clapperboard.config.BadConfig;
import org.clapperboard.config.ConfigFile;
import org.clapperboard.eval.judge.OfflineJudge.Likeness;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class JudgeConfigTest {
  private static final JudgeCase CASE =
      JudgeCase.of("what {prediction}?", "a {question} $1", "a cat \\");

  @TempDir private Path temporary;

  private static JudgeConfig read(String yaml) {
    return ConfigFile.ofText(Path.of("exam.yaml"), yaml, List.of())
        .read(root -> JudgeConfig.read(root.section("judge"), "/kept"));
  }

  @Test
  void an_offline_judge_needs_nothing_but_its_kind() {
    assertThat(read("judge: {kind: offline}"))
        .isEqualTo(new JudgeConfig.Offline(Likeness.NORMALISED, 0.5));
    JudgeConfig cider = read("judge: {kind: offline, likeness: cider, threshold: 0.1}");
    assertThat(cider).isEqualTo(new JudgeConfig.Offline(Likeness.CIDER, 0.1));
    try (Judge judge = cider.open(new Configuration(), name -> null)) {
      assertThat(judge.name())
          .isEqualTo("offline, cider, right from 0.1 (not comparable with published figures)");
      assertThat(judge.usage()).isEqualTo(new JudgeUsage(0, 0, 0));
    }
  }

  @Test
  void an_endpoint_needs_an_address_and_a_model() {
    EndpointConfig config =
        (EndpointConfig) read("judge: {kind: endpoint, url: 'http://localhost/v1', model: m}");
    assertThat(config.request().settings())
        .isEqualTo(Map.of("temperature", 0.0, "top_p", 1.0, "max_tokens", 800));
    assertThat(config.limits().parallel()).isEqualTo(4);
    assertThat(config.limits().timeout()).isEqualTo(Duration.ofMinutes(2));
    assertThat(config.limits().calls()).isEqualTo(Long.MAX_VALUE);
    assertThat(config.keyVariable()).isEmpty();
    assertThat(config.keyHeader()).isEqualTo("authorization");
    assertThat(config.cache()).isEqualTo("/kept");
    assertThat(config.parsing()).isEqualTo(Parsing.CAREFUL);
    assertThat(config.place()).isEqualTo("exam.yaml:1");
  }

  @Test
  void everything_of_an_endpoint_can_be_set() {
    EndpointConfig config =
        (EndpointConfig)
            read(
                """
                judge:
                  kind: endpoint
                  url: https://it.example/openai/deployments/d?api-version=1
                  model: gpt
                  key-variable: THE_KEY
                  key-header: api-key
                  cache: s3a://bucket/verdicts
                  parsing: reference
                  request:
                    temperature: 0.7
                    top-p: 0.95
                    max-tokens: 10
                    parameters: {max_tokens: null, max_completion_tokens: 2000, seed: 7}
                  limits: {parallel: 16, timeout: 10s, retries: 2, first-wait: 1 ms, longest-wait: 2s, calls: 10, tokens: 5}
                  prompts:
                    qa: {user: "{question} {reference} {prediction}"}
                """);
    assertThat(config.request().settings())
        .isEqualTo(
            Map.of("temperature", 0.7, "top_p", 0.95, "max_completion_tokens", 2000, "seed", 7));
    assertThat(config.limits())
        .isEqualTo(
            new EndpointConfig.Limits(
                16, Duration.ofSeconds(10), 2, Duration.ofMillis(1), Duration.ofSeconds(2), 10, 5));
    assertThat(config.cache()).isEqualTo("s3a://bucket/verdicts");
    assertThat(config.prompts().of(JudgePrompt.QA).messages(CASE))
        .containsExactly(
            Map.of("role", "user", "content", "what {prediction}? a {question} $1 a cat \\"));
    EndpointConfig here =
        new EndpointConfig(
            config.url(),
            config.model(),
            config.keyVariable(),
            config.keyHeader(),
            temporary.toString(),
            config.parsing(),
            config.request(),
            config.limits(),
            config.prompts(),
            config.place());
    try (Judge judge = here.open(new Configuration(), Map.of("THE_KEY", "sk-1")::get)) {
      assertThat(judge.name())
          .isEqualTo(
              "gpt at https://it.example/openai/deployments/d/chat/completions, own wording of qa,"
                  + " parsed as the reference does");
    }
  }

  @Test
  void all_mistakes_are_told_at_once() {
    assertThatThrownBy(
            () ->
                read(
                    """
                    judge:
                      kind: endpoint
                      url: ftp://it.example
                      model: " "
                      key-variable: sk-1234
                      key-header: "a b"
                      parsing: carefull
                      request: {temperature: 3, parameters: {model: x}}
                      limits: {parallel: 0, retries: 50}
                      prompts:
                        qa: {user: "{question} {reference} {predicted}"}
                        qs: {user: x}
                    """))
        .isInstanceOf(BadConfig.class)
        .hasMessageContaining(
            "exam.yaml:3  judge.url is \"ftp://it.example\" (expected: an http or https address"
                + " without user, password and fragment).")
        .hasMessageContaining("exam.yaml:4  judge.model is \" \" (expected: text")
        .hasMessageContaining(
            "exam.yaml:5  judge.key-variable is \"sk-1234\" (expected: the name of a variable of"
                + " the environment). The key itself belongs into that variable.")
        .hasMessageContaining("exam.yaml:6  judge.key-header is \"a b\" (expected: the name")
        .hasMessageContaining(
            "exam.yaml:7  judge.parsing is carefull".replace("carefull", "\"carefull\""))
        .hasMessageContaining("exam.yaml:8  judge.request.temperature is 3 (expected: between 0")
        .hasMessageContaining("exam.yaml:8  judge.request.parameters.model is \"x\" (expected: no")
        .hasMessageContaining("exam.yaml:9  judge.limits.parallel is 0 (expected: between 1 and")
        .hasMessageContaining("exam.yaml:9  judge.limits.retries is 50 (expected: between 0 and")
        .hasMessageContaining("expected: a text with {prediction})")
        .hasMessageContaining(
            "(expected: of texts of the case only {question}, {reference}, {prediction})")
        .hasMessageContaining("exam.yaml:12  judge.prompts.qs is not a known key")
        .hasMessageEndingWith("12 problems; nothing was started.");
    assertThatThrownBy(() -> read("judge: {kind: offline, threshold: 2, likeness: sound}"))
        .isInstanceOf(BadConfig.class)
        .hasMessageContaining("judge.threshold is 2 (expected: at most 1).")
        .hasMessageContaining("judge.likeness is sound".replace("sound", "\"sound\""));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "https://user:secret@it.example/v1",
        "https:///v1",
        "it.example/v1",
        "https://it.example/v1#x",
        "https://it example/"
      })
  void an_address_that_is_none_is_refused(String url) {
    assertThatThrownBy(() -> read("judge: {kind: endpoint, url: '" + url + "', model: m}"))
        .isInstanceOf(BadConfig.class)
        .hasMessageContaining("(expected: an http or https address without user, password");
  }

  @Test
  void a_key_that_is_not_there_or_none_is_told_without_it() {
    JudgeConfig config =
        read("judge: {kind: endpoint, url: 'http://localhost', model: m, key-variable: THE_KEY}");
    assertThatThrownBy(() -> config.open(new Configuration(), name -> null))
        .isInstanceOf(BadConfig.class)
        .hasMessageStartingWith(
            "exam.yaml:1  key-variable is \"THE_KEY\", which is not set (expected: a variable with"
                + " the key).");
    assertThatThrownBy(() -> config.open(new Configuration(), name -> "secret\nkey"))
        .isInstanceOf(BadConfig.class)
        .hasMessageContaining("which holds no key: it has spaces or other signs")
        .hasMessageNotContaining("secret");
  }

  @ParameterizedTest
  @EnumSource(JudgePrompt.class)
  void every_prompt_is_worded_and_shows_its_case(JudgePrompt prompt) {
    PromptTexts ours = PromptTexts.ours();
    JudgeCase one = new JudgeCase(List.of("Q1", "Q2"), List.of("R1", "R2"), List.of("P1", "P2"));
    List<Map<String, String>> messages = ours.of(prompt).messages(one);
    assertThat(messages)
        .extracting(message -> message.get("role"))
        .containsExactly("system", "user");
    String user = messages.get(1).get("content");
    switch (prompt) {
      case QA, CORRECTNESS, DETAIL, CONTEXT, TEMPORAL, OPEN_ENDED ->
          assertThat(user).contains(">Q1<", ">R1<", ">P1<").doesNotContain("Q2", "R2", "P2");
      case CONSISTENCY -> assertThat(user).contains(">Q1<", ">Q2<", ">R1<", ">P1<", ">P2<");
      case CORRECTNESS_OF_SEVERAL, DETAIL_OF_SEVERAL ->
          assertThat(user).contains(">Q1<", "\n- R1\n- R2\n", ">P1<");
      case EVENTS -> assertThat(user).contains(">P1<").doesNotContain("Q1", "R1");
      case ENTAILMENT -> assertThat(user).contains(">R1<", "\n1. P1\n2. P2\n");
    }
    assertThat(user).doesNotContain("{question", "{reference", "{prediction", "{events}");
    assertThat(user)
        .contains(
            "\""
                + switch (prompt.form()) {
                  case YES_NO_AND_SCORE, SCORE -> "score";
                  case EVENTS -> "events";
                  case LABELS -> "labels";
                }
                + "\"");
    if (prompt.form() == JudgePrompt.ReplyForm.SCORE) {
      assertThat(user).contains("from 0 to " + prompt.best());
    }
    assertThat(ours.name()).isEqualTo("built-in wording");
  }
}
