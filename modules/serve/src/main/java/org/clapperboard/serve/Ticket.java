package org.clapperboard.serve;

import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.clapperboard.model.prompt.TextStream;
import org.clapperboard.model.prompt.Tokenizer;

/**
 * One answer on its way from the model's thread to a client's. The model never waits for a client:
 * what was not yet sent lies here, and is bounded by the longest answer.
 */
final class Ticket {
  private final Order order;
  private final int endId;
  private final TextStream text;
  private final StopStrings stops;
  private final BlockingQueue<Event> events = new LinkedBlockingQueue<>();
  private int tokens;
  private boolean over;
  private volatile boolean cancelled;

  Ticket(Order order, Tokenizer tokenizer) {
    this.order = order;
    this.endId = tokenizer.endId();
    this.text = new TextStream(tokenizer);
    this.stops = new StopStrings(order.stops());
  }

  /** What happens to an answer. */
  sealed interface Event {}

  /** It grew. */
  record Text(String text) implements Event {}

  /**
   * It is whole.
   *
   * @param reason {@code stop} or {@code length}, OpenAI's words
   * @param tokens its length, the ending one included
   */
  record Ended(String reason, int tokens) implements Event {}

  /** There is none. */
  record Failed(Refusal why) implements Event {}

  Order order() {
    return order;
  }

  /** The next event, or null if there was none for so long. */
  Event next(long millis) throws InterruptedException {
    return events.poll(millis, TimeUnit.MILLISECONDS);
  }

  /** Nobody waits any more. */
  void cancel() {
    cancelled = true;
  }

  boolean isCancelled() {
    return cancelled;
  }

  /** One more token; returns whether the next one is wanted. */
  synchronized boolean token(int id) {
    if (over || cancelled) {
      return false;
    }
    if (order.isLate()) {
      fail(Refusal.late());
      return false;
    }
    tokens++;
    if (id != endId) {
      give(stops.add(text.add(id)));
    }
    if (id == endId || stops.met() || tokens == order.maxTokens()) {
      end(id == endId);
    }
    return !over;
  }

  synchronized int tokens() {
    return tokens;
  }

  /** There will be no (further) answer. */
  synchronized void fail(Refusal why) {
    if (!over) {
      over = true;
      events.add(new Failed(why));
    }
  }

  private void end(boolean byItself) {
    over = true;
    give(stops.add(text.end()));
    give(stops.end());
    events.add(new Ended(byItself || stops.met() ? "stop" : "length", tokens));
  }

  private void give(String more) {
    if (!more.isEmpty()) {
      events.add(new Text(more));
    }
  }
}
