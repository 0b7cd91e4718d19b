package org.clapperboard.bench;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.Locale;

/**
 * What a question took.
 *
 * @param parameters parameters of the model
 * @param weightBytes size of its files of weights
 * @param promptTokens positions before the answer, those of the video included
 * @param answerTokens tokens of the answer
 * @param answer its text
 * @param secondsToOpen until the model could be asked
 * @param secondsToSee until the video was decoded and prepared
 * @param secondsToFirstToken from then on until the first token
 * @param secondsPerToken for each further token
 * @param memory peaks from the beginning to the end, or null where the system does not say
 */
record AskFigures(
    long parameters,
    long weightBytes,
    int promptTokens,
    int answerTokens,
    String answer,
    double secondsToOpen,
    double secondsToSee,
    double secondsToFirstToken,
    double secondsPerToken,
    ResidentMemory.Peaks memory) {

  /** One line of JSON. */
  String json() {
    ObjectNode json =
        new ObjectMapper()
            .createObjectNode()
            .put("parameters", parameters)
            .put("weight-bytes", weightBytes)
            .put("prompt-tokens", promptTokens)
            .put("answer-tokens", answerTokens)
            .put("answer", answer)
            .put("seconds-to-open", secondsToOpen)
            .put("seconds-to-see", secondsToSee)
            .put("seconds-to-first-token", secondsToFirstToken)
            .put("tokens-per-second-then", 1 / secondsPerToken);
    if (memory != null) {
      json.put("peak-resident-bytes", memory.resident())
          .put("peak-anonymous-bytes", memory.anonymous())
          .put("peak-of-files-bytes", memory.ofFiles());
    }
    return json.toString();
  }

  /** A table of one row, in Markdown. */
  List<String> table() {
    return List.of(
        "| parameters | weights | open | see | prompt | first token | then | peak resident |"
            + " anonymous | of files |",
        "|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|",
        String.format(
            Locale.ROOT,
            "| %.2f B | %.1f GB | %.1f s | %.1f s | %d tokens | %.1f s | %.2f tokens/s | %s |",
            parameters / 1e9,
            weightBytes / 1e9,
            secondsToOpen,
            secondsToSee,
            promptTokens,
            secondsToFirstToken,
            1 / secondsPerToken,
            memory == null
                ? "unknown here | unknown here | unknown here"
                : gigabytes(memory.resident())
                    + " | "
                    + gigabytes(memory.anonymous())
                    + " | "
                    + gigabytes(memory.ofFiles())));
  }

  private static String gigabytes(long bytes) {
    return String.format(Locale.ROOT, "%.1f GB", bytes / 1e9);
  }
}
