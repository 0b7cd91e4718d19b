package org.clapperboard.data.prepare;

import java.io.Serializable;

/**
 * What an earlier run, finished or not, made of a sample.
 *
 * @param mediaKey names the medium and what was done with it
 * @param file the shard that holds it; null if it could not be used
 * @param rowGroup its row group in that shard
 * @param row its place in that row group
 * @param rejected why it could not be used, or null
 */
record EarlierRow(String mediaKey, String file, int rowGroup, int row, QuarantineRow rejected)
    implements Serializable {

  static EarlierRow decoded(String mediaKey, String file, int rowGroup, int row) {
    return new EarlierRow(mediaKey, file, rowGroup, row, null);
  }

  static EarlierRow rejected(QuarantineRow row) {
    return new EarlierRow(row.mediaKey(), null, 0, 0, row);
  }

  boolean isDecoded() {
    return rejected == null;
  }
}
