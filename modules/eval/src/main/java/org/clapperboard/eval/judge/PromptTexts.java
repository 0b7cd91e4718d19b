package org.clapperboard.eval.judge;

import java.io.IOException;
import java.io.InputStream;
import java.io.Serializable;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.clapperboard.config.ConfigFile;
import org.clapperboard.config.Section;

/**
 * How all prompts are worded.
 *
 * <p>The wording that is built in ({@code prompts.yaml} beside this class) is our own: it asks for
 * what the paper (appendix A, table 9) and Video-ChatGPT's judges are described to ask for, and for
 * the same dictionary, in other words. A judge's figures depend on every word of its prompt and on
 * its model. So figures under one wording can be compared with each other, and with published ones
 * only under the published wording and model, which a configuration may give.
 */
final class PromptTexts implements Serializable {
  private static final long serialVersionUID = 1;
  private static final String BUILT_IN = "prompts.yaml";

  private final EnumMap<JudgePrompt, PromptText> texts;
  private final EnumMap<JudgePrompt, PromptText> given;

  private PromptTexts(Map<JudgePrompt, PromptText> given) {
    this.texts = new EnumMap<>(builtIn());
    this.given = new EnumMap<>(JudgePrompt.class);
    this.given.putAll(given);
    texts.putAll(given);
  }

  /** The built-in wording. */
  static PromptTexts ours() {
    return new PromptTexts(Map.of());
  }

  /** The built-in wording, but for the prompts that the section has. */
  static PromptTexts read(Section section) {
    return new PromptTexts(texts(section));
  }

  private static Map<JudgePrompt, PromptText> builtIn() {
    try (InputStream in = PromptTexts.class.getResourceAsStream(BUILT_IN)) {
      String yaml = new String(in.readAllBytes(), StandardCharsets.UTF_8);
      return ConfigFile.ofText(Path.of(BUILT_IN), yaml, List.of()).read(PromptTexts::texts);
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot read " + BUILT_IN + ": " + e.getMessage(), e);
    }
  }

  private static Map<JudgePrompt, PromptText> texts(Section section) {
    Map<JudgePrompt, PromptText> texts = new EnumMap<>(JudgePrompt.class);
    for (JudgePrompt prompt : JudgePrompt.values()) {
      Optional<Section> worded = section.optionalSection(prompt.key());
      worded.map(text -> PromptText.read(prompt, text)).ifPresent(text -> texts.put(prompt, text));
    }
    return texts;
  }

  /** The wording of a prompt. */
  PromptText of(JudgePrompt prompt) {
    return texts.get(prompt);
  }

  /** Whose wording it is, as reports say it. */
  String name() {
    if (given.isEmpty()) {
      return "built-in wording";
    }
    return String.format(
        Locale.ROOT,
        "own wording of %s",
        String.join(", ", given.keySet().stream().map(JudgePrompt::key).toList()));
  }
}
