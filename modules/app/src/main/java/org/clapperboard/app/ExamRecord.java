package org.clapperboard.app;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.TreeMap;
import org.apache.commons.codec.digest.DigestUtils;
import org.clapperboard.config.BadData;
import org.clapperboard.data.storage.Folder;
import org.clapperboard.eval.EvalConfig;
import org.clapperboard.eval.Score;
import org.clapperboard.train.checkpoint.StageResult;
import org.clapperboard.train.checkpoint.WeightFile;

/**
 * The scores of a stage as they are kept in its folder, so that nothing is asked twice.
 *
 * @param inputs hash of the questions and the weights
 * @param scores a score for each set
 */
record ExamRecord(String inputs, List<Score> scores) {
  private static final String FILE = "exam.json";
  private static final ObjectMapper JSON = new ObjectMapper();

  ExamRecord {
    scores = List.copyOf(scores);
  }

  /** The hash of what an exam of a stage depends on. */
  static String inputs(EvalConfig config, StageResult result) {
    StringBuilder facts = new StringBuilder(config.toString());
    new TreeMap<String, WeightFile>(result.parts())
        .forEach((part, weights) -> facts.append('\n').append(part).append(weights.content()));
    return DigestUtils.sha256Hex(facts.toString());
  }

  /** The record in a stage's folder, or null. */
  static ExamRecord in(Folder stage) {
    try {
      byte[] json = stage.read(FILE);
      return json == null ? null : JSON.readValue(json, ExamRecord.class);
    } catch (IOException e) {
      throw new BadData("Cannot read " + stage.path(FILE) + ": " + e.getMessage(), e);
    }
  }

  void write(Folder stage) {
    try {
      stage.delete(FILE);
      stage.createOnce(FILE, JSON.writerWithDefaultPrettyPrinter().writeValueAsBytes(this));
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot write " + stage.path(FILE), e);
    }
  }
}
