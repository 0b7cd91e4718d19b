package org.clapperboard.eval;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.IntStream;
import org.apache.commons.codec.digest.DigestUtils;
import org.apache.hadoop.conf.Configuration;
import org.apache.parquet.example.data.Group;
import org.apache.parquet.schema.MessageType;
import org.apache.parquet.schema.MessageTypeParser;
import org.clapperboard.config.BadData;
import org.clapperboard.data.storage.Folder;
import org.clapperboard.data.storage.ParquetTable;
import org.clapperboard.eval.EvaluateJob.Others;

/**
 * The answers to a set as they are kept: Parquet files, one for each part of the set. A part is
 * there whole or not at all, so that whoever goes on asks nothing again that was answered.
 */
public final class AnswerStore {
  private static final String INPUTS = "inputs";
  private static final MessageType TYPE =
      MessageTypeParser.parseMessageType(
          """
          message answers {
            required binary set (STRING);
            required binary question_id (STRING);
            required binary sample_id (STRING);
            required binary media (STRING);
            required double start_seconds;
            required double end_seconds;
            repeated int32 frames;
            required binary question (STRING);
            required binary prompt (STRING);
            required binary prompt_hash (STRING);
            required binary expected (STRING);
            required binary answer (STRING);
            required int32 tokens;
            required double seconds;
          }
          """);

  private final Folder set;
  private final Folder parts;

  /** The store in a folder of the set. */
  AnswerStore(Folder set) {
    this.set = set;
    this.parts = set.folder("answers");
  }

  /**
   * Makes sure that what is kept there answers what is to be asked.
   *
   * @param inputs hash of the model and of all that is asked
   * @throws BadData if it answers something else, which is to stay
   */
  void open(String inputs, Others others) {
    try {
      byte[] before = set.read(INPUTS);
      if (before != null && !new String(before, StandardCharsets.UTF_8).equals(inputs)) {
        if (others == Others.REFUSE) {
          throw new BadData(
              "Cannot evaluate into "
                  + set
                  + ": the answers there are another model's, or to other questions. Choose another"
                  + " folder with --to, or give them up with --replace.");
        }
        set.delete();
        before = null;
      }
      if (before == null) {
        set.createOnce(INPUTS, inputs.getBytes(StandardCharsets.UTF_8));
      }
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot write into " + set, e);
    }
  }

  /** Numbers of the parts that are there. */
  Set<Integer> there() {
    try {
      Set<Integer> numbers = new HashSet<>();
      for (String file : parts.files()) {
        if (file.matches("part-\\d+\\.parquet")) {
          numbers.add(Integer.valueOf(file.replaceAll("\\D", "")));
        }
      }
      return numbers;
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot list " + parts, e);
    }
  }

  /** Whether a part is there. */
  boolean has(int part) {
    try {
      return parts.has(name(part));
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot look into " + parts, e);
    }
  }

  /** Writes a part; if another task was faster, its answers stand, which are the same. */
  void write(int part, List<Answered> answers) {
    try {
      Path local = Files.createTempFile("answers", ".parquet");
      try {
        ParquetTable.write(
            new org.apache.hadoop.fs.Path(local.toUri()),
            new Configuration(false),
            TYPE,
            answers.iterator(),
            AnswerStore::fill);
        parts.createOnce(name(part), Files.readAllBytes(local));
      } catch (FileAlreadyExistsException e) {
        return;
      } finally {
        Files.deleteIfExists(local);
        Files.deleteIfExists(local.resolveSibling("." + local.getFileName() + ".crc"));
      }
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot write " + parts.path(name(part)), e);
    }
  }

  /** All answers of the first so many parts, in their order. */
  List<Answered> read(int count) {
    return IntStream.range(0, count).boxed().flatMap(part -> part(part).stream()).toList();
  }

  private List<Answered> part(int part) {
    List<Answered> answers = new ArrayList<>();
    try {
      ParquetTable.read(parts.path(name(part)), parts.configuration(), row -> answers.add(of(row)));
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot read " + parts, e);
    }
    return answers;
  }

  /** All answers that are kept in the folder of a set, in their order. */
  public static List<Answered> in(Folder set) {
    AnswerStore store = new AnswerStore(set);
    return store.there().stream().sorted().flatMap(part -> store.part(part).stream()).toList();
  }

  private static String name(int part) {
    return String.format(Locale.ROOT, "part-%06d.parquet", part);
  }

  private static void fill(Group group, Answered row) {
    Answer answer = row.answer();
    group
        .append("set", answer.set())
        .append("question_id", answer.questionId())
        .append("sample_id", answer.sampleId())
        .append("media", answer.media())
        .append("start_seconds", row.startSeconds())
        .append("end_seconds", row.endSeconds());
    row.frames().forEach(frame -> group.append("frames", frame));
    group
        .append("question", answer.question())
        .append("prompt", row.prompt())
        .append("prompt_hash", DigestUtils.sha256Hex(row.prompt()).substring(0, 16))
        .append("expected", answer.expected())
        .append("answer", answer.given())
        .append("tokens", row.tokens())
        .append("seconds", row.seconds());
  }

  private static Answered of(Group row) {
    List<Integer> frames = new ArrayList<>();
    for (int i = 0; i < row.getFieldRepetitionCount("frames"); i++) {
      frames.add(row.getInteger("frames", i));
    }
    return new Answered(
        new Answer(
            row.getString("set", 0),
            row.getString("question_id", 0),
            row.getString("sample_id", 0),
            row.getString("media", 0),
            row.getString("question", 0),
            row.getString("expected", 0),
            row.getString("answer", 0)),
        row.getDouble("start_seconds", 0),
        row.getDouble("end_seconds", 0),
        frames,
        row.getString("prompt", 0),
        row.getInteger("tokens", 0),
        row.getDouble("seconds", 0));
  }
}
