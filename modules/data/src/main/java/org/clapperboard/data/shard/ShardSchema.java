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
import org.clapperboard.media.Warning;

/**
 * The columns of a shard. A change here is a new {@link PreparedDataset#SCHEMA}, and readers refuse
 * versions they do not know.
 */
final class ShardSchema {
  static final MessageType TYPE =
      MessageTypeParser.parseMessageType(
          """
          message sample {
            required binary sample_id (STRING);
            required binary dataset (STRING);
            required binary modality (STRING);
            required binary kind (STRING);
            required binary media (STRING);
            required binary media_key (STRING);
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
            optional binary container (STRING);
            optional binary codec (STRING);
            optional int32 source_width;
            optional int32 source_height;
            optional double source_fps;
            optional int32 source_frames;
            optional double source_seconds;
            optional int32 frames_wanted;
            optional int32 frames_hit;
            optional int32 packets_damaged;
            optional group warnings (LIST) {
              repeated group list {
                required binary element (STRING);
              }
            }
            optional boolean has_sound;
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
        .append("media_key", sample.mediaKey())
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
    if (sample.source() != null) {
      putSource(row, sample.source());
    }
    if (sample.frames() != null) {
      putFrames(row, sample.frames());
    }
    if (sample.sound() != null) {
      row.add("sound", Binary.fromConstantByteArray(SoundBytes.of(sample.sound())));
    }
    return row;
  }

  private static void putSource(SimpleGroup row, SourceFacts source) {
    row.append("container", source.container())
        .append("codec", source.codec())
        .append("source_width", source.width())
        .append("source_height", source.height())
        .append("source_fps", source.fps())
        .append("source_frames", source.frames())
        .append("source_seconds", source.seconds())
        .append("frames_wanted", source.framesWanted())
        .append("frames_hit", source.framesHit())
        .append("packets_damaged", source.packetsDamaged())
        .append("has_sound", source.hasSound());
    Group warnings = row.addGroup("warnings");
    source
        .warnings()
        .forEach(warning -> warnings.addGroup("list").append("element", warning.code()));
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
        row.getString("media_key", 0),
        row.getDouble("start_seconds", 0),
        row.getDouble("end_seconds", 0),
        exchanges(row.getGroup("exchanges", 0)),
        row.getFieldRepetitionCount("codec") == 0 ? null : source(row),
        row.getFieldRepetitionCount("frames") == 0 ? null : frames(row),
        row.getFieldRepetitionCount("sound") == 0
            ? null
            : SoundBytes.toSamples(row.getBinary("sound", 0).getBytesUnsafe()),
        row.getInteger("decode_millis", 0));
  }

  static List<Exchange> exchanges(Group list) {
    List<Exchange> exchanges = new ArrayList<>();
    for (int i = 0; i < list.getFieldRepetitionCount("list"); i++) {
      Group element = list.getGroup("list", i).getGroup("element", 0);
      exchanges.add(new Exchange(element.getString("question", 0), element.getString("answer", 0)));
    }
    return exchanges;
  }

  private static SourceFacts source(Group row) {
    Group list = row.getGroup("warnings", 0);
    List<Warning> warnings = new ArrayList<>();
    for (int i = 0; i < list.getFieldRepetitionCount("list"); i++) {
      warnings.add(Warning.of(list.getGroup("list", i).getString("element", 0)));
    }
    return new SourceFacts(
        row.getString("container", 0),
        row.getString("codec", 0),
        row.getInteger("source_width", 0),
        row.getInteger("source_height", 0),
        row.getDouble("source_fps", 0),
        row.getInteger("source_frames", 0),
        row.getDouble("source_seconds", 0),
        row.getInteger("frames_wanted", 0),
        row.getInteger("frames_hit", 0),
        row.getInteger("packets_damaged", 0),
        warnings,
        row.getBoolean("has_sound", 0));
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
