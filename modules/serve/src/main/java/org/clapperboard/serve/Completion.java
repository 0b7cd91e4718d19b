package org.clapperboard.serve;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.UUID;
import org.clapperboard.serve.Ticket.Ended;
import org.clapperboard.serve.Ticket.Event;
import org.clapperboard.serve.Ticket.Failed;
import org.clapperboard.serve.Ticket.Text;

/** Sends one answer in the form of OpenAI's chat completions, whole or as it grows. */
final class Completion {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final long LOOK_MILLIS = 50;
  private static final long LATE_NANOS = 5_000_000_000L;

  /** Status of a request whose client has left, as nginx counts it. */
  static final int LEFT = 499;

  private final Exchange exchange;
  private final Ticket ticket;
  private final Form form;
  private final String id = "chatcmpl-" + UUID.randomUUID().toString().replace("-", "");
  private final long created = Instant.now().getEpochSecond();
  private long looked = System.nanoTime();

  /**
   * How an answer is sent.
   *
   * @param model its name
   * @param stream whether it is sent while it grows
   * @param usage whether a stream ends with the numbers of tokens
   */
  record Form(String model, boolean stream, boolean usage) {}

  Completion(Exchange exchange, Ticket ticket, Form form) {
    this.exchange = exchange;
    this.ticket = ticket;
    this.form = form;
  }

  /** Sends the answer; returns the status to count. If the client leaves, the answer is ended. */
  int send() throws IOException {
    try {
      return form.stream() ? stream() : whole();
    } catch (IOException e) {
      return LEFT;
    } finally {
      ticket.cancel();
    }
  }

  private int whole() throws IOException {
    StringBuilder text = new StringBuilder();
    for (Event event = next(); event != null; event = next()) {
      if (event instanceof Text more) {
        text.append(more.text());
      } else if (event instanceof Failed failed) {
        throw failed.why();
      } else if (event instanceof Ended ended) {
        ObjectNode reply = object("chat.completion");
        ObjectNode choice = choice(reply, ended.reason());
        choice
            .putObject("message")
            .put("role", "assistant")
            .put("content", text.toString())
            .putNull("refusal");
        putUsage(reply, ended);
        exchange.reply(200, reply);
        return 200;
      }
    }
    return LEFT;
  }

  private int stream() throws IOException {
    Event event = next();
    if (event instanceof Failed failed) {
      throw failed.why();
    }
    if (event == null) {
      return LEFT;
    }
    try (OutputStream out = exchange.events()) {
      send(out, delta("role", "assistant", null));
      for (; event != null; event = next()) {
        if (event instanceof Text more) {
          send(out, delta("content", more.text(), null));
        } else if (event instanceof Failed failed) {
          send(out, Exchange.error(failed.why()));
          return failed.why().status();
        } else if (event instanceof Ended ended) {
          send(out, delta(null, null, ended.reason()));
          if (form.usage()) {
            ObjectNode last = object("chat.completion.chunk");
            last.putArray("choices");
            putUsage(last, ended);
            send(out, last);
          }
          out.write("data: [DONE]\n\n".getBytes(StandardCharsets.US_ASCII));
          return 200;
        }
      }
    }
    return LEFT;
  }

  /** The next event, or null if the client has left. */
  private Event next() {
    try {
      while (true) {
        Event event = ticket.next(LOOK_MILLIS);
        // Also while tokens come without a pause.
        if (System.nanoTime() - looked > LOOK_MILLIS * 1_000_000) {
          looked = System.nanoTime();
          if (exchange.hasLeft()) {
            return null;
          }
        }
        if (event != null) {
          return event;
        }
        if (System.nanoTime() - ticket.order().deadline() > LATE_NANOS) {
          return new Failed(Refusal.late());
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return new Failed(Refusal.stopping());
    }
  }

  private static void send(OutputStream out, ObjectNode value) throws IOException {
    out.write(
        ("data: " + JSON.writeValueAsString(value) + "\n\n").getBytes(StandardCharsets.UTF_8));
  }

  private ObjectNode delta(String name, String value, String reason) {
    ObjectNode chunk = object("chat.completion.chunk");
    ObjectNode delta = choice(chunk, reason).putObject("delta");
    if (name != null) {
      delta.put(name, value);
    }
    return chunk;
  }

  private static ObjectNode choice(ObjectNode reply, String reason) {
    return reply
        .putArray("choices")
        .addObject()
        .put("index", 0)
        .putNull("logprobs")
        .put("finish_reason", reason);
  }

  private ObjectNode object(String kind) {
    return JSON.createObjectNode()
        .put("id", id)
        .put("object", kind)
        .put("created", created)
        .put("model", form.model());
  }

  private void putUsage(ObjectNode reply, Ended ended) {
    reply
        .putObject("usage")
        .put("prompt_tokens", ticket.order().length())
        .put("completion_tokens", ended.tokens())
        .put("total_tokens", ticket.order().length() + ended.tokens());
  }
}
