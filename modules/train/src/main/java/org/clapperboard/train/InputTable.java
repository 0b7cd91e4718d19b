package org.clapperboard.train;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.apache.parquet.example.data.Group;
import org.apache.parquet.schema.MessageType;
import org.apache.parquet.schema.MessageTypeParser;
import org.clapperboard.data.shard.PreparedDataset;
import org.clapperboard.data.storage.Folder;
import org.clapperboard.data.storage.ParquetTable;
import org.clapperboard.train.StagePlan.StreamData;

/** What a stage is trained on, written down beside its ledger when it starts. */
final class InputTable {
  private static final String FILE = "inputs.parquet";
  private static final MessageType TYPE =
      MessageTypeParser.parseMessageType(
          """
          message inputs {
            required binary stage (STRING);
            required binary stream (STRING);
            required int32 share;
            required binary dataset (STRING);
            required binary modality (STRING);
            required binary content (STRING);
            required int64 samples;
            required int64 left_out;
            optional binary findings (STRING);
          }
          """);

  private InputTable() {}

  private record Input(StreamData stream, PreparedDataset dataset) {}

  static void write(Folder stage, StagePlan plan) throws IOException {
    List<Input> inputs = new ArrayList<>();
    for (StreamData stream : plan.streams()) {
      stream.datasets().forEach(dataset -> inputs.add(new Input(stream, dataset)));
    }
    ParquetTable.write(
        stage.path(FILE),
        stage.configuration(),
        TYPE,
        inputs.iterator(),
        (row, input) -> fill(row, input, plan));
  }

  private static void fill(Group row, Input input, StagePlan plan) {
    row.append("stage", plan.config().stage())
        .append("stream", input.stream().config().name())
        .append("share", input.stream().config().share())
        .append("dataset", input.dataset().name())
        .append("modality", input.dataset().modality())
        .append("content", input.dataset().content())
        .append("samples", plan.exclusion().samples(input.dataset()))
        .append("left_out", plan.exclusion().leftOut(input.dataset()));
    if (!plan.config().data().without().isEmpty()) {
      row.append("findings", plan.exclusion().findings().hash());
    }
  }
}
