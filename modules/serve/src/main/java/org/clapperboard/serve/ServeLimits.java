package org.clapperboard.serve;

import java.time.Duration;
import org.clapperboard.config.Rules;

/**
 * What requests may cost.
 *
 * @param bodyBytes longest body of a request
 * @param mediaBytes longest file that is shown
 * @param media most media in a conversation
 * @param newTokens longest answer
 * @param waiting most requests that wait for the model; further ones are refused
 * @param batch most requests that are answered at once
 * @param answer from a request's arrival to the end of its answer
 * @param read of one request's body, and how long a silent client is borne
 */
public record ServeLimits(
    long bodyBytes,
    long mediaBytes,
    int media,
    int newTokens,
    int waiting,
    int batch,
    Duration answer,
    Duration read) {

  /** 32 MiB, 24 MiB, 8 media, 1024 tokens, 64 waiting, 8 at once, 5 minutes, 60 seconds. */
  public static final ServeLimits DEFAULT =
      new ServeLimits(
          32L << 20, 24L << 20, 8, 1024, 64, 8, Duration.ofMinutes(5), Duration.ofSeconds(60));

  /** Checks that every limit allows something. */
  public ServeLimits {
    try (Rules rules = new Rules()) {
      rules.between("body-bytes", bodyBytes, 1024, 1L << 30);
      rules.between("media-bytes", mediaBytes, 1024, 1L << 30);
      rules.between("media", media, 1, 1000);
      rules.between("new-tokens", newTokens, 1, 1 << 20);
      rules.between("waiting", waiting, 1, 100_000);
      rules.between("batch", batch, 1, 1024);
      rules.between("answer-seconds", answer.toMillis() / 1e3, 0.001, 1e6);
      rules.between("read-seconds", read.toMillis() / 1e3, 0.001, 1e6);
    }
  }
}
