package org.clapperboard.eval.judge;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.clapperboard.config.BadConfig;
import org.clapperboard.config.BadData;
import org.clapperboard.config.ConfigFile;
import org.clapperboard.config.InternalFailure;
import org.clapperboard.eval.judge.JudgeServer.Answer;
import org.clapperboard.eval.judge.JudgeServer.Manner;
import org.clapperboard.eval.judge.Verdict.Outcome;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Against a server that speaks the protocol over real connections. */
@Timeout(60)
class EndpointJudgeIT {
  private static final String KEY = "sk-very-secret";
  private static final String HASTY = "limits: {first-wait: 1ms, timeout: 1500ms, retries: 2}";

  @TempDir private Path kept;

  private Judge open(JudgeServer server, String settings) {
    return open(server.url(), settings);
  }

  private Judge open(String url, String settings) {
    String yaml =
        """
        judge:
          kind: endpoint
          url: %s
          model: judge-1
          key-variable: THE_KEY
        """
            .formatted(url);
    return ConfigFile.ofText(Path.of("exam.yaml"), yaml + settings.indent(2), List.of())
        .read(root -> JudgeConfig.read(root.section("judge"), kept.toString()))
        .open(new Configuration(), Map.of("THE_KEY", KEY)::get);
  }

  private static JudgeCase about(int number) {
    return JudgeCase.of("what is it?", "a dog", "dog number " + number);
  }

  private static List<JudgeCase> cases(int count) {
    return IntStream.range(0, count).mapToObj(EndpointJudgeIT::about).toList();
  }

  private static List<Outcome> outcomes(List<Verdict> verdicts) {
    return verdicts.stream().map(Verdict::outcome).toList();
  }

  private List<String> files() throws IOException {
    try (Stream<Path> files = Files.list(kept)) {
      return files.map(file -> file.getFileName().toString()).sorted().toList();
    }
  }

  @Test
  void a_case_is_asked_about_as_configured() throws Exception {
    try (JudgeServer server = new JudgeServer((n, body) -> Answer.yes());
        Judge judge = open(server, "request: {max-tokens: 50, parameters: {seed: 7}}")) {
      Verdict verdict = judge.judge(JudgePrompt.QA, about(1));
      assertThat(verdict)
          .isEqualTo(Verdict.of(Outcome.STRICT, true, 4.0, "{\"pred\": \"yes\", \"score\": 4}"));
      assertThat(server.heads()).containsExactly("POST /v1/chat/completions Bearer " + KEY);
      Map<?, ?> body = new ObjectMapper().readValue(server.bodies().get(0), Map.class);
      assertThat(body.keySet().stream().map(Object::toString))
          .containsExactly("max_tokens", "messages", "model", "seed", "temperature", "top_p");
      assertThat(body.get("model")).isEqualTo("judge-1");
      assertThat(body.get("temperature")).isEqualTo(0.0);
      assertThat(server.bodies().get(0)).contains("dog number 1");
      assertThat(judge.usage()).isEqualTo(new JudgeUsage(1, 100, 0));
      assertThat(judge.name())
          .isEqualTo("judge-1 at " + server.url() + "/chat/completions, built-in wording");
    }
  }

