package org.clapperboard.data.shard;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.clapperboard.config.BadData;
import org.clapperboard.data.storage.Folder;
import org.clapperboard.media.pixels.Preprocess;

/**
 * A dataset that is ready for training: what {@code dataset.json} says. That file is written last,
 * so that a dataset is either complete or not there.
 *
 * @param name name of the dataset
 * @param recipeHash hash of all that decided its content: recipe, root, settings of preparation
 * @param modality what its samples show
 * @param counts how many rows and samples went which way
 * @param frameCounts numbers of frames that clips can be shown with
 * @param picture what was made of every frame and picture
 * @param soundSeconds length that sounds are brought to
 * @param answers for each question the answers it has, sorted, where both are few; else empty
 * @param shards its shards
 */
public record PreparedDataset(
    @JsonProperty("name") String name,
    @JsonProperty("recipeHash") String recipeHash,
    @JsonProperty("modality") String modality,
    @JsonProperty("counts") Counts counts,
    @JsonProperty("frameCounts") List<Integer> frameCounts,
    @JsonProperty("picture") Preprocess picture,
    @JsonProperty("soundSeconds") double soundSeconds,
    @JsonProperty("answers") Map<String, List<String>> answers,
    @JsonProperty("shards") List<Shard> shards) {
  /** The file that makes a dataset. */
  public static final String FILE = "dataset.json";

  private static final ObjectMapper JSON = new ObjectMapper();

  /**
   * Where rows and samples went.
   *
   * @param listed rows of the manifest
   * @param badRows rows that gave no sample
   * @param duplicates samples whose name another had before
   * @param available samples that could be taken
   * @param taken samples that were taken
   * @param decoded samples in the shards
   * @param quarantined samples whose media could not be used, by reason
   */
  public record Counts(
      @JsonProperty("listed") long listed,
      @JsonProperty("badRows") long badRows,
      @JsonProperty("duplicates") long duplicates,
      @JsonProperty("available") long available,
      @JsonProperty("taken") long taken,
      @JsonProperty("decoded") long decoded,
      @JsonProperty("quarantined") Map<String, Long> quarantined) {

    public Counts {
      quarantined = new TreeMap<>(quarantined);
    }
  }

  /**
   * One shard.
   *
   * @param file its name in the dataset's {@code shards} folder
   * @param rowGroups rows of each row group
   * @param bytes its size
   */
  public record Shard(
      @JsonProperty("file") String file,
      @JsonProperty("rowGroups") List<Long> rowGroups,
      @JsonProperty("bytes") long bytes) {}

  /** Samples in all shards. */
  public long samples() {
    return shards.stream().flatMap(shard -> shard.rowGroups().stream()).mapToLong(n -> n).sum();
  }

  /** Rows of every row group, shard after shard. */
  public List<Long> rowGroups() {
    return shards.stream().flatMap(shard -> shard.rowGroups().stream()).toList();
  }

  /** Its text form. */
  public byte[] toJson() {
    try {
      return JSON.writerWithDefaultPrettyPrinter().writeValueAsBytes(this);
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  /**
   * Reads what is in a folder, or null if no complete dataset is.
   *
   * @throws BadData if the file is there but cannot be understood
   */
  public static PreparedDataset in(Folder folder) {
    try {
      byte[] json = folder.read(FILE);
      PreparedDataset dataset = json == null ? null : JSON.readValue(json, PreparedDataset.class);
      // What an older version wrote says less than is needed: it has to be made again.
      return dataset == null || dataset.picture() == null ? null : dataset;
    } catch (IOException e) {
      throw new BadData("Cannot read " + folder.path(FILE) + ": " + e.getMessage(), e);
    }
  }
}
