package org.clapperboard.data.prepare;

import java.io.Serializable;

/**
 * Something that could not be used, and why.
 *
 * @param dataset the dataset
 * @param sample name of the sample, or empty where the row gave none
 * @param file location of the file
 * @param manifest manifest that listed it
 * @param line line of the manifest
 * @param reason code for counting
 * @param detail one sentence for people
 * @param host machine that tried
 * @param millis how long it took
 */
public record QuarantineRow(
    String dataset,
    String sample,
    String file,
    String manifest,
    long line,
    String reason,
    String detail,
    String host,
    long millis)
    implements Serializable {
  /** A row of the manifest that gave no sample. */
  public static final String BAD_ROW = "bad-row";

  /** A sample whose name another had before. */
  public static final String DUPLICATE = "duplicate-id";
}
