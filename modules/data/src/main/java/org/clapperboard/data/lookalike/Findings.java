package org.clapperboard.data.lookalike;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.apache.commons.codec.digest.DigestUtils;
import org.clapperboard.config.BadData;
import org.clapperboard.data.shard.LeftOut;
import org.clapperboard.data.shard.PreparedDataset;
import org.clapperboard.data.storage.Folder;

/**
 * What a search found: {@code findings.json}, written last, beside the table of findings that it
 * names.
 *
 * @param schema version of this file and of the table
 * @param distance bits of 64 in which two hashes that are alike differ at most
 * @param hash of the rows of the table
 * @param file the table
 * @param searched the datasets whose samples were looked at
 * @param against the datasets of evaluations
 * @param counts how many samples were found
 */
public record Findings(
    @JsonProperty("schema") String schema,
    @JsonProperty("distance") int distance,
    @JsonProperty("hash") String hash,
    @JsonProperty("file") String file,
    @JsonProperty("searched") List<Searched> searched,
    @JsonProperty("against") List<Searched> against,
    @JsonProperty("counts") List<Count> counts) {
  /** The file that makes a table of findings one. */
  public static final String FILE = "findings.json";

  static final String SCHEMA = "1";

  private static final ObjectMapper JSON = new ObjectMapper();

  /**
   * A dataset as it was.
   *
   * @param name its name
   * @param location its folder
   * @param version of its samples and shards; see {@link #version}
   * @param hashed samples that have a hash; the others, such as texts, are like nothing
   */
  public record Searched(
      @JsonProperty("name") String name,
      @JsonProperty("location") String location,
      @JsonProperty("version") String version,
      @JsonProperty("hashed") long hashed) {}

  /**
   * Samples of a dataset that are like samples of another, or the same, dataset.
   *
   * @param kind why that matters, as a {@link Likeness#key}
   * @param dataset the dataset
   * @param other the other one
   * @param samples how many of the first
   */
  public record Count(
      @JsonProperty("kind") String kind,
      @JsonProperty("dataset") String dataset,
      @JsonProperty("other") String other,
      @JsonProperty("samples") long samples) {}

  public Findings {
    searched = List.copyOf(searched);
    against = List.copyOf(against);
    counts = List.copyOf(counts);
  }

  /** Changes with a dataset's samples, and with the files and row groups they lie in. */
  public static String version(PreparedDataset dataset) {
    return DigestUtils.sha256Hex(dataset.content() + dataset.shards());
  }

  /**
   * Reads what is in a folder, or null if nothing has been searched.
   *
   * @throws BadData if it cannot be understood
   */
  public static Findings in(Folder folder) {
    try {
      byte[] json = folder.read(FILE);
      if (json == null) {
        return null;
      }
      Findings findings = JSON.readValue(json, Findings.class);
      if (!SCHEMA.equals(findings.schema())) {
        throw new BadData(
            "Cannot use " + folder.path(FILE) + ": it is of another version of Clapperboard.");
      }
      return findings;
    } catch (IOException e) {
      throw new BadData("Cannot read " + folder.path(FILE) + ": " + e.getMessage(), e);
    }
  }

  /** Whether a dataset was looked at, and is still what it was. */
  public boolean covers(PreparedDataset dataset) {
    return searched.stream()
        .anyMatch(
            one -> one.name().equals(dataset.name()) && one.version().equals(version(dataset)));
  }

  /** The rows of samples with such findings, by dataset. */
  public Map<String, LeftOut> leftOut(Folder folder, Set<Likeness> kinds) {
    List<String> keys = kinds.stream().map(Likeness::key).toList();
    Map<String, LeftOut> leftOut = new TreeMap<>();
    try {
      FindingsTable.read(
          folder.path(file),
          folder.configuration(),
          finding -> {
            if (keys.contains(finding.kind())) {
              leftOut
                  .computeIfAbsent(finding.dataset(), name -> new LeftOut())
                  .add(finding.shard(), finding.rowGroup(), finding.row());
            }
          });
    } catch (IOException e) {
      throw new BadData("Cannot read " + folder.path(file) + ": " + e.getMessage(), e);
    }
    return leftOut;
  }

  void write(Folder folder) throws IOException {
    folder.delete(FILE);
    folder.createOnce(FILE, JSON.writerWithDefaultPrettyPrinter().writeValueAsBytes(this));
    for (String name : folder.files()) {
      if (name.endsWith(".parquet") && !name.equals(file)) {
        folder.delete(name);
      }
    }
  }
}
