package org.clapperboard.data.features;

import org.apache.parquet.schema.MessageType;
import org.apache.parquet.schema.MessageTypeParser;

/** The columns of a shard of features. A row stands where its sample stands in the other shard. */
final class FeatureSchema {
  static final String SAMPLE = "sample_id";
  static final String FEATURES = "features";
  static final String CONTENT = "clapperboard.features.content";

  static final MessageType TYPE =
      MessageTypeParser.parseMessageType(
          """
          message features {
            required binary sample_id (STRING);
            required binary features;
          }
          """);

  private FeatureSchema() {}
}
