package org.clapperboard.eval.judge;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.clapperboard.eval.judge.Attempt.End;
import org.clapperboard.eval.judge.EndpointConfig.Limits;
import org.clapperboard.eval.judge.Verdict.Outcome;

/**
 * Gets replies to requests, with patience that ends: each request is sent again a limited number of
 * times, after waits that double; all wait when the endpoint wants to be left alone; and none is
 * sent any more once the budget is spent, the endpoint says that it will never answer, or several
 * in a row have got no reply. Used by several threads.
 */
final class Asking {
  private static final int GIVE_UP_AFTER = 5;

  private final ChatClient client;
  private final ReplyCache cache;
  private final Spending spending;
  private final Limits limits;
  private final long start = System.nanoTime();

  private long quietUntil;
  private int inVain;
  private boolean replied;
  private String over = "";
  private String hopeless = "";

  /** What came of a request: a reply, which is in the cache, or the outcome without one. */
  record Asked(Outcome outcome, String why) {
    static final Asked REPLIED = new Asked(Outcome.STRICT, "");
  }

  Asking(ChatClient client, ReplyCache cache, Spending spending, Limits limits) {
    this.client = client;
    this.cache = cache;
    this.spending = spending;
    this.limits = limits;
  }

  /** Why the endpoint cannot be asked at all, if it said so. */
  synchronized Optional<String> hopeless() {
    return hopeless.isEmpty() ? Optional.empty() : Optional.of(hopeless);
  }

  Asked ask(String request, String body) throws InterruptedException {
    String last = "";
    for (int attempt = 0; attempt <= limits.retries(); attempt++) {
      if (attempt > 0) {
        sleep(backoff(attempt));
      }
      waitWhileQuiet();
      String ended = ended();
      if (!ended.isEmpty()) {
        return new Asked(
            Outcome.FAILED,
            "It was not asked" + (attempt > 0 ? " again" : "") + ": " + ended + ".");
      }
      if (!spending.take()) {
        return new Asked(
            Outcome.BUDGET_SPENT, "The budget of calls or tokens is spent" + last + ".");
      }
      Attempt sent = client.send(body);
      spending.cost(sent.tokens());
      if (sent.end() == End.REPLIED) {
        keep(request, sent.reply());
        return Asked.REPLIED;
      }
      last = "; before, " + sent.why();
      if (!again(sent)) {
        return new Asked(Outcome.FAILED, "There is no reply: " + sent.why() + ".");
      }
      if (attempt == limits.retries()) {
        vain(sent.why());
        return new Asked(
            Outcome.FAILED,
            "There is no reply after " + (attempt + 1) + " attempts: " + sent.why() + ".");
      }
    }
    throw new IllegalStateException("The last attempt has returned");
  }

  private void keep(String request, Reply reply) {
    try {
      cache.put(request, reply);
      success();
    } catch (RuntimeException e) {
      // What cannot be kept would be paid for in vain.
      stop("replies cannot be kept");
      throw e;
    }
  }

  private synchronized void stop(String why) {
    over = why;
  }

  /** Whether another attempt makes sense, with what follows from this one for all. */
  private synchronized boolean again(Attempt sent) {
    switch (sent.end()) {
      case BUSY -> {
        Duration pause = sent.pause();
        if (pause != null && pause.compareTo(limits.longestWait()) > 0) {
          over = "the endpoint wants to be left alone for " + pause.toSeconds() + " s";
          return false;
        }
        if (pause != null) {
          quietUntil = Math.max(quietUntil, now() + pause.toNanos());
        }
        return true;
      }
      case BROKEN -> {
        return true;
      }
      case REJECTED -> {
        inVain++;
        if (!replied && inVain >= GIVE_UP_AFTER) {
          hopeless = sent.why();
          over = sent.why();
        }
        return false;
      }
      case HOPELESS -> {
        hopeless = sent.why();
        over = sent.why();
        return false;
      }
      case NOTHING_LEFT -> {
        over = sent.why();
        return false;
      }
      case REPLIED -> throw new IllegalArgumentException("A reply is no failure");
    }
    throw new IllegalStateException("Every end has been seen to");
  }

  private synchronized void success() {
    inVain = 0;
    replied = true;
  }

  private synchronized void vain(String why) {
    inVain++;
    if (over.isEmpty() && inVain >= Math.max(GIVE_UP_AFTER, limits.parallel())) {
      over = inVain + " cases in a row got no reply, the last one because " + why;
    }
  }

  private synchronized String ended() {
    return over;
  }

  /** A wait that doubles, less up to a quarter, so that not all come back at once. */
  private Duration backoff(int attempt) {
    double doubled = (double) limits.firstWait().toMillis() * Math.pow(2, attempt - 1);
    double capped = Math.min(doubled, (double) limits.longestWait().toMillis());
    return Duration.ofMillis((long) (capped * ThreadLocalRandom.current().nextDouble(0.75, 1)));
  }

  private void waitWhileQuiet() throws InterruptedException {
    long left = quiet();
    while (left > 0) {
      TimeUnit.NANOSECONDS.sleep(left);
      left = quiet();
    }
  }

  private synchronized long quiet() {
    return quietUntil - now();
  }

  private long now() {
    return System.nanoTime() - start;
  }

  private static void sleep(Duration wait) throws InterruptedException {
    TimeUnit.NANOSECONDS.sleep(wait.toNanos());
  }
}
