package org.clapperboard.serve;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.clapperboard.config.BadData;
import org.clapperboard.config.Failure;
import org.clapperboard.model.Example;
import org.clapperboard.model.Sampling;
import org.clapperboard.model.prompt.Conversation;

/** {@code POST /v1/chat/completions}. */
final class ChatEndpoint {
  private static final long SMALL_BYTES = 1 << 18;

  /** Large bodies that are in memory at once, with all that they become on the way. */
  private static final int UPLOADS = 4;

  private final ServedModel served;
  private final ServeLimits limits;
  private final ChatReader reader;
  private final MediaIntake intake;
  private final Desk desk;
  private final Semaphore uploads = new Semaphore(UPLOADS, true);

  ChatEndpoint(ServedModel served, ServeLimits limits, MediaIntake intake, Desk desk) {
    this.served = served;
    this.limits = limits;
    this.reader = new ChatReader(limits.bodyBytes());
    this.intake = intake;
    this.desk = desk;
  }

  /** Answers; returns the status to count. */
  int handle(Exchange exchange) throws IOException {
    Asked asked = asked(exchange, System.nanoTime() + limits.answer().toNanos());
    return new Completion(exchange, desk.order(asked.order()), asked.form()).send();
  }

  /** What is left of a request once it was understood: its body, with files in it, is not. */
  private record Asked(Order order, Completion.Form form) {}

  private Asked asked(Exchange exchange, long deadline) throws IOException {
    boolean large = exchange.length() < 0 || exchange.length() > SMALL_BYTES;
    if (large) {
      awaitPlace();
    }
    try {
      ChatRequest request = reader.read(exchange.body(limits.bodyBytes()));
      if (!request.model().equals(served.name())) {
        throw new Refusal(
            404,
            "model_not_found",
            "model",
            "There is no model " + request.model() + " here (expected: " + served.name() + ").");
      }
      return new Asked(
          order(request, deadline),
          new Completion.Form(request.model(), request.stream(), request.usage()));
    } finally {
      if (large) {
        uploads.release();
      }
    }
  }

  private void awaitPlace() {
    try {
      if (!uploads.tryAcquire(limits.read().toMillis(), TimeUnit.MILLISECONDS)) {
        throw new Refusal(429, "uploads", null, "Too many large requests are being read already.");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw Refusal.stopping();
    }
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
