package org.clapperboard.data.recipe;

import java.io.Serializable;
import java.util.List;
import org.clapperboard.config.Rules;
import org.clapperboard.config.Section;

/**
 * A publisher's manifest files.
 *
 * @param format how they are written
 * @param files names or patterns below the recipe's root
 * @param columns names of the columns of a table without a header; empty if it has one
 * @param records path of the list inside a JSON file, such as {@code data}; empty if the file is
 *     the list
 */
public record ManifestSource(
    Format format, List<String> files, List<String> columns, String records)
    implements Serializable {

  /** How a manifest is written. */
  public enum Format {
    /** Comma-separated, quoted fields may span lines. */
    CSV,
    /** Tab-separated. */
    TSV,
    /** One JSON document that holds a list of objects. */
    JSON,
    /** One JSON object per line. */
    JSONL
  }

  public ManifestSource {
    files = List.copyOf(files);
    columns = List.copyOf(columns);
    try (Rules rules = new Rules()) {
      rules.notEmpty("files", files);
    }
  }

  static ManifestSource read(Section section) {
    return section.build(
        () ->
            new ManifestSource(
                section.oneOf("format", Format.class),
                section.strings("files"),
                section.strings("columns", List.of()),
                section.string("records", "")));
  }
}
