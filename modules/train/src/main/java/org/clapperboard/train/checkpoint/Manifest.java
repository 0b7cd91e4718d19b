package org.clapperboard.train.checkpoint;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.Serializable;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * What makes files a checkpoint; written last.
 *
 * @param stage the stage
 * @param inputs hash of all that decides the outcome of the stage that the state belongs to
 * @param step steps done
 * @param updates those of them that changed weights; null where none was ever skipped
 * @param position where the stage is in its samples; null in what was written before it was kept
 * @param worldSize ranks that wrote it
 * @param files the state of each rank, in rank order
 */
record Manifest(
    @JsonProperty("stage") String stage,
    @JsonProperty("inputs") String inputs,
    @JsonProperty("step") long step,
    @JsonProperty("updates") Long updates,
    @JsonProperty("position") Position position,
    @JsonProperty("worldSize") int worldSize,
    @JsonProperty("files") List<RankFile> files)
    implements Serializable {
  private static final ObjectMapper JSON = new ObjectMapper();

  Manifest {
    Objects.requireNonNull(stage, "stage");
    Objects.requireNonNull(inputs, "inputs");
    updates = updates == null ? step : updates;
    files = List.copyOf(files);
  }

  /**
   * The state of one rank.
   *
   * @param name file below the checkpoints folder
   * @param bytes its size
   * @param sha256 its hash
   */
  record RankFile(
      @JsonProperty("name") String name,
      @JsonProperty("bytes") long bytes,
      @JsonProperty("sha256") String sha256)
      implements Serializable {

    byte[] toJson() {
      return json(this);
    }

    static RankFile fromJson(byte[] json) {
      try {
        return JSON.readValue(json, RankFile.class);
      } catch (IOException e) {
        throw new IllegalStateException(e);
      }
    }
  }

  byte[] toJson() {
    return json(this);
  }

  /** Reads a manifest; empty if this is none, such as one that was cut off. */
  static Optional<Manifest> fromJson(byte[] json) {
    try {
      return Optional.ofNullable(JSON.readValue(json, Manifest.class));
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  private static byte[] json(Object value) {
    try {
      return JSON.writeValueAsBytes(value);
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }
}