  static Stream<Arguments> troubles() {
    Answer yes = Answer.yes();
    return Stream.of(
        Arguments.of("busy", Answer.of(429, "{\"error\":{\"message\":\"slow down\"}}")),
        Arguments.of("broken", Answer.of(500, "oops")),
        Arguments.of("gateway", Answer.of(502, "<html>Bad Gateway</html>")),
        Arguments.of("away", Answer.of(503, "")),
        Arguments.of("no JSON", Answer.of(200, "<html>Hello</html>")),
        Arguments.of("nothing", Answer.of(200, "")),
        Arguments.of("no choice", Answer.of(200, "{\"choices\":[]}")),
        Arguments.of("an error in disguise", Answer.of(200, "{\"error\":{\"message\":\"x\"}}")),
        Arguments.of("no text", Answer.of(200, "{\"choices\":[{\"message\":{\"content\":null}}]}")),
        Arguments.of("cut before", yes.sent(Manner.CUT_BEFORE_HEADERS)),
        Arguments.of("cut within", yes.sent(Manner.CUT_IN_BODY)),
        Arguments.of("dripping", yes.sent(Manner.DRIPPING)),
        Arguments.of("endless", yes.sent(Manner.ENDLESS)),
        Arguments.of("slow", yes.after(Duration.ofSeconds(10))));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("troubles")
  void what_may_pass_is_asked_again(String name, Answer trouble) throws Exception {
    try (JudgeServer server = new JudgeServer((n, body) -> n == 1 ? trouble : Answer.yes());
        Judge judge = open(server, HASTY)) {
      assertThat(judge.judge(JudgePrompt.QA, about(1)).outcome()).isEqualTo(Outcome.STRICT);
      assertThat(server.bodies()).hasSize(2);
      assertThat(server.bodies().get(0)).isEqualTo(server.bodies().get(1));
    }
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("troubles")
  void what_does_not_pass_fails_after_the_last_attempt_and_is_not_kept(String name, Answer trouble)
      throws Exception {
    try (JudgeServer server = new JudgeServer((n, body) -> trouble);
        Judge judge = open(server, "limits: {first-wait: 1ms, timeout: 700ms, retries: 1}")) {
      Verdict verdict = judge.judge(JudgePrompt.QA, about(1));
      assertThat(verdict.outcome()).isEqualTo(Outcome.FAILED);
      assertThat(verdict.correct()).isNull();
      assertThat(verdict.why()).startsWith("There is no reply after 2 attempts: ");
      assertThat(server.bodies()).hasSize(2);
    }
    assertThat(files()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({"429, Retry-After, 1", "503, retry-after-ms, 1000"})
  void all_leave_a_busy_endpoint_alone_for_as_long_as_it_wants(
      int status, String header, String value) throws Exception {
    long[] times = new long[6];
    try (JudgeServer server =
            new JudgeServer(
                (n, body) -> {
                  times[n] = System.nanoTime();
                  return n == 1
                      ? Answer.of(status, "{}").with(header, value)
                      : Answer.yes().after(Duration.ofMillis(n == 2 ? 500 : 0));
                });
        Judge judge = open(server, "limits: {first-wait: 1ms, parallel: 2}")) {
      assertThat(judge.judge(JudgePrompt.QA, cases(4))).allMatch(Verdict::given);
      // The second was under way already.
      assertThat(times[3] - times[1]).isGreaterThanOrEqualTo(TimeUnit.MILLISECONDS.toNanos(990));
      assertThat(server.bodies()).hasSize(5);
    }
  }

  @Test
  void an_endpoint_that_wants_to_be_left_alone_for_too_long_is() throws Exception {
    String inAnHour =
        DateTimeFormatter.RFC_1123_DATE_TIME.format(ZonedDateTime.now(ZoneOffset.UTC).plusHours(1));
    try (JudgeServer server =
            new JudgeServer((n, body) -> Answer.of(429, "{}").with("Retry-After", inAnHour));
        Judge judge = open(server, "limits: {parallel: 1, longest-wait: 10s}")) {
      List<Verdict> verdicts = judge.judge(JudgePrompt.QA, cases(3));
      assertThat(outcomes(verdicts)).containsOnly(Outcome.FAILED);
      assertThat(verdicts.get(0).why()).isEqualTo("There is no reply: it answers 429 ({}).");
      assertThat(verdicts.get(2).why())
          .matches("It was not asked: the endpoint wants to be left alone for 3\\d\\d\\d s\\.");
      assertThat(server.bodies()).hasSize(1);
    }
  }

  static Stream<Arguments> refusals() {
    String filtered = "{\"error\":{\"message\":\"Filtered.\",\"code\":\"content_filter\"}}";
    String moderated = "{\"error\":{\"message\":\"Flagged\",\"type\":\"moderation\",\"code\":403}}";
    String inner =
        "{\"error\":{\"message\":\"No\",\"innererror\":{\"code\":\"ResponsibleAIPolicyViolation\"}}}";
    String choice = "{\"choices\":[{\"finish_reason\":\"%s\",\"message\":{\"content\":%s%s}}]}";
    return Stream.of(
        Arguments.of(Answer.of(400, filtered), "The endpoint refused: Filtered."),
        Arguments.of(Answer.of(403, moderated), "The endpoint refused: Flagged."),
        Arguments.of(Answer.of(400, inner), "The endpoint refused: No."),
        Arguments.of(
            Answer.of(200, choice.formatted("content_filter", "null", "")),
            "The endpoint refused."),
        Arguments.of(
            Answer.of(200, choice.formatted("stop", "null", ",\"refusal\":\"I can't.\"")),
            "The endpoint refused: I can't."));
  }

  @ParameterizedTest
  @MethodSource("refusals")
  void a_refusal_is_told_and_kept_and_never_asked_again(Answer refusal, String why)
      throws Exception {
    try (JudgeServer server = new JudgeServer((n, body) -> refusal)) {
      for (int run = 0; run < 2; run++) {
        try (Judge judge = open(server, HASTY)) {
          assertThat(judge.judge(JudgePrompt.QA, about(1)))
              .isEqualTo(Verdict.none(Outcome.REFUSED, "", why));
          assertThat(judge.usage().kept()).isEqualTo(run);
        }
      }
      assertThat(server.bodies()).hasSize(1);
    }
  }

  @Test
  void a_wrong_key_ends_it_for_all_without_telling_the_key() throws Exception {
    String wrong = "{\"error\":{\"message\":\"Incorrect API key provided: " + KEY + ".\"}}";
    try (JudgeServer server = new JudgeServer((n, body) -> Answer.of(401, wrong));
        Judge judge = open(server, "limits: {parallel: 2}")) {
      assertThatThrownBy(() -> judge.judge(JudgePrompt.QA, cases(50)))
          .isInstanceOf(BadConfig.class)
          .hasMessageStartingWith(
              "exam.yaml:1  judge cannot ask judge-1 at "
                  + server.url()
                  + "/chat/completions: it answers 401 (Incorrect API key provided: ***). The key"
                  + " was that of THE_KEY.")
          .hasMessageNotContaining(KEY);
      assertThat(server.bodies()).hasSizeLessThanOrEqualTo(2);
    }
  }

  @Test
  void an_unknown_model_and_a_place_elsewhere_end_it_too() throws Exception {
    String unknown = "{\"error\":{\"message\":\"The model judge-1 does not exist\"}}";
    try (JudgeServer server = new JudgeServer((n, body) -> Answer.of(404, unknown));
        Judge judge = open(server, HASTY)) {
      assertThatThrownBy(() -> judge.judge(JudgePrompt.QA, about(1)))
          .isInstanceOf(BadConfig.class)
          .hasMessageContaining("it answers 404 (The model judge-1 does not exist).");
    }
    AtomicReference<String> elsewhere = new AtomicReference<>();
    try (JudgeServer target = new JudgeServer((n, body) -> Answer.yes());
        JudgeServer server =
            new JudgeServer((n, body) -> Answer.of(307, "").with("Location", elsewhere.get()));
        Judge judge = open(server, HASTY)) {
      elsewhere.set(target.url() + "/chat/completions");
      assertThatThrownBy(() -> judge.judge(JudgePrompt.QA, about(1)))
          .isInstanceOf(BadConfig.class)
          .hasMessageContaining("it answers 307.");
      assertThat(target.heads()).isEmpty();
    }
  }

  @Test
  void one_request_that_is_rejected_does_not_end_it() throws Exception {
    String large = "{\"error\":{\"message\":\"too many tokens\",\"code\":\"context_length\"}}";
    try (JudgeServer server =
            new JudgeServer(
                (n, body) -> body.contains("dog number 2") ? Answer.of(400, large) : Answer.yes());
        Judge judge = open(server, HASTY)) {
      List<Verdict> verdicts = judge.judge(JudgePrompt.QA, cases(6));
      assertThat(verdicts.get(2))
          .isEqualTo(
              Verdict.none(
                  Outcome.FAILED, "", "There is no reply: it answers 400 (too many tokens)."));
      assertThat(verdicts.stream().filter(Verdict::given)).hasSize(5);
      assertThat(server.bodies()).hasSize(6);
    }
  }

  @Test
  void requests_that_are_all_rejected_end_it() throws Exception {
    String wrong = "{\"error\":{\"message\":\"max_tokens is not supported\"}}";
    try (JudgeServer server = new JudgeServer((n, body) -> Answer.of(400, wrong));
        Judge judge = open(server, "limits: {parallel: 1}")) {
      assertThatThrownBy(() -> judge.judge(JudgePrompt.QA, cases(50)))
          .isInstanceOf(BadConfig.class)
          .hasMessageContaining("it answers 400 (max_tokens is not supported).");
      assertThat(server.bodies()).hasSize(5);
    }
  }

  @Test
  void an_account_without_money_ends_it_and_so_does_an_endpoint_that_is_gone() throws Exception {
    String empty = "{\"error\":{\"message\":\"no credit\",\"code\":\"insufficient_quota\"}}";
    try (JudgeServer server = new JudgeServer((n, body) -> Answer.of(429, empty));
        Judge judge = open(server, "limits: {parallel: 1}")) {
      List<Verdict> verdicts = judge.judge(JudgePrompt.QA, cases(9));
      assertThat(outcomes(verdicts)).containsOnly(Outcome.FAILED);
      assertThat(verdicts.get(8).why()).isEqualTo("It was not asked: it answers 429 (no credit).");
      assertThat(server.bodies()).hasSize(1);
    }
    int closed;
    try (ServerSocket socket = new ServerSocket(0)) {
      closed = socket.getLocalPort();
    }
    try (Judge judge =
        open("http://127.0.0.1:" + closed, "limits: {parallel: 1, retries: 1, first-wait: 1ms}")) {
      List<Verdict> verdicts = judge.judge(JudgePrompt.QA, cases(100));
      assertThat(outcomes(verdicts)).containsOnly(Outcome.FAILED);
      assertThat(verdicts.get(0).why())
          .startsWith("There is no reply after 2 attempts: the connection failed (");
      assertThat(verdicts.get(99).why())
          .startsWith("It was not asked: 5 cases in a row got no reply, the last one because the");
      assertThat(judge.usage().calls()).isEqualTo(10);
    }
  }

  @Test
  void a_budget_ends_the_asking_and_the_next_run_asks_the_rest() throws Exception {
    try (JudgeServer server = new JudgeServer((n, body) -> Answer.yes())) {
      try (Judge judge = open(server, "limits: {parallel: 1, calls: 3}")) {
        List<Verdict> verdicts = judge.judge(JudgePrompt.QA, cases(10));
        JudgeTally tally = JudgeTally.of(verdicts);
        assertThat(tally.outcomes())
            .containsEntry(Outcome.STRICT, 3L)
            .containsEntry(Outcome.BUDGET_SPENT, 7L);
        assertThat(tally.unjudged()).isEqualTo(7);
        assertThat(tally.all().accuracy()).hasValue(1);
        assertThat(verdicts.get(9).why()).isEqualTo("The budget of calls or tokens is spent.");
      }
      try (Judge judge = open(server, "limits: {parallel: 1, tokens: 150}")) {
        List<Verdict> verdicts = judge.judge(JudgePrompt.QA, cases(10));
        assertThat(JudgeTally.of(verdicts).outcomes())
            .containsEntry(Outcome.STRICT, 5L)
            .containsEntry(Outcome.BUDGET_SPENT, 5L);
        assertThat(judge.usage()).isEqualTo(new JudgeUsage(2, 200, 3));
      }
      try (Judge judge = open(server, "limits: {parallel: 3}")) {
        assertThat(judge.judge(JudgePrompt.QA, cases(10))).allMatch(Verdict::given);
        assertThat(judge.usage()).isEqualTo(new JudgeUsage(5, 500, 5));
      }
      assertThat(server.bodies()).hasSize(10).doesNotHaveDuplicates();
    }
  }

  @Test
  void a_killed_run_loses_no_reply_and_the_next_asks_nothing_twice() throws Exception {
    CountDownLatch sixteen = new CountDownLatch(16);
    try (JudgeServer server =
        new JudgeServer(
            (n, body) -> {
              sixteen.countDown();
              // Passes only if 16 requests are here at the same time.
              return sixteen.await(20, TimeUnit.SECONDS) ? Answer.yes() : Answer.of(500, "");
            })) {
      Judge killed = open(server, "limits: {parallel: 16, retries: 0}");
      assertThat(killed.judge(JudgePrompt.QA, cases(150))).allMatch(Verdict::given);
      assertThat(server.most()).isEqualTo(16);
      assertThat(files().stream().filter(name -> name.startsWith("reply-")).count())
          .isBetween(1L, 63L);
      try (Judge again = open(server, "limits: {parallel: 16}")) {
        List<Verdict> verdicts = again.judge(JudgePrompt.QA, cases(151));
        assertThat(verdicts).allMatch(Verdict::given);
        assertThat(again.usage()).isEqualTo(new JudgeUsage(1, 100, 150));
      }
      assertThat(server.bodies()).hasSize(151).doesNotHaveDuplicates();
      assertThat(files()).hasSizeBetween(2, 4).allMatch(name -> name.startsWith("replies-"));
    }
  }

  @Test
  void what_was_left_beside_the_file_that_has_it_is_cleared_away() throws Exception {
    try (JudgeServer server = new JudgeServer((n, body) -> Answer.yes())) {
      Judge killed = open(server, "");
      killed.judge(JudgePrompt.QA, cases(2));
      List<String> single = files();
      assertThat(single).hasSize(2);
      byte[] first = Files.readAllBytes(kept.resolve(single.get(0)));
      open(server, "").close();
      Files.write(kept.resolve(single.get(0)), first);
      open(server, "").close();
      assertThat(files()).hasSize(1).allMatch(name -> name.startsWith("replies-"));
      try (Judge judge = open(server, "")) {
        judge.judge(JudgePrompt.QA, cases(2));
        assertThat(judge.usage()).isEqualTo(new JudgeUsage(0, 0, 2));
      }
    }
  }

  @Test
  void verdicts_belong_to_what_was_asked_and_not_to_where() throws Exception {
    try (JudgeServer here = new JudgeServer((n, body) -> Answer.yes());
        JudgeServer there = new JudgeServer((n, body) -> Answer.yes())) {
      try (Judge judge = open(here, "")) {
        List<JudgeCase> twice = List.of(about(1), about(1));
        assertThat(judge.judge(JudgePrompt.QA, twice)).allMatch(Verdict::given).hasSize(2);
        assertThat(here.bodies()).hasSize(1);
      }
      try (Judge judge = open(there, "parsing: reference")) {
        assertThat(judge.judge(JudgePrompt.QA, about(1)).score()).isEqualTo(4);
        assertThat(there.bodies()).isEmpty();
        judge.judge(JudgePrompt.DETAIL, about(1));
        assertThat(there.bodies()).hasSize(1);
      }
      try (Judge judge = open(there, "request: {temperature: 0.7}")) {
        judge.judge(JudgePrompt.QA, about(1));
        assertThat(there.bodies()).hasSize(2);
      }
    }
  }

  @Test
  void neither_key_nor_broken_letters_get_into_what_is_kept() throws Exception {
    String reply = "I know " + KEY + " \\ud800 score: 3";
    try (JudgeServer server = new JudgeServer((n, body) -> Answer.says(reply));
        Judge judge = open(server, HASTY)) {
      Verdict verdict = judge.judge(JudgePrompt.DETAIL, JudgeCase.of("what?", "a", "b \ud800"));
      assertThat(verdict)
          .isEqualTo(Verdict.of(Outcome.LENIENT, null, 3.0, "I know *** ? score: 3"));
      assertThat(server.bodies().get(0)).contains("b ?");
    }
    for (String file : files()) {
      assertThat(Files.readString(kept.resolve(file))).contains("I know ***").doesNotContain(KEY);
    }
  }

  @Test
  void a_reply_that_was_cut_or_says_nothing_is_no_verdict() throws Exception {
    String cut =
        "{\"choices\":[{\"finish_reason\":\"length\",\"message\":{\"content\":\"Let me see\"}}]}";
    try (JudgeServer server =
            new JudgeServer((n, body) -> n == 1 ? Answer.of(200, cut) : Answer.says("Hm."));
        Judge judge = open(server, HASTY)) {
      assertThat(judge.judge(JudgePrompt.QA, about(1)))
          .isEqualTo(
              Verdict.none(
                  Outcome.UNPARSABLE,
                  "Let me see",
                  "The reply says neither yes or no nor a score that can be found. It was cut at"
                      + " max-tokens."));
      assertThat(judge.judge(JudgePrompt.QA, about(2)).outcome()).isEqualTo(Outcome.UNPARSABLE);
      assertThat(server.bodies()).hasSize(2);
    }
  }

  @Test
  void a_text_in_parts_is_put_together() throws Exception {
    String parts =
        "{\"choices\":[{\"message\":{\"content\":[{\"type\":\"text\",\"text\":\"{\\\"score\\\"\"},"
            + "{\"type\":\"text\",\"text\":\": 2}\"}]}}]}";
    try (JudgeServer server = new JudgeServer((n, body) -> Answer.of(200, parts));
        Judge judge = open(server, HASTY)) {
      assertThat(judge.judge(JudgePrompt.CONTEXT, about(1)))
          .isEqualTo(Verdict.of(Outcome.STRICT, null, 2.0, "{\"score\": 2}"));
      // The endpoint did not count; an estimate stands in.
      assertThat(judge.usage().tokens()).isBetween(100L, 1000L);
    }
  }

  @Test
  void descriptions_are_scored_by_their_events_and_gaps_are_counted() throws Exception {
    try (JudgeServer server =
            new JudgeServer(
                (n, body) -> {
                  if (body.contains("labels")) {
                    return Answer.says("{\"labels\": [\"entailment\", \"neutral\"]}");
                  }
                  return body.contains("bad video")
                      ? Answer.says("I am sorry.")
                      : Answer.says("{\"events\": [\"A dog barks.\", \"It runs.\"]}");
                });
        Judge judge = open(server, HASTY)) {
      AutoDq score =
          AutoDq.of(
              judge,
              List.of(
                  new AutoDq.Described("good", List.of(), "good"),
                  new AutoDq.Described("good", List.of("x", "y"), "bad video")));
      assertThat(score).isEqualTo(new AutoDq(2, 2, 0.5, 1, 0.5));
      assertThat(score.f1()).isEqualTo(0.5);
    }
  }

  @Test
  void an_interrupt_ends_the_asking_and_what_came_is_kept() throws Exception {
    CountDownLatch second = new CountDownLatch(2);
    try (JudgeServer server =
        new JudgeServer(
            (n, body) -> {
              second.countDown();
              return n == 1 ? Answer.yes() : Answer.yes().after(Duration.ofSeconds(30));
            })) {
      Judge judge = open(server, "limits: {parallel: 1}");
      AtomicReference<Throwable> thrown = new AtomicReference<>();
      Thread asking =
          new Thread(
              () -> {
                try {
                  judge.judge(JudgePrompt.QA, cases(5));
                } catch (InternalFailure e) {
                  thrown.set(e);
                }
              });
      asking.start();
      assertThat(second.await(20, TimeUnit.SECONDS)).isTrue();
      asking.interrupt();
      asking.join(10_000);
      assertThat(thrown.get()).hasMessageMatching("Cannot judge with judge-1 at .*: interrupted");
      assertThat(files()).hasSize(1);
    }
  }

  @Test
  void damaged_files_are_told_with_what_to_do() throws Exception {
    Path damaged = kept.resolve("replies-1.jsonl");
    for (String content : List.of("{\"request\": \"a\", ", "{\"request\": \"a\"}")) {
      Files.writeString(damaged, content, StandardCharsets.UTF_8);
      assertThatThrownBy(() -> open("http://localhost", ""))
          .isInstanceOf(BadData.class)
          .hasMessageContaining("Cannot read verdicts in file:" + damaged)
          .hasMessageEndingWith("it is damaged. Delete it, and what was in it is asked again.");
    }
  }

  @Test
  void replies_that_cannot_be_kept_end_the_asking() throws Exception {
    try (JudgeServer server = new JudgeServer((n, body) -> Answer.yes());
        Judge judge = open(server, "limits: {parallel: 1}")) {
      Files.delete(kept);
      Files.writeString(kept, "no folder");
      List<JudgeCase> many = new ArrayList<>(cases(20));
      assertThatThrownBy(() -> judge.judge(JudgePrompt.QA, many))
          .isInstanceOf(InternalFailure.class)
          .hasMessageStartingWith("Cannot judge with judge-1 at ")
          .hasMessageContaining("Cannot keep a verdict in " + kept);
      assertThat(server.bodies()).hasSize(1);
      Files.delete(kept);
    }
  }
}
