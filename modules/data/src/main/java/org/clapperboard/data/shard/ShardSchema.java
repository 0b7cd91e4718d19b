package org.clapperboard.data.shard;

import java.util.ArrayList;
import java.util.List;
import org.apache.parquet.example.data.Group;
import org.apache.parquet.example.data.simple.SimpleGroup;
import org.apache.parquet.io.api.Binary;
import org.apache.parquet.schema.MessageType;
import org.apache.parquet.schema.MessageTypeParser;
import org.clapperboard.data.Exchange;
import org.clapperboard.data.Modality;

/**
 * The columns of a shard. A change here is a new version, and readers refuse versions they do not
 * know.
 */
final class ShardSchema {
  static final String VERSION = "1";

  static final MessageType TYPE =
      MessageTypeParser.parseMessageType(
          """
          message sample {
            required binary sample_id (STRING);
            required binary dataset (STRING);
            required binary modality (STRING);
            required binary kind (STRING);
            required binary media (STRING);
            required double start_seconds;
            required double end_seconds;
            required int32 decode_millis;
            required group exchanges (LIST) {
              repeated group list {
                required group element {
                  required binary question (STRING);
                  required binary answer (STRING);
                }
              }
            }
            optional int32 frame_width;
            optional int32 frame_height;
            optional int32 first_frame;
            optional int32 last_frame;
            optional group frame_numbers (LIST) {
              repeated group list {
                required int32 element;
              }
            }
            optional group frames (LIST) {
              repeated group list {
                required binary element;
              }
            }
            optional binary sound;
          }
          """);

  private ShardSchema() {}

  static Group toGroup(StoredSample sample) {
    SimpleGroup row = new SimpleGroup(TYPE);
    row.append("sample_id", sample.id())
        .append("dataset", sample.dataset())
        .append("modality", sample.modality().key())
        .append("kind", sample.kind())
        .append("media", sample.media())
        .append("start_seconds", sample.startSeconds())
        .append("end_seconds", sample.endSeconds())
        .append("decode_millis", sample.decodeMillis());
    Group exchanges = row.addGroup("exchanges");
    for (Exchange exchange : sample.exchanges()) {
      exchanges
          .addGroup("list")
          .addGroup("element")
          .append("question", exchange.question())
          .append("answer", exchange.answer());
    }
    if (sample.frames() != null) {
      putFrames(row, sample.frames());
    }
    if (sample.sound() != null) {
      row.add("sound", Binary.fromConstantByteArray(SoundBytes.of(sample.sound())));
    }
    return row;
  }

  private static void putFrames(SimpleGroup row, StoredSample.Frames frames) {
    row.append("frame_width", frames.width())
        .append("frame_height", frames.height())
        .append("first_frame", frames.firstFrame())
        .append("last_frame", frames.lastFrame());
    Group numbers = row.addGroup("frame_numbers");
    frames.indices().forEach(index -> numbers.addGroup("list").append("element", index));
    Group encoded = row.addGroup("frames");
    frames
        .encoded()
        .forEach(
            frame ->
                encoded.addGroup("list").append("element", Binary.fromConstantByteArray(frame)));
  }

  static StoredSample fromGroup(Group row) {
    return new StoredSample(
        row.getString("sample_id", 0),
        row.getString("dataset", 0),
        Modality.of(row.getString("modality", 0)),
        row.getString("kind", 0),
        row.getString("media", 0),
        row.getDouble("start_seconds", 0),
        row.getDouble("end_seconds", 0),
        exchanges(row.getGroup("exchanges", 0)),
        row.getFieldRepetitionCount("frames") == 0 ? null : frames(row),
        row.getFieldRepetitionCount("sound") == 0
            ? null
            : SoundBytes.toSamples(row.getBinary("sound", 0).getBytesUnsafe()),
        row.getInteger("decode_millis", 0));
  }

  private static List<Exchange> exchanges(Group list) {
    List<Exchange> exchanges = new ArrayList<>();
    for (int i = 0; i < list.getFieldRepetitionCount("list"); i++) {
      Group element = list.getGroup("list", i).getGroup("element", 0);
      exchanges.add(new Exchange(element.getString("question", 0), element.getString("answer", 0)));
    }
    return exchanges;
  }

  private static StoredSample.Frames frames(Group row) {
    Group numbers = row.getGroup("frame_numbers", 0);
    Group frames = row.getGroup("frames", 0);
    List<Integer> indices = new ArrayList<>();
    List<byte[]> encoded = new ArrayList<>();
    for (int i = 0; i < frames.getFieldRepetitionCount("list"); i++) {
      indices.add(numbers.getGroup("list", i).getInteger("element", 0));
      encoded.add(frames.getGroup("list", i).getBinary("element", 0).getBytes());
    }
    return new StoredSample.Frames(
        row.getInteger("frame_width", 0),
        row.getInteger("frame_height", 0),
        row.getInteger("first_frame", 0),
        row.getInteger("last_frame", 0),
        indices,
        encoded);
  }
}
