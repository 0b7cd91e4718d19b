package org.clapperboard.bench;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import org.clapperboard.bench.Rehearsal.Kill;
import org.clapperboard.bench.Rehearsal.Trained;
import org.clapperboard.config.InternalFailure;

/**
 * What kills cost a stage, and whether they changed what it learned.
 *
 * @param ranks ranks that trained
 * @param steps steps of the stage
 * @param undisturbed how it was trained without kills
 * @param killed how it was trained with them
 * @param expected what it learned without
 * @param found what it learned with them
 */
record RehearsalFigures(
    int ranks,
    long steps,
    Trained undisturbed,
    Trained killed,
    RunAccount expected,
    RunAccount found) {

  /** Seconds from a kill to the end of the attempt that it hit. */
  List<Double> noticed() {
    List<Double> seconds = new ArrayList<>();
    for (Kill kill : killed.kills()) {
      found.attempts().stream()
          .filter(of -> !of.started().isAfter(kill.at()) && !of.ended().isBefore(kill.at()))
          .findFirst()
          .ifPresent(of -> seconds.add(seconds(Duration.between(kill.at(), of.ended()))));
    }
    return seconds;
  }

  /** Seconds from the end of an attempt to the start of the next one under the same driver. */
  List<Double> between() {
    List<Double> seconds = new ArrayList<>();
    List<RunAccount.Attempt> all = found.attempts();
    for (int i = 1; i < all.size(); i++) {
      if (all.get(i).number() == all.get(i - 1).number() + 1) {
        seconds.add(seconds(Duration.between(all.get(i - 1).ended(), all.get(i).started())));
      }
    }
    return seconds;
  }

  private static double seconds(Duration time) {
    return time.toMillis() / 1e3;
  }

  /** Seconds from a kill to a further checkpoint, of those that got one before the next kill. */
  List<Double> toCheckpoint() {
    return killed.kills().stream().map(Kill::secondsToCheckpoint).filter(Objects::nonNull).toList();
  }

  /** Steps that were done and had to be done again, as far as a driver lived to know. */
  long repeated() {
    return found.attempts().stream().mapToLong(of -> of.known() - of.saved()).sum();
  }

  Figures figures() {
    List<String> differences = expected.differences(found);
    List<String> table = new ArrayList<>();
    table.add(text("%d ranks, %d steps\tseconds\tkills\tattempts that ended", ranks, steps));
    table.add(text("never killed\t%.0f\t0\t%d", undisturbed.seconds(), expected.attempts().size()));
    int kills = killed.kills().size();
    table.add(text("killed\t%.0f\t%d\t%d", killed.seconds(), kills, found.attempts().size()));
    table.add(text("a kill cost\t%s s", kills == 0 ? "-" : text("%.1f", lost())));
    table.add("of it until noticed\t" + spread(noticed()));
    table.add("then until the next attempt\t" + spread(between()));
    table.add("from kill to further checkpoint\t" + spread(toCheckpoint()));
    table.add(text("steps repeated\t%d", repeated()));
    found.facts().forEach((about, fact) -> table.add(about + "\t" + fact));
    table.add("ledger\t" + found.ledger());
    table.add(differences.isEmpty() ? "the same as never killed" : "NOT the same as never killed");
    return new Figures(json(differences), table, failure(differences));
  }

  private static String text(String format, Object... values) {
    return String.format(Locale.ROOT, format, values);
  }

  private static String spread(List<Double> seconds) {
    return seconds.isEmpty() ? "-" : Spread.of(seconds).shown(1) + " s";
  }

  /** Seconds that a kill cost in the mean. */
  private double lost() {
    return (killed.seconds() - undisturbed.seconds()) / killed.kills().size();
  }

  private static InternalFailure failure(List<String> differences) {
    return differences.isEmpty()
        ? null
        : new InternalFailure(
            "Cannot train to the same end when killed:\n  " + String.join("\n  ", differences));
  }

  private ObjectNode json(List<String> differences) {
    ObjectNode json = new ObjectMapper().createObjectNode();
    json.put("ranks", ranks)
        .put("steps", steps)
        .put("seconds-never-killed", undisturbed.seconds())
        .put("seconds", killed.seconds())
        .put("steps-repeated", repeated());
    ArrayNode kills = json.putArray("kills");
    for (Kill kill : killed.kills()) {
      kills
          .addObject()
          .put("at", kill.at().toString())
          .put("victim", kill.victim())
          .put("saved", kill.saved())
          .put("seconds-to-checkpoint", kill.secondsToCheckpoint());
    }
    ArrayNode attempts = json.putArray("attempts");
    for (RunAccount.Attempt of : found.attempts()) {
      attempts
          .addObject()
          .put("number", of.number())
          .put("started", of.started().toString())
          .put("seconds", of.seconds())
          .put("first-step", of.firstStep())
          .put("steps-known", of.known())
          .put("steps-saved", of.saved())
          .put("cause", of.cause());
    }
    put(json, "seconds-until-noticed", noticed());
    put(json, "seconds-between-attempts", between());
    put(json, "seconds-to-checkpoint", toCheckpoint());
    ObjectNode facts = json.putObject("learned");
    found.facts().forEach(facts::put);
    json.put("ledger", found.ledger());
    ArrayNode different = json.putArray("differences");
    differences.forEach(different::add);
    return json;
  }

  private static void put(ObjectNode json, String name, List<Double> seconds) {
    if (!seconds.isEmpty()) {
      json.set(name, Spread.of(seconds).json());
    }
  }
}
