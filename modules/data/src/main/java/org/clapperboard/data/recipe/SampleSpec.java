package org.clapperboard.data.recipe;

import com.fasterxml.jackson.core.JsonProcessingException;
import java.io.IOException;
import java.io.Serializable;
import java.io.UncheckedIOException;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.clapperboard.data.Exchange;
import org.clapperboard.data.Modality;

/**
 * A sample before its media are read.
 *
 * @param id its name, unique in the dataset
 * @param dataset the dataset
 * @param modality what it shows
 * @param kind how it is sorted in reports, or empty
 * @param manifest file it was listed in
 * @param line line of that file
 * @param candidates locations of its file, of which the first that is there is read; none for text
 * @param cut how many of them, the first ones, hold nothing but the clip
 * @param startSeconds start of the clip
 * @param endSeconds end of the clip, infinite for the end of the file
 * @param exchanges its questions and answers
 * @param facts what else is to be known of it, by name; an exam asks for them
 */
public record SampleSpec(
    String id,
    String dataset,
    Modality modality,
    String kind,
    String manifest,
    long line,
    List<String> candidates,
    int cut,
    double startSeconds,
    double endSeconds,
    List<Exchange> exchanges,
    Map<String, String> facts) {

  public SampleSpec {
    candidates = List.copyOf(candidates);
    exchanges = List.copyOf(exchanges);
    facts = facts == null ? Map.of() : Collections.unmodifiableMap(new TreeMap<>(facts));
  }

  /** Names its medium: the first place of its file below a folder, and the part of it. */
  public String medium(String root) {
    String file = media().startsWith(root + "/") ? media().substring(root.length() + 1) : media();
    boolean whole = startSeconds == 0 && Double.isInfinite(endSeconds);
    return whole ? file : file + "@" + startSeconds + "-" + endSeconds;
  }

  /** The same sample under another name. */
  SampleSpec named(String other) {
    return new SampleSpec(
        other,
        dataset,
        modality,
        kind,
        manifest,
        line,
        candidates,
        cut,
        startSeconds,
        endSeconds,
        exchanges,
        facts);
  }

  /**
   * A sample on its way from task to task. Of a dataset there may be millions: Java's own form
   * takes three times the space and time, and Spark measures an array of bytes at a glance.
   *
   * @param id its name
   * @param json all of it
   */
  public record Packed(String id, byte[] json) implements Serializable {

    /** The sample. */
    public SampleSpec unpacked() {
      try {
        return ManifestReader.JSON.readValue(json, SampleSpec.class);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  /** The same for a way between tasks. */
  public Packed packed() {
    try {
      return new Packed(id, ManifestReader.JSON.writeValueAsBytes(this));
    } catch (JsonProcessingException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Where its file should be, or empty for text. */
  public String media() {
    return candidates.isEmpty() ? "" : candidates.get(0);
  }

  /** Whether a candidate holds nothing but the clip, so that it is used whole. */
  public boolean isCut(String candidate) {
    int place = candidates.indexOf(candidate);
    return place >= 0 && place < cut;
  }
}
