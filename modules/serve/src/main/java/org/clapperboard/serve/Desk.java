package org.clapperboard.serve;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.Set;
import org.clapperboard.model.Generator;
import org.clapperboard.model.Sampling;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where answers are ordered: a queue before the one thread that has the model. While it answers,
 * requests gather; those that choose tokens alike then go together, padded on the left.
 */
final class Desk implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Desk.class);

  private final ServedModel served;
  private final ServeLimits limits;
  private final ServeMetrics metrics;
  private final Deque<Ticket> waiting = new ArrayDeque<>();
  private final Thread thread = new Thread(this::work, "model");
  private List<Ticket> answering = List.of();
  private boolean open = true;

  Desk(ServedModel served, ServeLimits limits, ServeMetrics metrics) {
    this.served = served;
    this.limits = limits;
    this.metrics = metrics;
    metrics.watchQueue(this::length);
    thread.setDaemon(true);
    thread.start();
  }

  /**
   * Orders an answer.
   *
   * @throws Refusal if too many wait already, or the server is stopping
   */
  synchronized Ticket order(Order order) {
    if (!open) {
      throw Refusal.stopping();
    }
    waiting.removeIf(Ticket::isCancelled);
    if (waiting.size() >= limits.waiting()) {
      throw new Refusal(
          429, "queue_full", null, "Too many requests wait already: " + waiting.size() + ".");
    }
    Ticket ticket = new Ticket(order, served.tokenizer());
    waiting.add(ticket);
    notifyAll();
    return ticket;
  }

  synchronized int length() {
    return waiting.size();
  }

  /** Whether answers can be ordered. */
  synchronized boolean isOpen() {
    return open && thread.isAlive();
  }

  private void work() {
    for (List<Ticket> batch = batch(); !batch.isEmpty(); batch = batch()) {
      try {
        answer(batch);
      } catch (RuntimeException | OutOfMemoryError e) {
        LOG.error("Cannot answer {} requests", batch.size(), e);
        batch.forEach(
            ticket ->
                ticket.fail(
                    new Refusal(500, "internal", null, "The model failed; its log says why.")));
      }
    }
  }

  /** The first that waits and those that can go with it; none when the desk is closed. */
  private synchronized List<Ticket> batch() {
    answering = new ArrayList<>();
    while (answering.isEmpty()) {
      if (!open) {
        return List.of();
      }
      Iterator<Ticket> queue = waiting.iterator();
      while (queue.hasNext() && answering.size() < limits.batch()) {
        Ticket ticket = queue.next();
        if (ticket.isCancelled() || ticket.order().isLate()) {
          ticket.fail(Refusal.late());
          queue.remove();
        } else if (answering.isEmpty() || answering.get(0).order().isLike(ticket.order())) {
          answering.add(ticket);
          queue.remove();
        }
      }
      if (answering.isEmpty()) {
        try {
          wait();
        } catch (InterruptedException e) {
          return List.of();
        }
      }
    }
    return List.copyOf(answering);
  }

  private void answer(List<Ticket> batch) {
    long start = System.nanoTime();
    Sampling sampling = batch.get(0).order().sampling();
    int longest = batch.stream().mapToInt(ticket -> ticket.order().maxTokens()).max().orElseThrow();
    new Generator(served.model(), Set.of(served.tokenizer().endId()), longest)
        .choosing(sampling)
        .seeded(batch.stream().mapToLong(ticket -> ticket.order().sampling().seed()).toArray())
        .read(
            batch.stream().map(ticket -> ticket.order().prompt()).toList(),
            (row, id) -> batch.get(row).token(id));
    metrics.answered(batch, System.nanoTime() - start);
  }

  /** Refuses what waits, and ends what is being answered. */
  @Override
  public void close() {
    synchronized (this) {
      open = false;
      waiting.forEach(ticket -> ticket.fail(Refusal.stopping()));
      waiting.clear();
      answering.forEach(ticket -> ticket.fail(Refusal.stopping()));
      notifyAll();
    }
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
