package org.clapperboard.eval.judge;

import java.time.Duration;

/**
 * What came of sending a request once.
 *
 * @param end how it ended
 * @param reply the reply, if there is one, else null
 * @param tokens what it cost, as far as is known
 * @param why what went wrong, without a full stop
 * @param pause for how long the endpoint wants to be left alone; null if it does not say
 */
record Attempt(End end, Reply reply, long tokens, String why, Duration pause) {

  /** Ends of an attempt. */
  enum End {
    /** There is a reply, or a refusal by a content filter. */
    REPLIED,
    /** The endpoint is busy: it should be left alone for a while, and asked again. */
    BUSY,
    /** No usable reply; another attempt may bring one. */
    BROKEN,
    /** The endpoint will never answer this request. */
    REJECTED,
    /** The endpoint will answer no request as it is set up. */
    HOPELESS,
    /** The account behind the key has nothing left. */
    NOTHING_LEFT
  }

  static Attempt replied(Reply reply, long tokens) {
    return new Attempt(End.REPLIED, reply, tokens, "", null);
  }

  static Attempt failed(End end, String why) {
    return new Attempt(end, null, 0, why, null);
  }
}
