package org.clapperboard.data.prepare;

import java.io.Serializable;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.clapperboard.data.recipe.SampleSpec;
import org.clapperboard.media.Reason;

/**
 * Something that could not be used, and why.
 *
 * <p>The reasons are a closed list: {@link #BAD_ROW} and {@link #DUPLICATE} of the manifest, and of
 * the media {@link Reason#code() every} {@link Reason}.
 *
 * @param dataset the dataset
 * @param sample name of the sample, or empty where the row gave none
 * @param file location of the file
 * @param mediaKey names the file, its state and how it was decoded; empty for rows of the manifest
 * @param manifest manifest that listed it
 * @param line line of the manifest
 * @param reason code for counting
 * @param detail one sentence for people
 * @param decoder what tried: FFmpeg's build and our version; empty for rows of the manifest
 * @param host machine that tried
 * @param millis how long it took
 */
public record QuarantineRow(
    String dataset,
    String sample,
    String file,
    String mediaKey,
    String manifest,
    long line,
    String reason,
    String detail,
    String decoder,
    String host,
    long millis)
    implements Serializable {
  /** A row of the manifest that gave no sample. */
  public static final String BAD_ROW = "bad-row";

  /** A sample whose name another had before. */
  public static final String DUPLICATE = "duplicate-id";

  /** All reasons there are, those of media last. */
  public static List<String> reasons() {
    return Stream.concat(Stream.of(BAD_ROW, DUPLICATE), mediaReasons().stream()).toList();
  }

  /** The reasons of media, which may be tried again. */
  public static List<String> mediaReasons() {
    return Arrays.stream(Reason.values()).map(Reason::code).toList();
  }

  /** A row of the manifest itself. */
  static QuarantineRow ofManifest(
      String dataset, String sample, String manifest, long line, String reason, String detail) {
    return new QuarantineRow(dataset, sample, "", "", manifest, line, reason, detail, "", "", 0);
  }

  /** The same finding, for a sample that may by now be listed elsewhere. */
  QuarantineRow of(SampleSpec spec) {
    return new QuarantineRow(
        spec.dataset(),
        spec.id(),
        file,
        mediaKey,
        spec.manifest(),
        spec.line(),
        reason,
        detail,
        decoder,
        host,
        millis);
  }
}
