package org.clapperboard.data.recipe;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.univocity.parsers.common.AbstractParser;
import com.univocity.parsers.common.CommonParserSettings;
import com.univocity.parsers.csv.CsvParser;
import com.univocity.parsers.csv.CsvParserSettings;
import com.univocity.parsers.tsv.TsvParser;
import com.univocity.parsers.tsv.TsvParserSettings;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import org.clapperboard.data.recipe.ManifestSource.Format;

/**
 * Reads a manifest row by row, without holding it in memory. A row that cannot be read is returned
 * with its problem, and reading goes on where the format allows it.
 */
public final class ManifestReader {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String NOT_UTF8 = "is not UTF-8";

  private ManifestReader() {}

  /** The rows of one file. The caller closes the stream. */
  public static Iterator<ManifestRow> rows(ManifestSource source, InputStream in) {
    return switch (source.format()) {
      case CSV, TSV -> new TableRows(source, in);
      case JSON -> new ListRows(source.records(), in);
      case JSONL -> new LineRows(in);
    };
  }

  /** Rows produced one at a time. */
  private abstract static class Rows implements Iterator<ManifestRow> {
    private ManifestRow next;
    private boolean started;

    /** The next row, or null at the end. */
    abstract ManifestRow read() throws IOException;

    @Override
    public boolean hasNext() {
      if (!started) {
        advance();
      }
      return next != null;
    }

    @Override
    public ManifestRow next() {
      if (!hasNext()) {
        throw new NoSuchElementException();
      }
      ManifestRow row = next;
      advance();
      return row;
    }

    private void advance() {
      started = true;
      try {
        next = read();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  /** Rows of a table: every field is a text. */
  private static final class TableRows extends Rows {
    private final AbstractParser<?> parser;
    private String[] columns;
    private long line = 1;

    TableRows(ManifestSource source, InputStream in) {
      this.parser = source.format() == Format.CSV ? csv() : tsv();
      parser.beginParsing(in, StandardCharsets.UTF_8);
      this.columns = source.columns().toArray(String[]::new);
      if (columns.length == 0) {
        columns = parser.parseNext();
        line = parser.getContext().currentLine() + 1;
      }
    }

    private static CsvParser csv() {
      CsvParserSettings settings = new CsvParserSettings();
      unlimited(settings);
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
    }

    @Override
    ManifestRow read() {
      String[] values = columns == null ? null : parser.parseNext();
      if (values == null) {
        return null;
      }
      long start = line;
      line = parser.getContext().currentLine() + 1;
      if (values.length != columns.length) {
        return new ManifestRow(
            start, null, "has " + values.length + " fields (expected: " + columns.length + ")");
      }
      ObjectNode fields = JSON.createObjectNode();
      for (int i = 0; i < values.length; i++) {
        String value = values[i] == null ? "" : values[i];
        if (value.indexOf('\uFFFD') >= 0) {
          return new ManifestRow(start, null, NOT_UTF8);
        }
        fields.put(columns[i], value);
      }
      return new ManifestRow(start, fields, null);
    }
  }

  /** Objects of a list inside one document. */
  private static final class ListRows extends Rows {
    private final JsonParser parser;
    private boolean inList;
    private boolean broken;

    ListRows(String records, InputStream in) {
      try {
        this.parser = JSON.createParser(in);
        this.inList = enter(records.isEmpty() ? List.of() : List.of(records.split("\\.")));
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    /** Goes to the list, skipping all that lies before it. */
    private boolean enter(List<String> path) throws IOException {
      JsonToken token = parser.nextToken();
      for (String name : path) {
        if (token != JsonToken.START_OBJECT) {
          return false;
        }
        token = parser.nextToken();
        while (token == JsonToken.FIELD_NAME && !parser.currentName().equals(name)) {
          parser.nextToken();
          parser.skipChildren();
          token = parser.nextToken();
        }
        token = parser.nextToken();
      }
      return token == JsonToken.START_ARRAY;
    }

    @Override
    ManifestRow read() throws IOException {
      if (broken) {
        return null;
      }
      if (!inList) {
        broken = true;
        return new ManifestRow(1, null, "is not a list of objects where one was expected");
      }
      long line = parser.currentTokenLocation().getLineNr();
      try {
        JsonToken token = parser.nextToken();
        line = parser.currentTokenLocation().getLineNr();
        if (token == JsonToken.END_ARRAY || token == null) {
          broken = true;
          return null;
        }
        if (token != JsonToken.START_OBJECT) {
          parser.skipChildren();
          return new ManifestRow(line, null, "is " + token + " (expected: an object)");
        }
        return new ManifestRow(line, JSON.readTree(parser), null);
      } catch (JsonProcessingException e) {
        // Nothing after a syntax error can be trusted.
        broken = true;
        return new ManifestRow(line, null, "is not JSON: " + e.getOriginalMessage());
      }
    }
  }

  /** One object per line. */
  private static final class LineRows extends Rows {
    private final BufferedReader lines;
    private long line;

    LineRows(InputStream in) {
      this.lines = new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8));
    }

    @Override
    ManifestRow read() throws IOException {
      String text = lines.readLine();
      line++;
      while (text != null && text.isBlank()) {
        text = lines.readLine();
        line++;
      }
      if (text == null) {
        return null;
      }
      if (text.indexOf('\uFFFD') >= 0) {
        return new ManifestRow(line, null, NOT_UTF8);
      }
      try {
        return new ManifestRow(line, JSON.readTree(text), null);
      } catch (JsonProcessingException e) {
        return new ManifestRow(line, null, "is not JSON: " + e.getOriginalMessage());
      }
    }
  }
}
