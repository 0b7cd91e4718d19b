package org.clapperboard.eval.judge;

/**
 * What a judge has spent since it was opened.
 *
 * @param calls requests that were sent, repeated ones too
 * @param tokens what they cost, by the endpoint's count or else estimated
 * @param kept cases whose reply was kept from before
 */
public record JudgeUsage(long calls, long tokens, long kept) {}
