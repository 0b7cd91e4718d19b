package org.clapperboard.train.checkpoint;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.clapperboard.config.BadCheckpoint;
import org.clapperboard.data.storage.Folder;

/**
 * What a finished stage hands over: for every part of the model the file that holds its weights.
 * Parts that were frozen are named where they were before; nothing is copied.
 *
 * @param stage the stage
 * @param inputs hash of all that decides its outcome
 * @param steps steps it took
 * @param parts weights by the key of their part
 */
public record StageResult(
    @JsonProperty("stage") String stage,
    @JsonProperty("inputs") String inputs,
    @JsonProperty("steps") long steps,
    @JsonProperty("parts") Map<String, WeightFile> parts) {
  /** The file in a stage's folder, written last. */
  public static final String FILE = "result.json";

  private static final ObjectMapper JSON = new ObjectMapper();

  public StageResult {
    Objects.requireNonNull(stage, "stage");
    Objects.requireNonNull(inputs, "inputs");
    parts = new TreeMap<>(parts);
  }

  /**
   * Reads the result in a stage's folder, or null if the stage has not finished.
   *
   * @throws BadCheckpoint if the file is there but cannot be understood
   */
  public static StageResult in(Folder stage) {
    try {
      byte[] json = stage.read(FILE);
      if (json == null) {
        return null;
      }
      StageResult result = JSON.readValue(json, StageResult.class);
      if (result == null) {
        throw new BadCheckpoint("Cannot read " + stage.path(FILE) + ": it holds nothing.");
      }
      return result;
    } catch (IOException e) {
      throw new BadCheckpoint("Cannot read " + stage.path(FILE) + ": " + e.getMessage(), e);
    }
  }

  /** Writes it into a stage's folder. */
  public void write(Folder stage) throws IOException {
    stage.delete(FILE);
    stage.createOnce(FILE, JSON.writerWithDefaultPrettyPrinter().writeValueAsBytes(this));
  }
}
