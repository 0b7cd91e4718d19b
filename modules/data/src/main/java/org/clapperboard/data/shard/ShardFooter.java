package org.clapperboard.data.shard;

import java.util.Map;

/**
 * What a shard says of itself, in the key-value metadata of its Parquet footer.
 *
 * @param schema version of its columns
 * @param dataset the dataset it was written for
 * @param recipeHash hash of all that decided what belongs into it
 * @param samples its rows
 * @param content hash of its rows; see {@link ContentHash}
 */
public record ShardFooter(
    String schema, String dataset, String recipeHash, long samples, String content) {
  private static final String PREFIX = "clapperboard.";
  private static final String SCHEMA = PREFIX + "schema";
  private static final String DATASET = PREFIX + "dataset";
  private static final String RECIPE = PREFIX + "recipe";
  private static final String SAMPLES = PREFIX + "samples";
  private static final String CONTENT = PREFIX + "content";

  static Map<String, String> start(String dataset, String recipeHash) {
    return Map.of(SCHEMA, PreparedDataset.SCHEMA, DATASET, dataset, RECIPE, recipeHash);
  }

  static Map<String, String> end(long samples, String content) {
    return Map.of(SAMPLES, Long.toString(samples), CONTENT, content);
  }

  static String schema(Map<String, String> metadata) {
    return metadata.get(SCHEMA);
  }

  static ShardFooter of(Map<String, String> metadata) {
    return new ShardFooter(
        schema(metadata),
        metadata.get(DATASET),
        metadata.get(RECIPE),
        Long.parseLong(metadata.get(SAMPLES)),
        metadata.get(CONTENT));
  }
}
