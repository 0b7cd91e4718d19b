package org.clapperboard.eval.judge;

/**
 * What an endpoint replied to a request.
 *
 * @param text the reply; empty if the endpoint refused to give one
 * @param cut whether it ended because it was long enough
 * @param refusal why the endpoint's filter refused, a sentence; else empty
 */
record Reply(String text, boolean cut, String refusal) {}
