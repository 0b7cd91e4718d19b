package org.clapperboard.serve;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import org.clapperboard.config.BadData;
import org.clapperboard.config.Failure;
import org.clapperboard.model.Example;
import org.clapperboard.model.Sampling;
import org.clapperboard.model.prompt.Conversation;

/** {@code POST /v1/chat/completions}. */
final class ChatEndpoint {
  private final ServedModel served;
  private final ServeLimits limits;
  private final ChatReader reader;
  private final MediaIntake intake;
  private final Desk desk;

  ChatEndpoint(ServedModel served, ServeLimits limits, MediaIntake intake, Desk desk) {
    this.served = served;
    this.limits = limits;
    this.reader = new ChatReader(limits.bodyBytes());
    this.intake = intake;
    this.desk = desk;
  }

  /** Answers; returns the status to count. */
  int handle(Exchange exchange) throws IOException {
    long deadline = System.nanoTime() + limits.answer().toNanos();
    ChatRequest request = reader.read(exchange.body(limits.bodyBytes()));
    if (!request.model().equals(served.name())) {
      throw new Refusal(
          404,
          "model_not_found",
          "model",
          "There is no model " + request.model() + " here (expected: " + served.name() + ").");
    }
    return new Completion(exchange, desk.order(order(request, deadline)), request).send();
  }

  private Order order(ChatRequest request, long deadline) {
    Example prompt = prompt(request);
    int length = served.model().length(prompt);
    if (length >= served.context()) {
      throw new Refusal(
          400,
          "context_length_exceeded",
          "messages",
          "The conversation takes "
              + length
              + " positions (expected: fewer than the model's "
              + served.context()
              + ").");
    }
    return new Order(
        prompt,
        length,
        new Sampling(
            request.temperature(),
            request.topP(),
            request.seed() == null ? ThreadLocalRandom.current().nextLong() : request.seed()),
        Math.min(maxTokens(request), served.context() - length),
        request.stops(),
        deadline);
  }

  private int maxTokens(ChatRequest request) {
    if (request.maxTokens() == null) {
      return limits.newTokens();
    }
    if (request.maxTokens() > limits.newTokens()) {
      throw Refusal.bad(
          "max_tokens",
          "max_tokens is "
              + request.maxTokens()
              + " (expected: at most "
              + limits.newTokens()
              + ").");
    }
    return request.maxTokens();
  }

  private Example prompt(ChatRequest request) {
    int media = request.messages().stream().mapToInt(message -> message.media().size()).sum();
    if (media > limits.media()) {
      throw Refusal.bad(
          "messages", "There are " + media + " media (expected: at most " + limits.media() + ").");
    }
    try {
      Conversation said = Conversation.EMPTY;
      for (ChatRequest.Message message : request.messages()) {
        said =
            switch (message.role()) {
              case SYSTEM -> said.instructed(message.text());
              case ASSISTANT -> said.answered(message.text());
              case USER -> said.asked(shown(message.media()), message.text());
            };
      }
      return said.prompt(served.tokenizer().prompts());
    } catch (BadData e) {
      throw Refusal.bad("messages", e.getMessage());
    } catch (Failure e) {
      // The chat template of the model has its own rules, such as who may speak after whom.
      throw new Refusal(400, "template", "messages", e.getMessage());
    }
  }

  private List<Conversation.Medium> shown(List<MediaPart> parts) {
    List<Conversation.Medium> shown = new ArrayList<>();
    parts.forEach(part -> shown.add(intake.medium(part)));
    return shown;
  }
}
