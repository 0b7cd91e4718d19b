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
    int count = kernel.count[output];
    int tap = 0;
    for (; tap + 4 <= count; tap += 4) {
      addFour(lines, first + tap, kernel.weights, weights + tap);
    }
    if (tap + 2 <= count) {
      addTwo(lines, first + tap, kernel.weights, weights + tap);
      tap += 2;
    }
    if (tap < count) {
      add(lines[first + tap], kernel.weights[weights + tap]);
    }
    clip();
    return sums;
  }

  private void addFour(int[][] lines, int line, int[] weights, int at) {
    int[] one = lines[line];
    int[] two = lines[line + 1];
    int[] three = lines[line + 2];
    int[] four = lines[line + 3];
    int ofOne = weights[at];
    int ofTwo = weights[at + 1];
    int ofThree = weights[at + 2];
    int ofFour = weights[at + 3];
    int[] into = sums;
    for (int i = 0; i < into.length; i++) {
      into[i] += ofOne * one[i] + ofTwo * two[i] + ofThree * three[i] + ofFour * four[i];
    }
  }

  private void addTwo(int[][] lines, int line, int[] weights, int at) {
    int[] one = lines[line];
    int[] two = lines[line + 1];
    int ofOne = weights[at];
    int ofTwo = weights[at + 1];
    int[] into = sums;
    for (int i = 0; i < into.length; i++) {
      into[i] += ofOne * one[i] + ofTwo * two[i];
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
