package org.clapperboard.data.ledger;

import java.io.IOException;
import java.util.List;
import java.util.Locale;
import java.util.function.BiConsumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.parquet.example.data.Group;
import org.apache.parquet.schema.MessageType;
import org.apache.parquet.schema.MessageTypeParser;
import org.clapperboard.data.storage.Folder;
import org.clapperboard.data.storage.ParquetTable;

/**
 * A table about the steps of a stage: Parquet files, one for each writer and run of steps between
 * two checkpoints.
 *
 * <p>A file is named by its steps and its writer, so writing it again after a crash replaces it.
 * Rows after the last checkpoint belong to no weights; they are removed before a stage goes on.
 */
public final class StepTable {
  private static final Pattern NAME = Pattern.compile("steps-(\\d+)-(\\d+)(\\..+)?\\.parquet");

  private final Folder folder;
  private final MessageType type;

  /** The table with a Parquet schema in a folder. */
  public StepTable(Folder folder, String schema) {
    this.folder = folder;
    this.type = MessageTypeParser.parseMessageType(schema);
  }

  /**
   * Writes the rows of the steps from {@code first} to before {@code end}.
   *
   * @param writer whose rows they are, as a part of the file's name; empty if all are
   * @param fill puts a row into an empty group of the schema
   */
  public <T> void write(
      String writer, long first, long end, List<T> rows, BiConsumer<Group, T> fill)
      throws IOException {
    String steps = String.format(Locale.ROOT, "steps-%06d-%06d", first, end - 1);
    String name = steps + (writer.isEmpty() ? "" : "." + writer) + ".parquet";
    ParquetTable.write(folder.path(name), folder.configuration(), type, rows.iterator(), fill);
  }

  /** Removes every file with a step that no checkpoint covers: all from step {@code done} on. */
  public void removeFrom(long done) throws IOException {
    for (String file : folder.files()) {
      Matcher name = NAME.matcher(file);
      if (name.matches() && Long.parseLong(name.group(2)) >= done) {
        folder.delete(file);
      }
    }
  }
}
