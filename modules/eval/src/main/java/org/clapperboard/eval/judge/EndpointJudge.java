package org.clapperboard.eval.judge;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.clapperboard.config.BadConfig;
import org.clapperboard.config.InternalFailure;
import org.clapperboard.config.Problem;
import org.clapperboard.eval.judge.Asking.Asked;
import org.clapperboard.eval.judge.Verdict.Outcome;

/**
 * Asks a language model behind an endpoint that speaks OpenAI's protocol for chat completions.
 *
 * <p>Replies are kept under the hash of model, settings and messages, whatever the endpoint's
 * address; what was asked before, in this run or an earlier one, is not asked again, refusals
 * included. What got no reply is, by the next run.
 */
public final class EndpointJudge implements Judge {
  private static final JsonMapper JSON =
      JsonMapper.builder().enable(SerializationFeature.ORDER_MAP_ENTRIES_BY_KEYS).build();

  private final EndpointConfig config;
  private final ReplyCache cache;
  private final ChatClient client;
  private final Spending spending;

  EndpointJudge(EndpointConfig config, ChatClient client, ReplyCache cache) {
    this.config = config;
    this.client = client;
    this.cache = cache;
    this.spending = new Spending(config.limits().calls(), config.limits().tokens());
  }

  /**
   * {@inheritDoc}
   *
   * <p>Equal cases are asked about once. An interrupted thread stops the asking; replies that have
   * come are kept.
   */
  @Override
  public List<Verdict> judge(JudgePrompt prompt, List<JudgeCase> cases) {
    cases.forEach(prompt::require);
    List<String> requests = new ArrayList<>();
    Map<String, String> bodies = new LinkedHashMap<>();
    for (JudgeCase one : cases) {
      String body = body(prompt, one);
      String request = sha256(body);
      requests.add(request);
      if (cache.get(request) == null) {
        bodies.put(request, body);
      } else {
        spending.kept();
      }
    }
    Map<String, Asked> asked = bodies.isEmpty() ? Map.of() : ask(bodies);
    List<Verdict> verdicts = new ArrayList<>();
    for (int i = 0; i < cases.size(); i++) {
      String request = requests.get(i);
      verdicts.add(verdict(prompt, cases.get(i), cache.get(request), asked.get(request)));
    }
    return verdicts;
  }

  /** Asks, several at a time. */
  private Map<String, Asked> ask(Map<String, String> bodies) {
    Asking asking = new Asking(client, cache, spending, config.limits());
    List<Callable<Asked>> calls = new ArrayList<>();
    bodies.forEach((request, body) -> calls.add(() -> asking.ask(request, body)));
    ExecutorService threads =
        Executors.newFixedThreadPool(
            Math.min(config.limits().parallel(), calls.size()),
            task -> {
              Thread thread = new Thread(task, "judge");
              thread.setDaemon(true);
              return thread;
            });
    try {
      List<Future<Asked>> ended = threads.invokeAll(calls);
      Map<String, Asked> asked = new LinkedHashMap<>();
      int i = 0;
      for (String request : bodies.keySet()) {
        asked.put(request, ended.get(i++).get());
      }
      asking.hopeless().ifPresent(this::refuse);
      return asked;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InternalFailure("Cannot judge with " + name() + ": interrupted", e);
    } catch (ExecutionException e) {
      throw new InternalFailure(
          "Cannot judge with " + name() + ": " + e.getCause().getMessage(), e);
    } finally {
      threads.shutdownNow();
    }
  }

  private void refuse(String why) {
    String key =
        config.keyVariable().isEmpty()
            ? " No key was sent: there is no key-variable."
            : " The key was that of " + config.keyVariable() + ".";
    String text = "judge cannot ask " + config.model() + " at " + client + ": " + why + "." + key;
    throw new BadConfig(List.of(Problem.of(config.place(), text)));
  }

  private Verdict verdict(JudgePrompt prompt, JudgeCase one, Reply reply, Asked asked) {
    if (reply == null) {
      return Verdict.none(asked.outcome(), "", asked.why());
    }
    if (!reply.refusal().isEmpty()) {
      return Verdict.none(Outcome.REFUSED, "", reply.refusal());
    }
    Verdict verdict = config.parsing().verdict(prompt, one, reply.text());
    return verdict.given() || !reply.cut()
        ? verdict
        : Verdict.none(
            Outcome.UNPARSABLE, reply.text(), verdict.why() + " It was cut at max-tokens.");
  }

  /** The body of a request; the same for the same case, model and settings. */
  private String body(JudgePrompt prompt, JudgeCase one) {
    Map<String, Object> body = new TreeMap<>();
    body.put("model", config.model());
    body.put("messages", config.prompts().of(prompt).messages(one));
    body.putAll(config.request().settings());
    try {
      String json = JSON.writeValueAsString(body);
      // A broken letter of an answer must not break the request.
      return new String(json.getBytes(StandardCharsets.UTF_8), StandardCharsets.UTF_8);
    } catch (JsonProcessingException e) {
      throw new InternalFailure("Cannot write a request to " + config.model(), e);
    }
  }

  private static String sha256(String text) {
    try {
      MessageDigest sha = MessageDigest.getInstance("SHA-256");
      return HexFormat.of().formatHex(sha.digest(text.getBytes(StandardCharsets.UTF_8)));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("Every Java platform has SHA-256", e);
    }
  }

  @Override
  public JudgeUsage usage() {
    return spending.usage();
  }

  @Override
  public String name() {
    return config.model()
        + " at "
        + client
        + ", "
        + config.prompts().name()
        + (config.parsing() == Parsing.REFERENCE ? ", parsed as the reference does" : "");
  }

  @Override
  public void close() {
    cache.close();
  }
}
