package org.clapperboard.eval;

import java.io.IOException;
import java.io.Serializable;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import org.apache.parquet.example.data.Group;
import org.apache.parquet.schema.MessageType;
import org.apache.parquet.schema.MessageTypeParser;
import org.clapperboard.data.storage.Folder;
import org.clapperboard.data.storage.ParquetTable;

/** What was made of the answers to a set, as a table: {@code verdicts.parquet}. */
public final class Verdicts {
  private static final String FILE = "verdicts.parquet";
  private static final MessageType TYPE =
      MessageTypeParser.parseMessageType(
          """
          message verdicts {
            required binary set (STRING);
            required binary question_id (STRING);
            required binary sample_id (STRING);
            required binary kind (STRING);
            optional binary extracted (STRING);
            required binary how (STRING);
            optional boolean correct;
            required binary measure (STRING);
            required binary outcome (STRING);
            optional double score;
            required binary reply (STRING);
          }
          """);

  private Verdicts() {}

  /**
   * A verdict.
   *
   * @param set the set
   * @param questionId the question
   * @param sampleId the sample it is about
   * @param kind what the question is counted under, or empty
   * @param extracted what the answer says; null if that cannot be told
   * @param how how that was told
   * @param correct whether it is right; null if nobody has said
   * @param measure what a judge was asked; empty if the answer was compared
   * @param outcome what became of asking the judge; empty if none was asked
   * @param score a judge's score, or null
   * @param reply what the judge replied, or why it did not
   */
  public record Row(
      String set,
      String questionId,
      String sampleId,
      String kind,
      String extracted,
      String how,
      Boolean correct,
      String measure,
      String outcome,
      Double score,
      String reply)
      implements Serializable {}

  /** Writes the table into the folder of a set. */
  static void write(Folder set, List<Row> rows) {
    try {
      ParquetTable.write(
          set.path(FILE), set.configuration(), TYPE, rows.iterator(), Verdicts::fill);
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot write " + set.path(FILE), e);
    }
  }

  /** Reads the table of a set; empty if there is none. */
  public static List<Row> in(Folder set) {
    List<Row> rows = new ArrayList<>();
    try {
      if (set.has(FILE)) {
        ParquetTable.read(set.path(FILE), set.configuration(), row -> rows.add(of(row)));
      }
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot read " + set.path(FILE), e);
    }
    return rows;
  }

  private static void fill(Group group, Row row) {
    group
        .append("set", row.set())
        .append("question_id", row.questionId())
        .append("sample_id", row.sampleId())
        .append("kind", row.kind())
        .append("how", row.how())
        .append("measure", row.measure())
        .append("outcome", row.outcome())
        .append("reply", row.reply());
    if (row.extracted() != null) {
      group.append("extracted", row.extracted());
    }
    if (row.correct() != null) {
      group.append("correct", row.correct());
    }
    if (row.score() != null) {
      group.append("score", row.score());
    }
  }

  private static Row of(Group row) {
    return new Row(
        row.getString("set", 0),
        row.getString("question_id", 0),
        row.getString("sample_id", 0),
        row.getString("kind", 0),
        has(row, "extracted") ? row.getString("extracted", 0) : null,
        row.getString("how", 0),
        has(row, "correct") ? row.getBoolean("correct", 0) : null,
        row.getString("measure", 0),
        row.getString("outcome", 0),
        has(row, "score") ? row.getDouble("score", 0) : null,
        row.getString("reply", 0));
  }

  private static boolean has(Group row, String field) {
    return row.getFieldRepetitionCount(field) > 0;
  }
}
