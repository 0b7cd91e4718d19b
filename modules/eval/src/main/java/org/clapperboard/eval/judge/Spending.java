package org.clapperboard.eval.judge;

/** Counts what an endpoint is asked, and says when the budget is spent. */
final class Spending {
  private final long maxCalls;
  private final long maxTokens;
  private long calls;
  private long tokens;
  private long kept;

  Spending(long maxCalls, long maxTokens) {
    this.maxCalls = maxCalls;
    this.maxTokens = maxTokens;
  }

  /**
   * Takes one call out of the budget, if there is any left. What calls under way will cost is not
   * known, so tokens may be overspent by one call for each that runs at the same time.
   */
  synchronized boolean take() {
    if (calls >= maxCalls || tokens >= maxTokens) {
      return false;
    }
    calls++;
    return true;
  }

  synchronized void cost(long more) {
    tokens += more;
  }

  synchronized void kept() {
    kept++;
  }

  synchronized JudgeUsage usage() {
    return new JudgeUsage(calls, tokens, kept);
  }
}
