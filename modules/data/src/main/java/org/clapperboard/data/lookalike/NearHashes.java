package org.clapperboard.data.lookalike;

import java.util.ArrayList;
import java.util.List;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.functions;

/**
 * Keys by which a join finds all pairs of hashes that differ in few bits, without comparing each
 * with each.
 *
 * <p>For a distance of k the 64 bits are cut into k + 2 bands. The differing bits lie in at most k
 * of them, so two hashes within the distance agree in two whole bands at least: those that agree in
 * no pair of bands are never compared, and none is missed (the pigeonhole argument of Norouzi,
 * Punjani and Fleet, "Fast Search in Hamming Space with Multi-Index Hashing", 2012, with pairs of
 * bands as in Manku, Jain and Das Sarma, "Detecting Near-Duplicates for Web Crawling", 2007, so
 * that a key is long enough to be shared by few).
 */
final class NearHashes {
  /** Beyond it a pair of bands is shared by too many hashes, and unlike pictures are alike. */
  static final int MOST_DISTANCE = 10;

  private NearHashes() {}

  /** The bits of every pair of bands. */
  static List<Long> masks(int distance) {
    if (distance < 0 || distance > MOST_DISTANCE) {
      throw new IllegalArgumentException(
          "distance is " + distance + " (expected: 0 to " + MOST_DISTANCE + ")");
    }
    int bands = distance + 2;
    List<Long> masks = new ArrayList<>();
    for (int i = 0; i < bands; i++) {
      for (int j = 0; j < i; j++) {
        masks.add(band(i, bands) | band(j, bands));
      }
    }
    return masks;
  }

  private static long band(int number, int bands) {
    long band = 0;
    for (int bit = 64 * number / bands; bit < 64 * (number + 1) / bands; bit++) {
      band |= 1L << bit;
    }
    return band;
  }

  /** An array of keys (pair, bits) of a column of hashes. */
  static Column keys(String hash, int distance) {
    List<Long> masks = masks(distance);
    Column[] keys = new Column[masks.size()];
    for (int i = 0; i < keys.length; i++) {
      Column bits = functions.col(hash).bitwiseAND(functions.lit(masks.get(i)));
      keys[i] = functions.struct(functions.lit(i).as("pair"), bits.as("bits"));
    }
    return functions.array(keys);
  }
}
