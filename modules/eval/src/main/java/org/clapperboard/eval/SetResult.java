package org.clapperboard.eval;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.clapperboard.config.BadData;
import org.clapperboard.data.storage.Folder;
import org.clapperboard.eval.benchmark.Figure;

/**
 * What came of a set of questions, as it is kept beside its answers: {@code scores.json}.
 *
 * @param set the set
 * @param dataset location of its prepared media
 * @param reading whose rule read the answers, or empty if they were compared to the letter
 * @param judge who judged, or empty
 * @param asked questions that were asked
 * @param unasked questions that could not be asked, since their media cannot be used
 * @param quarantined what cannot be used of the media, by reason
 * @param figures ours, the most important one first
 * @param byReference the same answers read by the reference's rule; empty where it has none
 * @param published figures of others, by model and figure
 * @param outcomes what became of asking the judge
 * @param submission the file for a publisher's server, or empty
 * @param chance share in per cent that guessing gets right; null if that was not told
 */
public record SetResult(
    @JsonProperty("set") String set,
    @JsonProperty("dataset") String dataset,
    @JsonProperty("reading") String reading,
    @JsonProperty("judge") String judge,
    @JsonProperty("asked") long asked,
    @JsonProperty("unasked") long unasked,
    @JsonProperty("quarantined") Map<String, Long> quarantined,
    @JsonProperty("figures") List<Figure> figures,
    @JsonProperty("byReference") List<Figure> byReference,
    @JsonProperty("published") Map<String, Map<String, Double>> published,
    @JsonProperty("outcomes") Map<String, Long> outcomes,
    @JsonProperty("submission") String submission,
    @JsonProperty("chance") Double chance) {
  /** The file that holds it. */
  public static final String FILE = "scores.json";

  private static final ObjectMapper JSON = new ObjectMapper();

  public SetResult {
    quarantined = new TreeMap<>(quarantined);
    figures = List.copyOf(figures);
    byReference = List.copyOf(byReference);
    outcomes = new TreeMap<>(outcomes);
  }

  /** The result in a set's folder, or null. */
  public static SetResult in(Folder set) {
    try {
      byte[] json = set.read(FILE);
      return json == null ? null : JSON.readValue(json, SetResult.class);
    } catch (IOException e) {
      throw new BadData("Cannot read " + set.path(FILE) + ": " + e.getMessage(), e);
    }
  }

  void write(Folder set) {
    try (OutputStream out = set.create(FILE)) {
      out.write(JSON.writerWithDefaultPrettyPrinter().writeValueAsBytes(this));
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot write " + set.path(FILE), e);
    }
  }
}
