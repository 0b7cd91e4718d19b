package org.clapperboard.data.recipe;

import com.fasterxml.jackson.databind.node.ObjectNode;
import com.univocity.parsers.common.AbstractParser;
import com.univocity.parsers.common.CommonParserSettings;
import com.univocity.parsers.csv.CsvParser;
import com.univocity.parsers.csv.CsvParserSettings;
import com.univocity.parsers.tsv.TsvParser;
import com.univocity.parsers.tsv.TsvParserSettings;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import org.clapperboard.data.recipe.ManifestSource.Format;

/** Rows of a table: every field is a text. */
final class TableRows implements ManifestReader.Rows {
  private final AbstractParser<?> parser;
  private String[] columns;
  private long line = 1;

  TableRows(ManifestSource source, InputStream in) {
    this.parser = source.format() == Format.CSV ? csv(source.separator()) : tsv();
    parser.beginParsing(in, StandardCharsets.UTF_8);
    this.columns = source.columns().toArray(String[]::new);
    if (columns.length == 0) {
      columns = parser.parseNext();
      line = parser.getContext().currentLine() + 1;
    }
  }

  private static CsvParser csv(String separator) {
    CsvParserSettings settings = new CsvParserSettings();
    unlimited(settings);
    settings.getFormat().setDelimiter(separator);
    settings.getFormat().setQuoteEscape('"');
    return new CsvParser(settings);
  }

  private static TsvParser tsv() {
    TsvParserSettings settings = new TsvParserSettings();
    unlimited(settings);
    return new TsvParser(settings);
  }

  /** Published tables have fields far beyond the library's default of 4096 characters. */
  private static void unlimited(CommonParserSettings<?> settings) {
    settings.setMaxCharsPerColumn(-1);
    settings.setMaxColumns(4096);
    settings.setLineSeparatorDetectionEnabled(true);
    settings.setNullValue("");
    // Nothing is left out: no comments, no blanks around values, and lines are counted all.
    settings.getFormat().setComment('\0');
    settings.setIgnoreLeadingWhitespaces(false);
    settings.setIgnoreTrailingWhitespaces(false);
    settings.setSkipEmptyLines(false);
  }

  @Override
  public ManifestRow read() {
    long start = line;
    String[] values = next();
    while (values != null && columns.length > 1 && isBlank(values)) {
      start = line;
      values = next();
    }
    if (values == null) {
      return null;
    }
    if (values.length != columns.length) {
      return new ManifestRow(
          start, null, "has " + values.length + " fields (expected: " + columns.length + ")");
    }
    ObjectNode fields = ManifestReader.JSON.createObjectNode();
    for (int i = 0; i < values.length; i++) {
      String value = values[i] == null ? "" : values[i];
      if (value.indexOf('\uFFFD') >= 0) {
        return new ManifestRow(start, null, ManifestReader.NOT_UTF8);
      }
      fields.put(columns[i], value);
    }
    return new ManifestRow(start, fields, null);
  }

  private String[] next() {
    String[] values = columns == null ? null : parser.parseNext();
    line = parser.getContext().currentLine() + 1;
    return values;
  }

  private static boolean isBlank(String[] values) {
    return values.length == 1 && (values[0] == null || values[0].isBlank());
  }
}
