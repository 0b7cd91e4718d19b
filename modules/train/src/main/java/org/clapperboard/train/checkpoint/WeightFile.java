package org.clapperboard.train.checkpoint;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.io.Serializable;

/**
 * The weights of one part at the end of a stage.
 *
 * @param location the safetensors file: below the run's folder, or a full path or URI
 * @param sha256 hash of the file
 * @param stage the stage that trained it last, or where else it came from
 */
public record WeightFile(
    @JsonProperty("location") String location,
    @JsonProperty("sha256") String sha256,
    @JsonProperty("stage") String stage)
    implements Serializable {}
