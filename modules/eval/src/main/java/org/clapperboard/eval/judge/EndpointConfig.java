package org.clapperboard.eval.judge;

import java.io.Serializable;
import java.net.URI;
import java.net.URISyntaxException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;
import org.apache.hadoop.conf.Configuration;
import org.clapperboard.config.BadConfig;
import org.clapperboard.config.Problem;
import org.clapperboard.config.Rules;
import org.clapperboard.config.Section;
import org.clapperboard.data.storage.Folder;

/**
 * A judge behind an endpoint.
 *
 * @param url where chat completions are: {@code /chat/completions} is added to its path if it is
 *     not its end, and what follows a question mark is kept ({@code ?api-version=…})
 * @param model the model's name there
 * @param keyVariable the variable of the environment that holds the key; empty if none is needed
 * @param keyHeader the header that carries the key; {@code authorization} takes it as a bearer's,
 *     any other, such as Azure's {@code api-key}, as it is
 * @param cache folder of replies that were given before
 * @param parsing how replies are read
 * @param request settings of every request
 * @param limits how much is asked, and for how long
 * @param prompts how prompts are worded
 * @param place where the configuration stands, for messages
 */
record EndpointConfig(
    String url,
    String model,
    String keyVariable,
    String keyHeader,
    String cache,
    Parsing parsing,
    Request request,
    Limits limits,
    PromptTexts prompts,
    String place)
    implements JudgeConfig {
  private static final String PATH = "/chat/completions";
  private static final Pattern VARIABLE = Pattern.compile("([A-Za-z_][A-Za-z0-9_]*)?");
  private static final Pattern HEADER = Pattern.compile("[A-Za-z0-9-]+");
  private static final Pattern KEY = Pattern.compile("[!-~]+");
  private static final Set<String> OURS = Set.of("model", "messages");

  /**
   * Settings of every request.
   *
   * @param temperature 0 for the same reply every time, as far as the model gives it; the reference
   *     implementation has 0.7, and figures that vary
   * @param topP share of the probability that tokens are drawn from
   * @param maxTokens longest reply
   * @param parameters more of the body, for models that want other names; what is null is left out,
   *     such as {@code {temperature: null, max_tokens: null, max_completion_tokens: 2000}}
   */
  record Request(double temperature, double topP, int maxTokens, Map<String, Object> parameters)
      implements Serializable {
    private static final Request DEFAULT = new Request(0, 1, 800, Map.of());

    Request {
      parameters = new TreeMap<>(parameters);
      try (Rules rules = new Rules()) {
        rules.between("temperature", temperature, 0, 2);
        rules.positive("topP", topP);
        rules.atMost("topP", topP, 1);
        rules.atLeast("maxTokens", maxTokens, 1);
        for (String key : parameters.keySet()) {
          if (OURS.contains(key)) {
            rules.broken("parameters." + key, key, "no " + key + ", which is set by others");
          }
        }
      }
    }

    static Request read(Section section) {
      return section.build(
          () ->
              new Request(
                  section.number("temperature", DEFAULT.temperature),
                  section.number("top-p", DEFAULT.topP),
                  section.integer("max-tokens", DEFAULT.maxTokens),
                  section.asMap("parameters")));
    }

    /** As the body of a request has them. */
    Map<String, Object> settings() {
      Map<String, Object> settings = new LinkedHashMap<>();
      settings.put("temperature", temperature);
      settings.put("top_p", topP);
      settings.put("max_tokens", maxTokens);
      settings.putAll(parameters);
      settings.values().removeIf(value -> value == null);
      return settings;
    }
  }

  /**
   * How much is asked, and for how long.
   *
   * @param parallel requests at a time
   * @param timeout longest time for a request and its reply
   * @param retries how often a request is sent again
   * @param firstWait before it is sent again for the first time; then twice that, and so on
   * @param longestWait longest of these waits, and longest that the endpoint may ask for
   * @param calls requests after which no more are sent, those that are sent again included
   * @param tokens tokens after which no more are sent
   */
  record Limits(
      int parallel,
      Duration timeout,
      int retries,
      Duration firstWait,
      Duration longestWait,
      long calls,
      long tokens)
      implements Serializable {
    private static final Limits DEFAULT =
        new Limits(
            4,
            Duration.ofMinutes(2),
            5,
            Duration.ofSeconds(1),
            Duration.ofMinutes(2),
            Long.MAX_VALUE,
            Long.MAX_VALUE);

    Limits {
      try (Rules rules = new Rules()) {
        rules.between("parallel", parallel, 1, 256);
        rules.positive("timeout", timeout.toMillis());
        rules.between("retries", retries, 0, 20);
        rules.positive("firstWait", firstWait.toMillis());
        rules.positive("longestWait", longestWait.toMillis());
        rules.atLeast("calls", calls, 0);
        rules.atLeast("tokens", tokens, 0);
      }
    }

    static Limits read(Section section) {
      return section.build(
          () ->
              new Limits(
                  section.integer("parallel", DEFAULT.parallel),
                  section.duration("timeout", DEFAULT.timeout),
                  section.integer("retries", DEFAULT.retries),
                  section.duration("first-wait", DEFAULT.firstWait),
                  section.duration("longest-wait", DEFAULT.longestWait),
                  section.longInteger("calls", DEFAULT.calls),
                  section.longInteger("tokens", DEFAULT.tokens)));
    }
  }

  EndpointConfig {
    try (Rules rules = new Rules()) {
      if (uri(url) == null) {
        rules.broken("url", url, "an http or https address without user, password and fragment");
      }
      rules.notBlank("model", model);
      if (!VARIABLE.matcher(keyVariable).matches()) {
        rules
            .broken("keyVariable", keyVariable, "the name of a variable of the environment")
            .advice("The key itself belongs into that variable.");
      }
      if (!HEADER.matcher(keyHeader).matches()) {
        rules.broken("keyHeader", keyHeader, "the name of a header");
      }
    }
  }

  static EndpointConfig read(Section section, String cache) {
    Request request = section.optionalSection("request").map(Request::read).orElse(Request.DEFAULT);
    Limits limits = section.optionalSection("limits").map(Limits::read).orElse(Limits.DEFAULT);
    PromptTexts prompts =
        section.optionalSection("prompts").map(PromptTexts::read).orElseGet(PromptTexts::ours);
    return section.build(
        () ->
            new EndpointConfig(
                section.string("url"),
                section.string("model"),
                section.string("key-variable", ""),
                section.string("key-header", "authorization"),
                section.location("cache", cache),
                section.oneOf("parsing", Parsing.class, Parsing.CAREFUL),
                request,
                limits,
                prompts,
                section.place()));
  }

  /** The address of chat completions, or null if the text is none. */
  private static URI uri(String url) {
    try {
      URI uri = new URI(url.strip());
      boolean web = "http".equals(uri.getScheme()) || "https".equals(uri.getScheme());
      if (!web || uri.getHost() == null || uri.getUserInfo() != null || uri.getFragment() != null) {
        return null;
      }
      String path = uri.getRawPath().replaceAll("/+$", "");
      String query = uri.getRawQuery() == null ? "" : "?" + uri.getRawQuery();
      String full = path.endsWith(PATH) ? path : path + PATH;
      return new URI(uri.getScheme() + "://" + uri.getRawAuthority() + full + query);
    } catch (URISyntaxException e) {
      return null;
    }
  }

  @Override
  public EndpointJudge open(Configuration hadoop, UnaryOperator<String> environment) {
    String key = "";
    if (!keyVariable.isEmpty()) {
      String value = environment.apply(keyVariable);
      key = value == null ? "" : value.strip();
      if (!KEY.matcher(key).matches()) {
        String is = key.isEmpty() ? "is not set" : "holds no key: it has spaces or other signs";
        String text = "key-variable is \"" + keyVariable + "\", which " + is;
        throw new BadConfig(
            List.of(Problem.of(place, text + " (expected: a variable with the key).")));
      }
    }
    ChatClient client = new ChatClient(uri(url), keyHeader, key, limits.timeout());
    return new EndpointJudge(this, client, new ReplyCache(Folder.of(cache, hadoop)));
  }
}
