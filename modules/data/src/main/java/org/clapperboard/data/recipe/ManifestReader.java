package org.clapperboard.data.recipe;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Iterator;
import java.util.NoSuchElementException;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;

/**
 * Reads a manifest row by row, without holding it in memory. A row that cannot be read is returned
 * with its problem, and reading goes on where the format allows it.
 */
public final class ManifestReader implements Iterator<ManifestRow>, Closeable {
  static final ObjectMapper JSON = new ObjectMapper();
  static final String NOT_UTF8 = "is not UTF-8";

  private final Rows rows;
  private final Closeable file;
  private ManifestRow next;
  private boolean started;
  private long number;

  private ManifestReader(Rows rows, Closeable file) {
    this.rows = rows;
    this.file = file;
  }

  /** What knows a format. */
  @FunctionalInterface
  interface Rows {
    /** The next row, or null at the end. */
    ManifestRow read() throws IOException;
  }

  /** Opens a manifest. */
  public static ManifestReader open(ManifestSource source, Path file, Configuration hadoop)
      throws IOException {
    return switch (source.format()) {
      case PARQUET -> {
        ParquetRows rows = new ParquetRows(file, hadoop);
        yield new ManifestReader(rows, rows);
      }
      case FOLDER -> new ManifestReader(oneRow(), () -> {});
      default -> of(source, file.getFileSystem(hadoop).open(file));
    };
  }

  /** The rows of a manifest that is a text. */
  static ManifestReader of(ManifestSource source, InputStream in) throws IOException {
    Rows rows =
        switch (source.format()) {
          case CSV, TSV -> new TableRows(source, in);
          case JSON -> JsonRows.list(source.records(), in);
          case JSON_MAP -> JsonRows.map(source.records(), in);
          case JSON_OBJECT -> JsonRows.object(in);
          case JSONL -> JsonRows.lines(in);
          case PARQUET, FOLDER ->
              throw new IllegalArgumentException(source.format() + " is not read from a stream");
        };
    return new ManifestReader(rows, in);
  }

  private static Rows oneRow() {
    Iterator<ManifestRow> one =
        java.util.List.of(new ManifestRow(1, JSON.createObjectNode(), null)).iterator();
    return () -> one.hasNext() ? one.next() : null;
  }

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
    if (row.fields() instanceof ObjectNode fields) {
      fields.put("_row", number);
    }
    number++;
    advance();
    return row;
  }

  private void advance() {
    started = true;
    try {
      next = rows.read();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() throws IOException {
    file.close();
  }
}
