package org.clapperboard.data.recipe;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.clapperboard.config.Rules;
import org.clapperboard.config.Section;
import org.clapperboard.data.storage.Folder;

/**
 * A publisher's manifest files.
 *
 * @param format how they are written
 * @param files names or patterns below the recipe's root
 * @param columns names of the columns of a table without a header; empty if it has one
 * @param records path of the list inside a JSON file, such as {@code data}; empty if the file is
 *     the list
 * @param separator what separates the fields of a comma-separated table that is separated otherwise
 */
public record ManifestSource(
    Format format, List<String> files, List<String> columns, String records, String separator)
    implements Serializable {

  /** How a manifest is written. */
  public enum Format {
    /** Comma-separated, quoted fields may span lines. */
    CSV,
    /** Tab-separated. */
    TSV,
    /** One JSON document that holds a list of objects. */
    JSON,
    /** One JSON object whose entries are the rows: the name becomes the field _key. */
    JSON_MAP,
    /** One JSON object per file. */
    JSON_OBJECT,
    /** One JSON object per line. */
    JSONL,
    /** Apache Parquet. */
    PARQUET,
    /** No manifest: every file is a row. */
    FOLDER
  }

  public ManifestSource {
    files = List.copyOf(files);
    columns = List.copyOf(columns);
    try (Rules rules = new Rules()) {
      rules.notEmpty("files", files);
      if (separator.length() != 1) {
        rules.broken("separator", separator, "one character");
      }
    }
  }

  static ManifestSource read(Section section) {
    return section.build(
        () ->
            new ManifestSource(
                section.oneOf("format", Format.class),
                section.strings("files"),
                section.strings("columns", List.of()),
                section.string("records", ""),
                section.string("separator", ",")));
  }

  /**
   * The manifest's files below a folder.
   *
   * @throws FileNotFoundException if one is not there
   */
  public List<Path> files(String root, Configuration hadoop) throws IOException {
    Folder folder = Folder.of(root, hadoop);
    List<Path> found = new ArrayList<>();
    for (String pattern : files) {
      List<Path> matching = folder.matching(pattern);
      if (matching.isEmpty()) {
        throw new FileNotFoundException("there is no manifest " + folder + "/" + pattern);
      }
      found.addAll(matching);
    }
    return found;
  }
}
