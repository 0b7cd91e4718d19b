package org.clapperboard.bench;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Locale;
import java.util.Optional;

/**
 * Where one of our paths stands: a line of the whole table.
 *
 * @param path what was measured
 * @param unit of ours and of the peer's
 * @param ours our figure, or null if it could not be taken
 * @param peer the peer's, or null without one
 * @param ratio how much better ours are, within a round, or null without a peer
 * @param goal what shall be reached, or null
 * @param share of the machine's ceiling, or null where none is known
 * @param note what has to be said beside, such as why there is no peer; empty without
 */
record PathResult(
    String path,
    String unit,
    Spread ours,
    Spread peer,
    Spread ratio,
    Goal goal,
    Double share,
    String note) {
  private static final String NOTHING = "";

  /** Heads of {@link #line}. */
  static final String HEAD =
      "| path | unit | ours | peer | ours to peer (range) | goal | met | of the ceiling | |\n"
          + "|---|---|---:|---:|---:|---:|---|---:|---|";

  /** One that could not be measured. */
  static PathResult failed(String path, String why) {
    return new PathResult(path, NOTHING, null, null, null, null, null, why);
  }

  /** The same where nothing is to be reached: goals are those of whole sizes. */
  PathResult withoutGoal() {
    return new PathResult(path, unit, ours, peer, ratio, null, share, note);
  }

  /** The figure that counts: the goal's; without a goal the ratio, or ours where there is none. */
  Optional<Spread> judged() {
    boolean byOurs = goal == null ? ratio == null : goal.of() == Goal.Figure.OURS;
    return Optional.ofNullable(byOurs ? ours : ratio);
  }

  /** Whether the goal is missed, by the median. What was not measured misses none. */
  boolean missed() {
    return goal != null && judged().map(found -> !goal.met(found.median())).orElse(false);
  }

  private String met() {
    if (goal == null) {
      return NOTHING;
    }
    return judged().isEmpty() ? "not measured" : missed() ? "**missed**" : "met";
  }

  /** A row of a table in Markdown. */
  String line() {
    return String.format(
        Locale.ROOT,
        "| %s | %s | %s | %s | %s | %s | %s | %s | %s |",
        path,
        unit,
        number(ours),
        number(peer),
        ratio == null ? NOTHING : ratio.shown(2),
        goal == null ? NOTHING : goal.shown(),
        met(),
        share == null ? NOTHING : String.format(Locale.ROOT, "%.0f %%", 100 * share),
        note.replace("|", "/"));
  }

  /** With three digits, large ones whole. */
  private static String number(Spread figure) {
    if (figure == null) {
      return NOTHING;
    }
    double size = Math.abs(figure.median());
    int decimals = size >= 100 ? 0 : size >= 10 ? 1 : size >= 1 ? 2 : 3;
    return String.format(Locale.ROOT, "%." + decimals + "f", figure.median());
  }

  ObjectNode json() {
    ObjectNode json =
        new ObjectMapper().createObjectNode().put("path", path).put("unit", unit).put("note", note);
    put(json, "ours", ours);
    put(json, "peer", peer);
    put(json, "ratio", ratio);
    if (goal != null) {
      json.set("goal", goal.json());
      json.put("met", met());
    }
    if (share != null) {
      json.put("share-of-ceiling", share);
    }
    return json;
  }

  private static void put(ObjectNode json, String name, Spread figure) {
    if (figure != null) {
      json.set(name, figure.json());
    }
  }

  /** What {@link #json} wrote. */
  static PathResult read(JsonNode json) {
    return new PathResult(
        json.get("path").asText(),
        json.get("unit").asText(),
        spread(json.get("ours")),
        spread(json.get("peer")),
        spread(json.get("ratio")),
        json.has("goal") ? Goal.read(json.get("goal")) : null,
        json.has("share-of-ceiling") ? json.get("share-of-ceiling").asDouble() : null,
        json.get("note").asText());
  }

  private static Spread spread(JsonNode json) {
    return json == null ? null : Spread.read(json);
  }
}
