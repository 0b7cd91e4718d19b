package org.clapperboard.media.pixels;

import java.util.Arrays;

/**
 * Sums of lines times weights, for all places of the lines at once. Each line is an array of its
 * own: the compiler (C2 of Java 17) computes several places in one instruction only where all
 * arrays have the same index.
 */
final class WeightedSum {
  private final ResizeKernel kernel;
  private final int[] sums;

  WeightedSum(ResizeKernel kernel, int length) {
    this.kernel = kernel;
    this.sums = new int[length];
  }

  /** The values of an output, rounded to 0 to 255; they stay until the next call. */
  int[] of(int[][] lines, int output) {
    Arrays.fill(sums, ResizeKernel.HALF);
    int first = kernel.first[output];
    int weights = output * kernel.taps;
    int paired = kernel.count[output] & ~1;
    for (int tap = 0; tap < paired; tap += 2) {
      addTwo(
          lines[first + tap],
          kernel.weights[weights + tap],
          lines[first + tap + 1],
          kernel.weights[weights + tap + 1]);
    }
    if (paired < kernel.count[output]) {
      add(lines[first + paired], kernel.weights[weights + paired]);
    }
    clip();
    return sums;
  }

  private void addTwo(int[] one, int weight, int[] other, int otherWeight) {
    int[] into = sums;
    for (int i = 0; i < into.length; i++) {
      into[i] += weight * one[i] + otherWeight * other[i];
    }
  }

  private void add(int[] line, int weight) {
    int[] into = sums;
    for (int i = 0; i < into.length; i++) {
      into[i] += weight * line[i];
    }
  }

  private void clip() {
    int[] clipped = sums;
    for (int i = 0; i < clipped.length; i++) {
      clipped[i] = Math.max(0, Math.min(255, clipped[i] >> ResizeKernel.PRECISION_BITS));
    }
  }
}
