package org.clapperboard.data.features;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.Serializable;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.commons.codec.digest.DigestUtils;
import org.clapperboard.config.BadData;
import org.clapperboard.data.shard.PreparedDataset;
import org.clapperboard.data.storage.Folder;

/**
 * What a vision encoder made of a prepared dataset: what {@code features.json} says. That file is
 * written last, so that the features are either complete or not there.
 *
 * @param schema version of this file and of the shards' columns
 * @param dataset name of the dataset
 * @param facts all that decides the features of a sample, beside the sample
 * @param seconds that encoding took, of all tasks together
 * @param pictures that were encoded in this time
 * @param shards one for each of the dataset's, in their order
 */
public record StoredFeatures(
    @JsonProperty("schema") String schema,
    @JsonProperty("dataset") String dataset,
    @JsonProperty("facts") Map<String, String> facts,
    @JsonProperty("seconds") double seconds,
    @JsonProperty("pictures") long pictures,
    @JsonProperty("shards") List<Shard> shards) {
  /** The file that makes features. */
  public static final String FILE = "features.json";

  /** The version that is written, and the only one that is read. */
  public static final String SCHEMA = "1";

  private static final int KEY_LETTERS = 16;
  private static final ObjectMapper JSON = new ObjectMapper();

  public StoredFeatures {
    facts = new TreeMap<>(facts);
    shards = List.copyOf(shards);
  }

  /**
   * The features of one shard.
   *
   * @param file its name
   * @param content hash of the samples of the dataset's shard
   * @param bytes its size
   */
  public record Shard(
      @JsonProperty("file") String file,
      @JsonProperty("content") String content,
      @JsonProperty("bytes") long bytes)
      implements Serializable {}

  /** Names a folder for features of these facts. */
  public static String key(Map<String, String> facts) {
    String text = SCHEMA + new TreeMap<>(facts);
    return DigestUtils.sha256Hex(text).substring(0, KEY_LETTERS);
  }

  /** Whether they were made of the samples that the dataset has now. */
  public boolean areOf(PreparedDataset prepared) {
    List<String> now = prepared.shards().stream().map(PreparedDataset.Shard::content).toList();
    return shards.stream().map(Shard::content).toList().equals(now);
  }

  /** Size of all shards. */
  public long bytes() {
    return shards.stream().mapToLong(Shard::bytes).sum();
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
   * Reads what is in a folder, or null if no complete features of this version are.
   *
   * @throws BadData if it cannot be understood
   */
  public static StoredFeatures in(Folder folder) {
    try {
      byte[] json = folder.read(FILE);
      StoredFeatures read = json == null ? null : JSON.readValue(json, StoredFeatures.class);
      return read == null || !SCHEMA.equals(read.schema()) ? null : read;
    } catch (IOException e) {
      throw new BadData("Cannot read " + folder.path(FILE) + ": " + e.getMessage(), e);
    }
  }
}
