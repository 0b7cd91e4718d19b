package org.clapperboard.train.checkpoint;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.io.Serializable;
import org.clapperboard.model.adapter.LoraConfig;

/**
 * The adapter of one part at the end of a stage.
 *
 * @param location its matrices, in a folder in PEFT's layout: below the run's folder, or a full
 *     path or URI
 * @param sha256 hash of the file
 * @param stage the stage that trained it last
 * @param lora what it is
 */
public record AdapterFile(
    @JsonProperty("location") String location,
    @JsonProperty("sha256") String sha256,
    @JsonProperty("stage") String stage,
    @JsonProperty("lora") LoraConfig lora)
    implements Serializable {}
