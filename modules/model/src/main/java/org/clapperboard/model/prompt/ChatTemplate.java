package org.clapperboard.model.prompt;

import com.hubspot.jinjava.Jinjava;
import com.hubspot.jinjava.JinjavaConfig;
import com.hubspot.jinjava.interpret.AutoCloseableSupplier.AutoCloseableImpl;
import com.hubspot.jinjava.interpret.Context;
import com.hubspot.jinjava.interpret.InterpretException;
import com.hubspot.jinjava.interpret.JinjavaInterpreter;
import com.hubspot.jinjava.interpret.TemplateError;
import com.hubspot.jinjava.lib.fn.ELFunctionDefinition;
import com.hubspot.jinjava.tree.Node;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.clapperboard.config.BadCheckpoint;

/**
 * A checkpoint's chat template: the Jinja text of {@code tokenizer_config.json} that lays out a
 * conversation, rendered with the settings of Hugging Face's tokenizers.
 *
 * <p>Thread-safe.
 */
public final class ChatTemplate {
  private static final JinjavaConfig CONFIG =
      JinjavaConfig.newBuilder().withTrimBlocks(true).withLstripBlocks(true).build();

  private final Jinjava jinjava = new Jinjava(CONFIG);
  private final Node parsed;
  private final Map<String, Object> specialTokens;

  /** Whether a rendered conversation ends with the start of the model's next answer. */
  public enum GenerationPrompt {
    /** It does: the model goes on from there. */
    ADDED,
    /** It ends with what was said last. */
    LEFT_OUT
  }

  /**
   * Parses a template.
   *
   * @param specialTokens variables such as {@code bos_token} that the template may use
   * @throws BadCheckpoint if it cannot be parsed
   */
  public ChatTemplate(String template, Map<String, String> specialTokens) {
    this.specialTokens = Map.copyOf(specialTokens);
    jinjava
        .getGlobalContext()
        .registerFunction(
            new ELFunctionDefinition(
                "", "raise_exception", ChatTemplate.class, "refuse", String.class));
    JinjavaInterpreter interpreter = jinjava.newInterpreter();
    this.parsed = interpreter.parse(template);
    refuseErrors(interpreter.getErrorsCopy());
  }

  /**
   * Lays out a conversation.
   *
   * @throws BadCheckpoint if the template refuses it or uses something Jinjava does not know
   */
  public String render(List<Turn> turns, GenerationPrompt generationPrompt) {
    List<Map<String, Object>> messages = new ArrayList<>();
    for (Turn turn : turns) {
      String role = turn.role().name().toLowerCase(Locale.ROOT);
      messages.add(Map.of("role", role, "content", turn.text()));
    }
    Map<String, Object> variables = new HashMap<>(specialTokens);
    variables.put("messages", messages);
    variables.put("add_generation_prompt", generationPrompt == GenerationPrompt.ADDED);
    Context context = new Context(jinjava.getGlobalContext(), variables, null);
    try (AutoCloseableImpl<JinjavaInterpreter> interpreter =
        JinjavaInterpreter.closeablePushCurrent(new JinjavaInterpreter(jinjava, context, CONFIG))
            .get()) {
      String text = interpreter.value().render(parsed);
      refuseErrors(interpreter.value().getErrorsCopy());
      return text;
    } catch (InterpretException e) {
      throw new BadCheckpoint("Cannot render the chat template: " + e.getMessage(), e);
    }
  }

  /** What templates call when they do not accept a conversation. */
  @SuppressWarnings("DoNotCallSuggester") // Only templates call it, by name.
  public static String refuse(String why) {
    throw new BadCheckpoint("The chat template refuses this conversation: " + why);
  }

  private static void refuseErrors(List<TemplateError> errors) {
    if (!errors.isEmpty()) {
      TemplateError error = errors.get(0);
      throw new BadCheckpoint(
          "Cannot render the chat template: line " + error.getLineno() + ": " + error.getMessage());
    }
  }
}
