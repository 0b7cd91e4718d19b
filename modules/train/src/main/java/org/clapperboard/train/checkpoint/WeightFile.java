package org.clapperboard.train.checkpoint;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import java.io.Serializable;

/**
 * The weights of one part at the end of a stage.
 *
 * @param location the safetensors file: below the run's folder, or a full path or URI
 * @param sha256 hash of the file
 * @param stage the stage that wrote it
 * @param adapter what is added to it, or null
 */
public record WeightFile(
    @JsonProperty("location") String location,
    @JsonProperty("sha256") String sha256,
    @JsonProperty("stage") String stage,
    @JsonProperty("adapter") @JsonInclude(JsonInclude.Include.NON_NULL) AdapterFile adapter)
    implements Serializable {

  /** Weights without an adapter. */
  public WeightFile(String location, String sha256, String stage) {
    this(location, sha256, stage, null);
  }

  /** The same file with another adapter, or with none. */
  public WeightFile with(AdapterFile other) {
    return new WeightFile(location, sha256, stage, other);
  }

  /** The stage that trained it last, or wrote it down. */
  public String lastStage() {
    return adapter == null ? stage : adapter.stage();
  }

  /** Hash of all that the weights are made of. */
  public String content() {
    return adapter == null ? sha256 : sha256 + "+" + adapter.sha256();
  }
}
