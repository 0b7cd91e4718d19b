package org.clapperboard.data.shard;

import java.util.Map;
import org.apache.hadoop.conf.Configuration;
import org.apache.parquet.example.data.GroupWriter;
import org.apache.parquet.hadoop.api.WriteSupport;
import org.apache.parquet.io.api.RecordConsumer;

/** Writes samples as rows; what is known of all of them goes into the footer. */
final class SampleWriteSupport extends WriteSupport<StoredSample> {
  private final Map<String, String> known;
  private final ContentHash content = new ContentHash();
  private long samples;
  private GroupWriter writer;

  SampleWriteSupport(Map<String, String> known) {
    this.known = known;
  }

  // Deprecated, and abstract nonetheless.
  @Override
  @SuppressWarnings("deprecation")
  public WriteContext init(Configuration configuration) {
    return new WriteContext(ShardSchema.TYPE, known);
  }

  @Override
  public void prepareForWrite(RecordConsumer consumer) {
    writer = new GroupWriter(consumer, ShardSchema.TYPE);
  }

  @Override
  public void write(StoredSample sample) {
    writer.write(ShardSchema.toGroup(sample));
    content.add(sample);
    samples++;
  }

  @Override
  public FinalizedWriteContext finalizeWrite() {
    return new FinalizedWriteContext(ShardFooter.end(samples, content.hex()));
  }
}
