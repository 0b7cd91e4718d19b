package org.clapperboard.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.clapperboard.app.demo.TokenizerFiles;
import org.clapperboard.model.ModelConfig;
import org.clapperboard.model.ModelExport;
import org.clapperboard.model.ModelFolder;
import org.clapperboard.model.Part;
import org.clapperboard.model.weights.FreshStart;
import org.clapperboard.model.weights.ParameterSpec;

/**
 * A checkpoint of a true shape without true weights. Everything in its folder is as in a released
 * one but two things: weights are drawn from a seed, and the tokenizer knows the demo's words and
 * numbered ones, as many as the model has embeddings.
 *
 * <p>Weights are drawn while they are written, a few megabytes at a time. The spread of each tensor
 * is that of a fresh start, so that what flows through the layers neither dies out nor overflows;
 * but embeddings that are no head too are as large as what layers add to them. What a token is
 * would else be lost among the vectors of a video, and an answer be one token over and over.
 *
 * @param model its shape
 * @param shown how media are shown to it
 * @param seed of its weights
 */
record RandomCheckpoint(ModelConfig model, ModelFolder.Shown shown, long seed) {
  private static final String EMBEDDING = "model.embed_tokens.weight";

  private static final String CARD =
      """
      # Random weights

      The shape of a model with weights drawn at random, for measuring. It has learned nothing.
      """;

  /** Writes it; what a folder of that name held of an earlier one is replaced. */
  void write(Path folder, ModelExport export) throws IOException {
    Map<Part, FreshStart> weights = new EnumMap<>(Part.class);
    model
        .specs()
        .forEach((part, specs) -> weights.put(part, FreshStart.uniform(visible(specs), seed)));
    Path tokenizer = Files.createTempDirectory("clapperboard-tokenizer");
    try {
      TokenizerFiles.write(tokenizer, model.language().vocabulary());
      export.write(folder, model, weights, shown, tokenizer, CARD);
    } finally {
      Workplace.delete(tokenizer);
    }
  }

  private List<ParameterSpec> visible(List<ParameterSpec> specs) {
    return specs.stream()
        .map(
            spec ->
                spec.name().equals(EMBEDDING) && !model.language().tied()
                    ? ParameterSpec.normal(EMBEDDING, 1, spec.shape().getShape())
                    : spec)
        .toList();
  }
}
