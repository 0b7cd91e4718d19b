package org.clapperboard.app;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.clapperboard.data.recipe.About;
import org.clapperboard.data.shard.PreparedDataset;
import org.clapperboard.data.shard.PreparedDataset.Counts;
import org.clapperboard.data.shard.PreparedDataset.Quarantine;
import org.clapperboard.data.shard.PreparedDataset.Shard;
import org.clapperboard.data.shard.ShardReader;
import org.clapperboard.data.shard.ShardWriter;
import org.clapperboard.data.shard.StoredSample;
import org.clapperboard.data.storage.Folder;
import org.clapperboard.media.SoundShape;
import org.clapperboard.media.pixels.Preprocess;

/** Prepared datasets of samples that a test makes up. */
final class HandmadeDataset {
  private HandmadeDataset() {}

  /** Writes one of one shard, five samples of which were corrupt. */
  static void write(Folder folder, String name, List<StoredSample> samples, About about)
      throws IOException {
    Folder shards = folder.folder("shards");
    org.apache.hadoop.fs.Path file = shards.path("0.parquet");
    try (ShardWriter writer = new ShardWriter(file, shards.configuration(), name, "recipe")) {
      for (StoredSample sample : samples) {
        writer.write(sample);
      }
    }
    try (ShardReader reader = new ShardReader(file, shards.configuration())) {
      String content = reader.footer().content();
      Shard shard = new Shard("0.parquet", reader.rowCounts(), 1, content);
      PreparedDataset dataset =
          new PreparedDataset(
              PreparedDataset.SCHEMA,
              name,
              "recipe",
              content,
              "FFmpeg",
              samples.get(0).modality().key(),
              new Counts(
                  samples.size() + 10,
                  3,
                  2,
                  samples.size() + 5,
                  samples.size() + 5,
                  samples.size(),
                  Map.of("corrupt", 5L)),
              new Quarantine(0.1, "", List.of()),
              List.of(1),
              new Preprocess(Preprocess.Encoder.CLIP, 28, Preprocess.Aspect.PAD),
              SoundShape.PAPER,
              1,
              Map.of(),
              List.of(shard),
              about);
      folder.createOnce(PreparedDataset.FILE, dataset.toJson());
    }
  }
}
